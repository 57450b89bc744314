import Alerts
import ConsoleSite
import SystemCalls

/// What browsers draw with: the console's pages, which are part of the program, and the libraries of Debian that they use.
/// None of it tells anything of what is stored, so that everybody may have it.
struct SiteFiles: Sendable {
    /// Where Debian's package node-d3 lies, which has d3-sankey too.
    static let libraryFolder = "/usr/share/nodejs"
    static let libraries = [
        (name: "d3.js", path: "d3/dist/d3.min.js", banner: "d3js.org v5."),
        (name: "d3-sankey.js", path: "d3-sankey/dist/d3-sankey.min.js", banner: "d3-sankey"),
    ]
    private static let longestLibrary = 4 << 20
    /// Stands in the page for the folder of its files.
    private static let placeholder = "{assets}"

    private static let pageName = "index.html"
    private static let longestPage = 1 << 20

    /// By their paths below `/assets/VERSION/`; whatever is in them changes the version, so that they are kept for ever.
    private let files: [String: [UInt8]]
    /// Digest of all files.
    private let version: String
    /// Where pages are read from at every request instead, for whoever works on them; nil for those of the program.
    private let folder: String?

    /// - Throws: when a library is not there, with the line that installs it.
    init(folder: String?, libraryFolder: String = SiteFiles.libraryFolder) throws(ConsoleError) {
        var contents = SiteFiles.own()
        for library in SiteFiles.libraries {
            let path = "\(libraryFolder)/\(library.path)"
            let content: [UInt8]
            do throws(SystemError) {
                content = try readFile(path, limit: SiteFiles.longestLibrary)
            } catch {
                throw ConsoleError(.resources, "\(error). \(SiteFiles.remedy)")
            }
            let head = String(decoding: content.prefix(400), as: UTF8.self)
            guard head.contains(library.banner) else {
                throw ConsoleError(.resources, "\(path) is not \(library.banner). \(SiteFiles.remedy)")
            }
            contents[library.name] = content
        }
        files = contents
        version = SiteFiles.digest(contents)
        self.folder = folder
    }

    /// Those that are part of the program.
    static func own() -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for place in 0..<darkscope_site_file_count() {
            let file = darkscope_site_file_at(place)
            contents[String(cString: file.path)] = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
        }
        return contents
    }

    private static let remedy = "Install Debian's: apt-get install -y --no-install-recommends node-d3"

    /// The page that every address of the console has: its script finds from the address what to show.
    private var page: Reply {
        let text = String(decoding: content(SiteFiles.pageName) ?? [], as: UTF8.self)
        let whole = text.split(separator: SiteFiles.placeholder, omittingEmptySubsequences: false)
            .joined(separator: "/assets/\(version)")
        return Reply(Array(whole.utf8), "text/html; charset=utf-8")
    }

    /// First segments of the addresses that people see, each with so many segments at most.
    private static let views = [
        "": 1, "account": 1, "alert": 2, "alerts": 1, "country": 2, "explore": 1, "map": 1, "network": 2, "notes": 2,
        "port": 3,
        "ports": 1, "sign-in": 1, "site": 2, "sites": 1, "source": 2, "sources": 1, "years": 1,
    ]

    /// What is at the segments of an address, and what it is counted as; nil when it is none of these.
    func find(_ segments: [String]) -> (name: String, reply: Reply)? {
        if let most = SiteFiles.views[segments[0]], segments.count <= most { return ("page", page) }
        guard segments.count >= 3, segments[0] == "assets", segments[1] == version else { return nil }
        let path = segments.dropFirst(2).joined(separator: "/")
        return content(path).map {
            ("file", Reply($0, SiteFiles.mediaType(path), caching: folder == nil ? .forever : .revalidated))
        }
    }

    private func content(_ path: String) -> [UInt8]? {
        guard let known = files[path] else { return nil }
        return folder.flatMap { try? readFile("\($0)/\(path)", limit: SiteFiles.longestPage) } ?? known
    }

    private static func digest(_ contents: [String: [UInt8]]) -> String {
        var all: [UInt8] = []
        for (path, content) in contents.sorted(by: { $0.key < $1.key }) { all += Array(path.utf8) + [0] + content }
        return EntityTag(of: all).text.filter { $0 != "\"" }
    }

    private static func mediaType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
