/// Whole numbers with a unit, as configurations write them: `90s`, `64MiB`.
struct Quantity {
    /// The largest last.
    let units: [(name: String, size: Int64)]

    static let duration = Quantity(units: [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)])
    static let byteCount = Quantity(units: [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)])

    /// Nil for anything but digits and one of the units, and for what Int64 cannot hold.
    func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units.first(where: { $0.name == text[digits.endIndex...] }) else {
            return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit.size)
        return overflow ? nil : value
    }

    /// In the largest unit that leaves no rest.
    func text(_ value: Int64) -> String {
        let unit = units.last { value % $0.size == 0 && value != 0 } ?? units[0]
        return "\(value / unit.size)\(unit.name)"
    }

    /// `s, m, h or d`
    var unitNames: String {
        let names = units.map(\.name)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }
}
