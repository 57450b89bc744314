/// Numbers of bytes as people read them.
enum BytesText {
    /// Three figures at least of the largest unit that the number fills: `512 B`, `1.46 KiB`, `14.6 MiB`, `146 GiB`.
    static func short(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var unit = 0
        var value = Double(max(0, bytes))
        while value >= 1_024, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        if unit == 0 { return "\(max(0, bytes)) B" }
        let places = value < 10 ? 100.0 : value < 100 ? 10.0 : 1.0
        let rounded = (value * places).rounded()
        let whole = Int64(rounded / places)
        let fraction = Int64(rounded) - whole * Int64(places)
        let digits = String(Int64(places) + fraction).dropFirst()
        return digits.isEmpty ? "\(whole) \(units[unit])" : "\(whole).\(digits) \(units[unit])"
    }
}
