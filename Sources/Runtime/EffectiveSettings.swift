/// The keys that a program read, with the values in effect.
struct EffectiveSettings {
    private struct Setting {
        let name: String
        /// As TOML; an example when the key is not set.
        let value: String?
        let isSet: Bool
        let comments: [String]
    }

    /// In the order in which they were first read.
    private(set) var sections: [String] = []
    private var settings: [String: [Setting]] = [:]

    var keys: [String] { sections.flatMap { section in names(in: section).map { "\(section).\($0)" } } }

    func names(in section: String) -> [String] { settings[section, default: []].map(\.name) }

    /// The parts before and after the last dot.
    static func split(_ key: String) -> (section: String, name: String) {
        guard let dot = key.lastIndex(of: ".") else { return (key, "") }
        return (String(key[..<dot]), String(key[key.index(after: dot)...]))
    }

    mutating func add(
        _ key: String, value: String?, isSet: Bool, note: String, expectation: String, fallback: String?
    ) {
        let (section, name) = Self.split(key)
        precondition(!name.isEmpty, "the key \(key) is not section.name")
        precondition(!names(in: section).contains(name), "the key \(key) is read twice")
        if settings[section] == nil { sections.append(section) }
        let origin = fallback.map { "default \($0)" } ?? (isSet ? "no default" : "not set")
        settings[section, default: []].append(
            Setting(
                name: name, value: value, isSet: isSet,
                comments: note.split(separator: "\n").map(String.init) + ["\(expectation); \(origin)"]))
    }

    var rendered: String {
        sections.map { section in
            let body = settings[section, default: []].map { setting in
                let comments = setting.comments.map { "# \($0)\n" }.joined()
                let assignment = "\(setting.name) = \(setting.value ?? "")\n"
                return comments + (setting.isSet ? "" : "# ") + assignment
            }
            return "[\(section)]\n" + body.joined()
        }.joined(separator: "\n")
    }

    /// FNV-1a, 64 bits, of the assignments (isthe.com/chongo/tech/comp/fnv).
    var digest: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for section in sections {
            for setting in settings[section, default: []] where setting.isSet {
                for byte in "\(section).\(setting.name) = \(setting.value ?? "")\n".utf8 {
                    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
                }
            }
        }
        return hash
    }
}
