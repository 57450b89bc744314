import Foundation
import Testing

@testable import Aggregation
@testable import Capture

/// The real captures beside the package, and what they hold.
struct Oracle {
    let capture: String
    private let values: [String: Any]
    private let overrides: [String: Any]

    /// `DARKSCOPE_SHARED`, or the folder `shared` beside the package.
    static let folder: String = {
        if let given = ProcessInfo.processInfo.environment["DARKSCOPE_SHARED"] { return given + "/captures" }
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(package)/../shared/captures"
    }()

    /// Names of all captures.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/oracle")) ?? []
        let found = files.filter { $0.hasSuffix(".json") }.sorted().map { String($0.dropLast(5)) }
        if found.isEmpty { print("no captures in \(folder): the tests of real captures have nothing to do") }
        return found
    }()

    init?(name: String) {
        capture = Oracle.folder + "/pcap/" + name
        guard let data = FileManager.default.contents(atPath: Oracle.folder + "/oracle/\(name).json"),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let values = object["oracle"] as? [String: Any]
        else { return nil }
        self.values = values
        overrides = object["libpcap_overrides"] as? [String: Any] ?? [:]
    }

    /// The value at a dotted path, as libpcap sees it.
    func value(_ path: String) -> Any? {
        if let override = overrides[path] { return override }
        var node: Any? = values
        for key in path.split(separator: ".") { node = (node as? [String: Any])?[String(key)] }
        return node
    }

    func number(_ path: String) -> Int { (value(path) as? NSNumber)?.intValue ?? 0 }

    func counts(_ path: String) -> [String: Int] {
        (value(path) as? [String: Any] ?? [:]).compactMapValues { ($0 as? NSNumber)?.intValue }.filter { $0.value != 0 }
    }
}
