import FlowModel
import MemoryFiles
import SystemCalls

/// A spool's directory as a fuzzer's bytes: one file behind the other, of each a byte that says which, two for its
/// length, little-endian, and its content.
///
/// | bits | |
/// |---|---|
/// | 0–1 | 0 segment, 1 cursor, 2 `stream`, 3 a file of a stream that was being made |
/// | 2–4 | the stream |
/// | 5 | the file's checksums are made right, so that what is wrong in it gets behind them |
/// | 6–7 | of a segment: the number in its name, and 0 for the one in its header |
struct SpoolImage {
    /// The files, by their paths below the spool's directory.
    let files: [(path: String, bytes: [UInt8])]

    init(_ input: [UInt8]) {
        var files: [(path: String, bytes: [UInt8])] = []
        var rest = input[...]
        while rest.count >= 3 {
            let kind = rest.removeFirst()
            let length = Int(rest.removeFirst()) | Int(rest.removeFirst()) << 8
            var bytes = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            let epoch = SpoolImage.epoch(Int(kind >> 2 & 7))
            let isSealed = kind & 32 != 0
            switch kind & 3 {
            case 0:
                if isSealed { SpoolImage.seal(segment: &bytes) }
                let number = kind >> 6 == 0 ? SpoolImage.number(bytes, at: 24) : UInt64(kind >> 6)
                files.append(("\(epoch)/\(Epoch(high: 0, low: number).description.suffix(16)).seg", bytes))
            case 1:
                if isSealed { SpoolImage.seal(cursor: &bytes) }
                files.append(("\(epoch)/cursor", bytes))
            case 2: files.append(("stream", bytes))
            default: files.append(("\(epoch)/cursor.new", bytes))
            }
        }
        self.files = files
    }

    /// The files in a file system of their own.
    var fileSystem: MemoryFileSystem {
        let system = MemoryFileSystem()
        do {
            try system.makeDirectory("/s/spool")
            for (path, bytes) in files {
                if let slash = path.firstIndex(of: "/") { try system.makeDirectory("/s/spool/\(path[..<slash])") }
                // Of two files with one name the last counts.
                try? system.unlink("/s/spool/\(path)")
                let file = try system.open("/s/spool/\(path)", .create)
                try file.write(bytes, at: 0)
                try file.sync()
                file.close()
            }
        } catch {
            preconditionFailure("a file system in memory without a fault fails: \(error)")
        }
        return system
    }

    static func epoch(_ stream: Int) -> Epoch { Epoch(high: 1, low: UInt64(stream)) }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        guard offset + 8 <= bytes.count else { return 1 }
        return bytes[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func put(_ number: UInt32, into bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
    }

    /// FORMAT.md §3 and §4.
    private static func seal(segment bytes: inout [UInt8]) {
        guard bytes.count >= 64 else { return }
        put(crc32c(bytes[..<60]), into: &bytes, at: 60)
        let salt = UInt32(truncatingIfNeeded: number(bytes, at: 40))
        var at = 64
        while at + 32 <= bytes.count {
            let length = Int(truncatingIfNeeded: number(bytes, at: at) >> 32)
            let end = min(at + 32 + length, bytes.count)
            put(crc32c(bytes[(at + 32)..<end]), into: &bytes, at: at + 20)
            put(crc32c(bytes[at..<(at + 24)], seed: salt), into: &bytes, at: at + 24)
            at += (32 + length + 7) & ~7
        }
    }

    /// FORMAT.md §5.
    private static func seal(cursor bytes: inout [UInt8]) {
        for at in [0, 4_096] where at + 48 <= bytes.count {
            let ranges = Int(truncatingIfNeeded: number(bytes, at: at + 40) & 0xFFFF_FFFF)
            guard at + 48 + 16 * ranges <= bytes.count else { continue }
            let seed = crc32c(bytes[at..<(at + 44)])
            put(crc32c(bytes[(at + 48)..<(at + 48 + 16 * ranges)], seed: seed), into: &bytes, at: at + 44)
        }
    }
}
