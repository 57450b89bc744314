"""The example of a proxy, ops/nginx/console.conf, before a console: a session, a change and events come through it, over TLS."""
import pathlib
import re
import shutil
import ssl
import subprocess
import time

import pytest

from support.console import Console
from support.people import PASSWORD, Browser, add_account
from support.programs import Process
from support.telescope import free_port, generate
from support.waiting import until

EXAMPLE = pathlib.Path(__file__).parents[2] / "ops" / "nginx" / "console.conf"
NAME = "console.example.org"


def example(folder, plain, secure, console):
    """The example with the test's ports and certificate in it, and nothing else changed."""
    text = EXAMPLE.read_text()
    for line, instead in (
            ("listen 80;", f"listen 127.0.0.1:{plain};"), ("listen [::]:80;", ""),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"), ("listen [::]:443 ssl http2;", ""),
            ("server 127.0.0.1:8080;", f"server 127.0.0.1:{console};"),
            ("/etc/ssl/darkscope/console.pem", f"{folder}/console.pem"),
            ("/etc/ssl/darkscope/console.key", f"{folder}/console.key")):
        assert text.count(line) == 1, line
        text = text.replace(line, instead)
    return text


@pytest.fixture
def proxied(telescope, folder):
    """(telescope, port of TLS, plain port, console's port) of a console behind nginx."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx, "nginx is not there: apt-get install -y --no-install-recommends nginx-light"
    secure, plain, console = free_port(), free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1", "-keyout", folder / "console.key", "-out",
         folder / "console.pem"], check=True, capture_output=True)
    (folder / "console.conf").write_text(example(folder, plain, secure, console))
    temporary = "\n".join(f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nworker_processes 1;\nevents {{ worker_connections 256; }}\n"
        f"http {{\n    access_log off;\n{temporary}\n    include {folder}/console.conf;\n}}\n")
    subprocess.run([nginx, "-t", "-c", folder / "nginx.conf", "-p", folder], check=True, capture_output=True)
    telescope.darkscope("role", "make")
    telescope.configure({"console": {
        "listen": f"127.0.0.1:{console}", "hosts": [NAME], "trusted_proxies": ["127.0.0.1"],
        "connection": f"{telescope.database.conninfo} user=console"}})
    telescope.start_collector()
    proxy = Process(nginx, "-c", folder / "nginx.conf", "-p", folder, "-g", "daemon off;", log=folder / "proxy.log", program=nginx)
    telescope.processes.append(proxy)
    until(lambda: (folder / "nginx.pid").exists() and (folder / "nginx.pid").read_text(), 20, proxy.log)
    return telescope, secure, plain, console


def test_people_sign_in_through_the_example_and_follow_events(proxied, folder):
    telescope, secure, plain, console = proxied
    database = telescope.database
    telescope.add_site("ng-a", "198.18.0.0/24")
    add_account(database.conninfo, "lyn", "analyst")
    trusted = ssl.create_default_context(cafile=str(folder / "console.pem"))
    browser = Browser(secure, f"{NAME}:{secure}", trusted)
    page = browser.ask("/")
    assert page.status == 200 and b"<script" in page.content
    assert page.fields["strict-transport-security"] == "max-age=31536000"
    assert "default-src 'self'" in page.fields["content-security-policy"]
    assert browser.ask("/api/v1/overview").status == 401
    # Without TLS there is nothing but the way to it.
    moved = Browser(plain, NAME).ask("/alerts?q=port")
    assert moved.status == 301 and moved.fields["location"] == f"https://{NAME}/alerts?q=port"
    # What a client says of itself counts nothing.
    reply = browser.ask("/api/v1/session", "POST", {"login": "lyn", "password": PASSWORD}, X_Forwarded_For="203.0.113.9",
                        X_Forwarded_Proto="http", Forwarded="for=203.0.113.9")
    assert reply.status == 200, reply.content
    assert re.fullmatch(r"__Host-darkscope=\S{43}; Path=/; HttpOnly; SameSite=Strict; Secure", reply.fields["set-cookie"])
    assert database.rows("SELECT host(client) FROM console.session") == [("127.0.0.1",)]
    browser.form = reply.json["form_token"]
    assert browser.get("overview")["at"]
    for path in ("/metrics", "/readyz"):
        assert browser.ask(path).status == 404
    # Whoever reaches the console through a proxy is not on its machine, and without one is.
    assert Console(console).ask("/metrics").status == 200
    assert Console(console).ask("/metrics", X_Forwarded_For="198.51.100.1", Host=NAME).status == 403
    # A page of elsewhere changes nothing.
    assert browser.ask("/api/v1/session", "DELETE", Origin="https://evil.example").status == 403
    assert browser.ask("/api/v1/session", "POST", b"x" * 70_000).status == 413

    events = browser.follow()
    assert "200 OK" in events.head and "text/event-stream" in events.head
    file, = [file for file, _ in generate(
        folder, 500, {"ng-a": "198.18.0.0/24"}, start=int(time.time()) // 60 * 60 - 300, span=120).values()]
    telescope.add_sensor("ng-a", "edge").read(file)
    database.rows("UPDATE raw.batch SET capture = 1")
    begin = time.monotonic()
    assert events.next()[1] == "window" and time.monotonic() - begin < 10, "an event is not kept back"
    assert browser.send("session", method="DELETE")["login"] is None
    assert events.rest() == [] or time.monotonic() - begin < 20
    events.close()


def test_the_example_speaks_http_2(proxied, folder):
    _, secure, _, _ = proxied
    said = subprocess.run(
        ["curl", "--silent", "--show-error", "--http2", "--cacert", folder / "console.pem", "--resolve",
         f"{NAME}:{secure}:127.0.0.1", "--write-out", "%{http_version} %{http_code}", "--output", folder / "answer",
         f"https://{NAME}:{secure}/api/v1/session"], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "2 200" and '"access":"accounts"' in (folder / "answer").read_text()
