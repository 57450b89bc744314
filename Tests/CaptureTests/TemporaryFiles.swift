import Glibc
import SystemCalls
import Testing

/// A directory of a test's own, removed with everything in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/darkscope-capture-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        let files = RealFileSystem()
        for name in (try? files.list(path)) ?? [] { try? files.unlink(path + "/" + name) }
        try? files.removeDirectory(path)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try writeFileAtomically(path + "/" + name, bytes, mode: 0o600)
        return path + "/" + name
    }
}

/// Writes classic pcap bytes (pcap-savefile(5)).
struct PcapBytes {
    var isBigEndian = false
    var isNanoseconds = false
    var linkType: UInt32 = 1

    private func word(_ value: UInt32) -> [UInt8] {
        let little = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        return isBigEndian ? little.reversed() : little
    }

    private func half(_ value: UInt16) -> [UInt8] {
        let little = [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
        return isBigEndian ? little.reversed() : little
    }

    func file(_ packets: [(seconds: UInt32, fraction: UInt32, bytes: [UInt8])]) -> [UInt8] {
        var bytes = word(isNanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4) + half(2) + half(4)
        bytes += word(0) + word(0) + word(65_535) + word(linkType)
        for packet in packets {
            bytes += word(packet.seconds) + word(packet.fraction)
            bytes += word(UInt32(packet.bytes.count)) + word(UInt32(packet.bytes.count)) + packet.bytes
        }
        return bytes
    }
}
