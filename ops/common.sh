# What ops/run, ops/test and ops/build-sensor share; sourced, not run. Bash.
#
# It sets `repository`, and a trap that ends, by their ids, the processes that were started with `start`, newest first.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=ops/$(basename "$0")

# Exit codes are those of sysexits.h, as in the programs.
say() { echo "$program: $*" >&2; }
fail() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# Installs the Debian packages that are missing; the package lists are fetched only then.
need_packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    [ "$(id -u)" = 0 ] || fail 69 "packages are missing. Run as root: apt-get update && $install"
    say "installing ${missing[*]}"
    {
        apt-get update -q && DEBIAN_FRONTEND=noninteractive $install
    } >/tmp/darkscope-apt.log 2>&1 ||
        fail 69 "$install failed; see /tmp/darkscope-apt.log. Check the network and /etc/apt, then try again"
}

need_swift() {
    command -v swift >/dev/null ||
        fail 69 "swift is not in PATH. Install Swift 6.2 or newer (https://www.swift.org/install/linux) and try again"
}

# What building and running need.
need_programs() {
    need_packages libzmq3-dev libpcap-dev libpq-dev libzstd-dev libmaxminddb-dev libcurl4-openssl-dev libssl-dev \
        zlib1g-dev gzip postgresql "$@"
    need_swift
}

# The file system lets the user of the PostgreSQL server into a directory, and a socket's path fits into it.
suits_server() {
    mkdir -p "$1" || return 1
    [ ${#1} -le 70 ] || return 1
    [ "$(id -u)" != 0 ] || runuser -u postgres -- test -x "$1"
}

# Starts a command in the background, its output into a file, and remembers it: start NAME LOG COMMAND...
# Its id is then in `started`.
declare -A processes=()
order=()
start() {
    local name=$1 log=$2
    shift 2
    "$@" >>"$log" 2>&1 </dev/null &
    started=$!
    processes[$started]=$name
    order=("$started" "${order[@]}")
}

# Ends one process that was started: SIGTERM, and SIGKILL when ten seconds did not suffice.
end() {
    local id=$1 tries
    [ -n "${processes[$id]:-}" ] || return 0
    kill -TERM "$id" 2>/dev/null || true
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$id" 2>/dev/null || break
        sleep 0.1
    done
    if kill -KILL "$id" 2>/dev/null; then say "${processes[$id]} did not stop and was killed"; fi
    wait "$id" 2>/dev/null || true
    unset "processes[$id]"
}

servers=()
end_all() {
    local code=$? id server
    trap '' INT TERM
    for id in "${order[@]}"; do end "$id"; done
    for server in ${servers[@]+"${servers[@]}"}; do "$repository/ops/private-postgres" stop "$server" || true; done
    at_end
    exit "$code"
}
# Scripts may define their own.
at_end() { :; }
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a private PostgreSQL under a directory; it is stopped at the end. `conninfo` then says how to connect.
start_server() {
    servers+=("$1")
    "$repository/ops/private-postgres" start "$1" || fail 69 "PostgreSQL did not start"
    conninfo=$("$repository/ops/private-postgres" conninfo "$1")
}

# Waits until a command succeeds: wait_for SECONDS COMMAND...
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# The first of these ports of loopback that nobody has, or any: free_port PORT...
free_port() {
    /usr/bin/python3 - "$@" <<'END'
import socket, sys

for port in [*map(int, sys.argv[1:]), 0]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
END
}
