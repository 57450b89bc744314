/// Reads the values of TOML that stand without quotes: booleans, numbers, dates and times (toml.io/en/v1.0.0).
enum TOMLScalar {
    /// Nil when the token is none of them, or an integer beyond 64 bits.
    static func value(of token: ArraySlice<UInt8>) -> TOMLValue? {
        switch String(decoding: token, as: UTF8.self) {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let moment = moment(token) { return .moment(moment) }
        if let number = integer(token) { return .integer(number) }
        return float(token).map { .float($0) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    // MARK: Numbers

    private static func integer(_ token: ArraySlice<UInt8>) -> Int64? {
        if token.first == UInt8(ascii: "0"), let letter = token.dropFirst().first, !isDigit(letter) {
            let radixes = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2]
            guard let radix = radixes[letter], let digits = digits(token.dropFirst(2), isHexadecimalDigit) else {
                return nil
            }
            return Int64(digits, radix: radix)
        }
        let (sign, rest) = signed(token)
        guard let digits = decimal(rest) else { return nil }
        return Int64(sign + digits)
    }

    private static func float(_ token: ArraySlice<UInt8>) -> Double? {
        let (sign, rest) = signed(token)
        let parts = rest.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
        guard let mantissa = parts.first else { return nil }
        let halves = mantissa.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count + parts.count > 2, let half = halves.first, var text = decimal(half) else { return nil }
        if halves.count == 2 {
            guard let fraction = digits(halves[1], isDigit) else { return nil }
            text += "." + fraction
        }
        if parts.count == 2 {
            let (sign, rest) = signed(parts[1])
            guard let exponent = digits(rest, isDigit) else { return nil }
            text += "e" + sign + exponent
        }
        return Double(sign + text)
    }

    private static func signed(_ token: ArraySlice<UInt8>) -> (sign: String, rest: ArraySlice<UInt8>) {
        switch token.first {
        case UInt8(ascii: "-"): ("-", token.dropFirst())
        case UInt8(ascii: "+"): ("", token.dropFirst())
        default: ("", token)
        }
    }

    /// Without zeros in front.
    private static func decimal(_ token: ArraySlice<UInt8>) -> String? {
        token.count > 1 && token.first == UInt8(ascii: "0") ? nil : digits(token, isDigit)
    }

    /// One digit or more, without the underscores that may stand between two.
    private static func digits(_ token: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> String? {
        let groups = token.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else { return nil }
        return String(decoding: groups.joined(), as: UTF8.self)
    }

    // MARK: Dates and times (RFC 3339)

    private static func moment(_ token: ArraySlice<UInt8>) -> TOMLMoment? {
        let text = String(decoding: token, as: UTF8.self)
        let date = token.prefix(10)
        guard isDate(date) else { return isTime(token) ? TOMLMoment(kind: .time, text: text) : nil }
        let rest = token.dropFirst(10)
        guard let separator = rest.first else { return TOMLMoment(kind: .date, text: text) }
        guard separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " ") else { return nil }
        let clock = rest.dropFirst()
        if isTime(clock) { return TOMLMoment(kind: .dateAndTime, text: text) }
        guard let last = clock.last else { return nil }
        let isUniversal = last | 0x20 == UInt8(ascii: "z")
        guard isTime(clock.dropLast(isUniversal ? 1 : 6)), isUniversal || isOffset(clock.suffix(6)) else { return nil }
        return TOMLMoment(kind: .dateTimeAndOffset, text: text)
    }

    /// `YYYY-MM-DD`, a day that the Gregorian calendar has.
    private static func isDate(_ token: ArraySlice<UInt8>) -> Bool {
        guard let numbers = numbers(token, like: "0000-00-00"), numbers.count == 3 else { return false }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...days[month - 1]).contains(day)
    }

    /// `HH:MM:SS`, perhaps with a fraction of a second.
    private static func isTime(_ token: ArraySlice<UInt8>) -> Bool {
        let fraction = token.dropFirst(8)
        guard let numbers = numbers(token.prefix(8), like: "00:00:00") else { return false }
        guard numbers[0] <= 23, numbers[1] <= 59, numbers[2] <= 59 else { return false }
        let isPoint = fraction.first == UInt8(ascii: ".")
        return fraction.isEmpty || isPoint && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit)
    }

    /// `+HH:MM` or `-HH:MM`
    private static func isOffset(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.first == UInt8(ascii: "+") || token.first == UInt8(ascii: "-") else { return false }
        guard let numbers = numbers(token.dropFirst(), like: "00:00") else { return false }
        return numbers[0] <= 23 && numbers[1] <= 59
    }

    /// The numbers of a token that has digits where the pattern has zeros, and else the pattern's bytes.
    private static func numbers(_ token: ArraySlice<UInt8>, like pattern: String) -> [Int]? {
        guard token.count == pattern.utf8.count else { return nil }
        var numbers = [0]
        for (byte, model) in zip(token, pattern.utf8) {
            if model != UInt8(ascii: "0") {
                guard byte == model else { return nil }
                numbers.append(0)
            } else {
                guard isDigit(byte) else { return nil }
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        return numbers
    }
}
