package import Aggregation
import CLibpcap
import Glibc

/// Reads a capture file: everything that libpcap reads (pcap of both byte orders, in micro- and nanoseconds, pcapng),
/// the same behind gzip, and `-` for standard input. Used by one thread.
package final class FileSource {
    package let path: String
    private let handle: OpaquePointer
    /// What the C library reads ahead; it must outlive the handle, which owns the stream.
    private let buffer: UnsafeMutablePointer<CChar>
    private let decompressor: Decompressor?
    private let linkType: LinkType
    private var pending: CaptureError?

    /// Opens the file and reads its header.
    package init(path: String) throws(CaptureError) {
        self.path = path
        let opened = try FileSource.open(path)
        decompressor = opened.decompressor
        // The C library's own 4 KiB cost a system call every 50 packets.
        buffer = .allocate(capacity: FileSource.bufferBytes)
        setvbuf(opened.file, buffer, _IOFBF, FileSource.bufferBytes)
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard
            let handle = pcap_fopen_offline_with_tstamp_precision(
                opened.file, UInt32(PCAP_TSTAMP_PRECISION_NANO), &text)
        else {
            fclose(opened.file)
            buffer.deallocate()
            throw CaptureError(
                .damaged, source: path, cause: "not a capture file that can be read: \(FileSource.string(text))",
                remedy: "Give a pcap or pcapng file, as tcpdump -w writes it")
        }
        self.handle = handle
        linkType = LinkType(dataLink: pcap_datalink(handle))
    }

    deinit {
        pcap_close(handle)
        buffer.deallocate()
    }

    /// Empties the batch and fills it with the next packets; false at the end of the file. Throws where the file breaks
    /// off, after everything before that place was delivered.
    /// - Parameter maximum: packets at most.
    package func fill(_ batch: PacketBatch, maximum: Int = PacketBatch.capacity) throws(CaptureError) -> Bool {
        batch.removeAll()
        if let pending { throw pending }
        // A call that meets the end or the damage behind some packets may say so at once or count them first.
        let limit = min(maximum, PacketBatch.capacity)
        while batch.count < limit {
            let code = batch.take(from: handle, limit: limit, linkType: linkType, isNanoseconds: true)
            if code > 0 { continue }
            if code < 0 {
                pending = damaged(String(cString: pcap_geterr(handle)))
            } else if let failure = decompressor?.failure() {
                pending = damaged(failure)
            }
            break
        }
        if batch.count == 0, let pending { throw pending }
        return batch.count > 0
    }

    private static let bufferBytes = 1 << 16

    private func damaged(_ cause: String) -> CaptureError {
        let place = pcap_file(handle).map { ftell($0) } ?? -1
        let at = place >= 0 && decompressor == nil ? " at byte \(place)" : ""
        return CaptureError(
            .damaged, source: path, cause: "the file breaks off\(at): \(cause)",
            remedy: "Everything before that was read; get an undamaged copy for the rest")
    }

    private static func open(
        _ path: String
    ) throws(CaptureError) -> (file: UnsafeMutablePointer<FILE>, decompressor: Decompressor?) {
        func unreadable(_ code: Int32) -> CaptureError {
            CaptureError(
                .unreadable, source: path, cause: "cannot be read: \(String(cString: strerror(code)))",
                remedy: "Check the path and its permissions")
        }
        if path == "-" {
            guard let file = fdopen(dup(0), "rb") else { throw unreadable(errno) }
            return (file, nil)
        }
        guard let file = fopen(path, "rbe") else { throw unreadable(errno) }
        var status = stat()
        if fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            fclose(file)
            throw unreadable(EISDIR)
        }
        // RFC 1952: a gzip member begins with 1f 8b. What can't be read at a place, such as a FIFO, is no gzip file.
        var magic: [UInt8] = [0, 0]
        guard pread(fileno(file), &magic, 2, 0) == 2, magic == [0x1F, 0x8B] else { return (file, nil) }
        fclose(file)
        let decompressor: Decompressor
        do {
            decompressor = try Decompressor(path: path)
        } catch {
            throw CaptureError(
                .refused, source: path, cause: "gzip could not be started: \(error)",
                remedy: "Install gzip, or unpack the file first")
        }
        guard let unpacked = fdopen(decompressor.output, "rb") else { throw unreadable(errno) }
        return (unpacked, decompressor)
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
