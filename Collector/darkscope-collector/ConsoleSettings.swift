import Console
import Runtime

/// The console: section [console].
struct ConsoleSettings {
    /// Where `darkscope-collector console` listens unless something else is configured.
    static let standardAddress = "127.0.0.1:8080"

    private let access: ConsoleAccess
    /// Empty when there is to be none beside the ingest.
    private let listen: String
    private let connection: String?
    private let accountsConnection: String?
    private let proxies: TrustedProxies
    private let connections: Int
    private let timeoutSeconds: Int64
    private let rows: Int
    private let hosts: [String]
    private let land: String?

    init(_ reader: inout ConfigurationReader) throws(ProgramError) {
        access = try reader.choice(
            "console.access", default: .accounts,
            note:
                "accounts: who signs in, by role. public: the others too, as role public. open: on loopback everybody, all"
        )
        listen = try reader.string(
            "console.listen", default: "",
            note: "Where the console listens beside the ingest, 127.0.0.1:8080 or a Unix socket's path; empty: nowhere")
        if !listen.isEmpty {
            do throws(ConsoleError) {
                _ = try ConsoleAddress(listen, access)
            } catch {
                throw reader.error("console.listen", error.description)
            }
        }
        connection = try reader.optionalString(
            "console.connection",
            note: "libpq connection of what it reads, such as a replica; database.connection without",
            example: "host=replica dbname=darkscope")
        accountsConnection = try reader.optionalString(
            "console.accounts_connection",
            note:
                "libpq connection of the primary, for sessions, when console.connection is a replica; that one without",
            example: "host=primary user=console dbname=darkscope")
        connections = try reader.integer(
            "console.connections", default: 4, in: 1...64,
            note: "Connections for questions; three more are for events, readiness and metrics, five for accounts")
        timeoutSeconds = try reader.duration(
            "console.statement_timeout", default: "30s", in: 1...3_600, note: "Each statement has so long")
        rows = try reader.integer(
            "console.rows", default: 10_000, in: 100...1_000_000, note: "Rows of an answer at most")
        hosts = try reader.strings(
            "console.hosts", default: [],
            note: "Names beside localhost by which browsers ask for it, such as that of a proxy before it")
        land = try reader.optionalString(
            "console.land",
            note: "Outlines of countries for maps, a file that ops/console/land makes; without it maps have circles",
            example: "/var/lib/darkscope/land.json")
        for host in hosts where host.isEmpty || host.utf8.count > 253 || !host.utf8.allSatisfy(ConsoleSettings.isName) {
            throw reader.error("console.hosts", "\(host) is no name, such as console.example.org; leave the port out")
        }
        let names = try reader.strings(
            "console.trusted_proxies", default: [],
            note:
                "Addresses or blocks of proxies whose X-Forwarded-For and -Proto are believed; unix: of the socket's users"
        )
        do throws(ConsoleError) {
            proxies = try TrustedProxies(names)
        } catch {
            throw reader.error("console.trusted_proxies", error.description)
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-.".utf8.contains(byte)
    }

    /// What the console beside the ingest is made with; nil when there is to be none.
    func beside(_ conninfo: String) throws(ProgramError) -> ConsoleConfiguration? {
        listen.isEmpty ? nil : try alone(conninfo)
    }

    /// What a console by itself is made with.
    /// - Parameters:
    ///   - address: from the command line, instead of the configuration's.
    ///   - pages: a folder to read the pages from, from the command line.
    func alone(
        _ conninfo: String, listen address: String? = nil, pages: String? = nil
    ) throws(ProgramError) -> ConsoleConfiguration {
        let text = address ?? (listen.isEmpty ? ConsoleSettings.standardAddress : listen)
        do throws(ConsoleError) {
            return ConsoleConfiguration(
                address: try ConsoleAddress(text, access), access: access, conninfo: connection ?? conninfo,
                accountsConninfo: accountsConnection ?? connection ?? conninfo, proxies: proxies,
                connections: connections,
                timeoutMilliseconds: Int(timeoutSeconds) * 1_000, rowLimit: rows, hosts: hosts, pages: pages,
                land: land)
        } catch {
            throw ProgramError(.configuration, address == nil ? error.description : "--listen: \(error.description)")
        }
    }
}
