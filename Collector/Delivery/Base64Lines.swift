import Alerts

extension Base64 {
    /// In lines of 76 characters with their ends (RFC 2045 §6.8).
    static func lines(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4 * 78 / 76 + 2)
        for start in stride(from: 0, to: bytes.count, by: 57) {
            result += encoded(bytes[start..<min(start + 57, bytes.count)])
            result += [0x0D, 0x0A]
        }
        return result
    }
}
