import CLibz

/// How a content is written on the wire (RFC 9110 §8.4.1).
enum Coding: String, Sendable, CaseIterable {
    case gzip, deflate

    /// Shorter contents are not worth it.
    static let least = 1_024

    /// The coding that a client likes best by its Accept-Encoding; nil for none.
    static func accepted(by header: String?) -> Coding? {
        var best: (coding: Coding, weight: Double)?
        var others: Double?
        var named: Set<Coding> = []
        for part in (header ?? "").split(separator: ",").prefix(16) {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = pieces.first else { continue }
            var weight = 1.0
            for piece in pieces.dropFirst() where piece.hasPrefix("q=") { weight = Double(piece.dropFirst(2)) ?? 0 }
            if name == "*" { others = weight }
            guard let coding = Coding(rawValue: name) else { continue }
            named.insert(coding)
            if weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        if best == nil, let others, others > 0 { return allCases.first { !named.contains($0) } }
        return best?.coding
    }

    /// The content in this coding; nil when there is no memory for it.
    func encoded(_ content: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15: a window of 32 KiB with the header of zlib, which is what HTTP calls deflate; 16 more: with that of gzip.
        guard darkscope_deflate_begin(&stream, 5, self == .gzip ? 31 : 15) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(content.count))))
        var input = content
        let isDone = input.withUnsafeMutableBufferPointer { from in
            output.withUnsafeMutableBufferPointer { into in
                stream.next_in = from.baseAddress
                stream.avail_in = UInt32(clamping: from.count)
                stream.next_out = into.baseAddress
                stream.avail_out = UInt32(clamping: into.count)
                return CLibz.deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard isDone else { return nil }
        output.removeSubrange(Int(stream.total_out)...)
        return output
    }
}
