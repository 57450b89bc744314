/// A span of Unix time `[start, start + length)` whose start is a multiple of its length.
public struct Window: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before it (libpcap sign-extends the seconds of classic pcap).
    public let start: Int64
    /// Seconds: 10…3600 and a divisor of 86,400.
    public let length: UInt32

    /// Whether windows may have this length: 10…3600 s and a divisor of 86,400 s.
    public static func isValid(length: UInt32) -> Bool { (10...3600).contains(length) && 86_400 % length == 0 }

    /// The window of `length` seconds that holds the Unix time `seconds`.
    /// - Precondition: `isValid(length:)`.
    public init(containing seconds: Int64, length: UInt32) {
        precondition(Window.isValid(length: length), "window length \(length)")
        let wide = Int64(length)
        let remainder = seconds % wide
        start = seconds - (remainder < 0 ? remainder + wide : remainder)
        self.length = length
    }

    /// The first second after the window.
    public var end: Int64 { start + Int64(length) }
}
