/// A value as a configuration file gives it.
indirect enum ConfigurationNode: Equatable, Sendable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case array([ConfigurationNode])
    /// A value of a type that no key has, by what it is called.
    case other(String)
}

extension ConfigurationNode: CustomStringConvertible {
    /// As in the file; long ones are cut.
    var description: String {
        switch self {
        case .string(let text): TOMLText.quoted(text.unicodeScalars.count > 100 ? "\(text.prefix(100))…" : text)
        case .integer(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .array(let nodes):
            "[\(nodes.prefix(8).map(\.description).joined(separator: ", "))\(nodes.count > 8 ? ", …" : "")]"
        case .other(let name): name
        }
    }
}
