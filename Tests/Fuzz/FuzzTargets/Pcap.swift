import Aggregation
import Capture
import Glibc

/// Every packet before the damage is given, the same ones whether they are asked for one by one or many at a time, and
/// each is counted.
func readCapture(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    let file = MemoryFile(input)
    var windows = Windows(isTight: file.count % 2 == 1)
    let many = try read(file, at: PacketBatch.capacity) { windows.add($0) }
    try windows.finish()
    let single = try read(file, at: 1) { _ in }
    try BrokenRule.unless(many == single, "a file gives other packets when they are asked for one by one")
    return many.isWhole
}

private struct Reading: Equatable {
    struct Packet: Equatable {
        let seconds: Int64
        let nanoseconds: UInt32
        let available: UInt32
        let originalLength: UInt32
    }

    var packets: [Packet] = []
    var isWhole = true
}

private func read(
    _ file: MemoryFile, at maximum: Int, _ give: (PacketBatch) -> Void
) throws(BrokenRule) -> Reading {
    var reading = Reading()
    do throws(CaptureError) {
        let source = try FileSource(path: file.path)
        let batch = PacketBatch()
        while try source.fill(batch, maximum: maximum) {
            for index in 0..<batch.count {
                let header = batch.header(index)
                reading.packets.append(
                    Reading.Packet(
                        seconds: header.seconds, nanoseconds: header.nanoseconds, available: header.available,
                        originalLength: header.originalLength))
            }
            give(batch)
        }
    } catch {
        try BrokenRule.unless(error.kind == .damaged, "\(error)")
        reading.isWhole = false
    }
    return reading
}

/// Bytes that have a path and lie on no disk.
private final class MemoryFile {
    let count: Int
    private let descriptor: Int32

    init(_ bytes: [UInt8]) {
        count = bytes.count
        var template = Array("/dev/shm/darkscope-fuzz-XXXXXX".utf8CString)
        // Inherited by a child process, for which the path means the same.
        descriptor = mkstemp(&template)
        precondition(descriptor >= 0, "mkstemp: errno \(errno)")
        unlink(template)
        var written = 0
        while written < bytes.count {
            let part = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            precondition(part > 0, "write: errno \(errno)")
            written += part
        }
    }

    deinit { close(descriptor) }

    var path: String { "/proc/self/fd/\(descriptor)" }
}
