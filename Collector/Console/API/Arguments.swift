import FlowModel
import Query
import Store

/// The parameters of one request, each read as its route says.
struct Arguments: Sendable {
    enum Value: Sendable, Hashable {
        case text(String)
        case number(Int)
        case moment(TimePoint)
        case block(Prefix)
    }

    private var values: [String: Value] = [:]
    /// What stands in the path, in its order.
    private(set) var place: [String] = []

    /// - Parameters:
    ///   - place: parameters of the path, with what stands there.
    ///   - fields: of the query.
    ///   - known: what the query may have.
    init(
        place: [(Parameter, String)] = [], fields: [Target.Field], known: [Parameter]
    ) throws(Problem) {
        self.place = place.map(\.1)
        for (parameter, text) in place { values[parameter.name] = try parameter.read(text) }
        for field in fields {
            guard let parameter = known.first(where: { $0.name == field.name }) else {
                let name = field.name.prefix(40)
                throw .parameter(
                    String(name), "there is no such parameter here",
                    expected: known.isEmpty ? "none" : known.map(\.name).joined(separator: ", "))
            }
            guard values[parameter.name] == nil else {
                throw .parameter(parameter.name, "it is given twice", expected: "it once")
            }
            values[parameter.name] = try parameter.read(field.value)
        }
        for parameter in known where values[parameter.name] == nil {
            if let standard = parameter.standard { values[parameter.name] = try parameter.read(standard) }
        }
    }

    /// The same with another span and filter.
    func with(from: TimePoint, to: TimePoint, filter: String?) -> Arguments {
        var other = self
        other.values["q"] = filter.map { .text($0) }
        (other.values["from"], other.values["to"]) = (.moment(from), .moment(to))
        return other
    }

    /// Whether there is one of that name.
    func has(_ name: String) -> Bool { values[name] != nil }

    func text(_ name: String) -> String? { if case .text(let text) = values[name] { text } else { nil } }

    func number(_ name: String) -> Int? { if case .number(let number) = values[name] { number } else { nil } }

    func block(_ name: String) -> Prefix? { if case .block(let block) = values[name] { block } else { nil } }

    func moment(_ name: String) -> TimePoint? {
        if case .moment(let moment) = values[name] { moment } else { nil }
    }

    /// The span of `from`, `to` and `tz`.
    var span: ConsoleSpan {
        ConsoleSpan(
            from: moment("from") ?? .before(seconds: 86_400), to: moment("to") ?? .before(seconds: 0),
            zone: text("tz") ?? "UTC")
    }
}
