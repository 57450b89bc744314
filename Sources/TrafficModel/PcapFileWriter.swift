#if canImport(Glibc)
    import Glibc
#endif

/// A failed system call while a capture file was written.
package struct PcapWriteError: Error, CustomStringConvertible {
    package let path: String
    package let errno: Int32
    package var description: String { "cannot write \(path): \(String(cString: strerror(errno)))" }
}

/// Writes a classic pcap file (microseconds, Ethernet; pcap-savefile(5)) of generated frames through one buffer.
///
/// Used by one thread at a time.
package struct PcapFileWriter: ~Copyable {
    private static let bufferBytes = 1 << 20

    private let path: String
    private let descriptor: Int32
    private let buffer: UnsafeMutableRawPointer
    private var used = 0

    /// Creates or empties the file.
    package init(path: String) throws(PcapWriteError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        buffer = .allocate(byteCount: PcapFileWriter.bufferBytes, alignment: 16)
        guard descriptor >= 0 else { throw PcapWriteError(path: path, errno: Glibc.errno) }
        put32(0xA1B2_C3D4)
        put32(0x0004_0002)
        put32(0)
        put32(0)
        put32(65_535)
        put32(1)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// Appends all frames that `generator` still has.
    package mutating func write(_ generator: inout RadiationGenerator) throws(PcapWriteError) {
        while true {
            if used > PcapFileWriter.bufferBytes - RadiationGenerator.frameCapacity - 16 { try flush() }
            guard let frame = generator.next(into: buffer + used + 16) else { break }
            put32(UInt32(truncatingIfNeeded: frame.microseconds / 1_000_000))
            put32(UInt32(truncatingIfNeeded: frame.microseconds % 1_000_000))
            put32(UInt32(truncatingIfNeeded: frame.capturedLength))
            put32(UInt32(truncatingIfNeeded: frame.originalLength))
            used += frame.capturedLength
        }
        try flush()
    }

    private mutating func put32(_ value: UInt32) {
        buffer.storeBytes(of: value.littleEndian, toByteOffset: used, as: UInt32.self)
        used += 4
    }

    private mutating func flush() throws(PcapWriteError) {
        var done = 0
        while done < used {
            let count = Glibc.write(descriptor, buffer + done, used - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw PcapWriteError(path: path, errno: errno) }
            done += count
        }
        used = 0
    }
}
