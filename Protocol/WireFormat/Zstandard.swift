import CLibzstd

/// zstd (RFC 8878) with contexts that are used again. Used by one thread at a time.
final class ZstandardCompressor {
    private let context: OpaquePointer?

    init() { context = ZSTD_createCCtx() }

    deinit { ZSTD_freeCCtx(context) }

    /// One frame, or nil when it would not be shorter than `bytes`.
    /// - Parameter blockEnds: offsets at which a block ends, ascending; libzstd ends others where it likes.
    func compress(_ bytes: [UInt8], level: Int32, blockEnds: [Int]) -> [UInt8]? {
        guard let context, !bytes.isEmpty else { return nil }
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setPledgedSrcSize(context, UInt64(bytes.count))
        let result = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
            var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            let isWhole = bytes.withUnsafeBytes { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: 0, pos: 0)
                for end in blockEnds where end < source.count {
                    input.size = end
                    // 0: everything given is in the output. Anything else is an error or says that it does not fit.
                    if ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush) != 0 { return false }
                }
                input.size = source.count
                return ZSTD_compressStream2(context, &output, &input, ZSTD_e_end) == 0
            }
            filled = isWhole ? output.pos : 0
        }
        return result.isEmpty || result.count >= bytes.count ? nil : result
    }
}

/// Decompresses into a buffer of the declared size, which the caller has bounded. Used by one thread at a time.
final class ZstandardDecompressor {
    /// RFC 8878 §3.1.1, as it is read little-endian.
    private static let frameMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    private let context: OpaquePointer?

    init() { context = ZSTD_createDCtx() }

    deinit { ZSTD_freeDCtx(context) }

    /// What exactly one frame holds, exactly `size` bytes; nil for anything else. One pass into the result: whatever
    /// the frame declares, nothing beyond `size` is allocated or written.
    func decompress(_ bytes: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        guard let context, ZstandardDecompressor.isOneFrame(bytes) else { return nil }
        let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            let done = bytes.withUnsafeBytes {
                ZSTD_decompressDCtx(context, buffer.baseAddress, size, $0.baseAddress, $0.count)
            }
            filled = ZSTD_isError(done) == 0 ? min(done, size) : 0
        }
        return result.count == size ? result : nil
    }

    /// The blocks of a frame that `decompress` took, in order.
    func blocks(of bytes: ArraySlice<UInt8>, size: Int) throws(WireError) -> [ZstandardBlock] {
        var reader = ByteReader(bytes)
        // RFC 8878 §3.1.1.1: magic, descriptor; then window, dictionary and content size as the descriptor says.
        _ = try reader.slice(4, "zstd magic")
        let descriptor = try reader.u8("zstd frame descriptor")
        let isSingleSegment = descriptor & 0x20 != 0
        let contentBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        _ = try reader.slice(
            (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][Int(descriptor & 3)] + contentBytes, "zstd frame header")
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        var blocks: [ZstandardBlock] = []
        var isLast = false
        var given = bytes.startIndex
        var unpacked = [UInt8](repeating: 0, count: size)
        var output = 0
        while !isLast {
            // §3.1.1.2: three bytes: whether it is the last, its type, its size; type 1 repeats one byte.
            let start = reader.offset
            let head = try reader.slice(3, "zstd block").reversed().reduce(0) { $0 << 8 | Int($1) }
            isLast = head & 1 != 0
            _ = try reader.slice(head >> 1 & 3 == 1 ? 1 : head >> 3, "zstd block")
            let filled = unpack(bytes[given..<reader.offset], into: &unpacked, at: output)
            guard let filled else { throw WireError(.compression, offset: start, "zstd block") }
            blocks.append(ZstandardBlock(packedBytes: reader.offset - start, rawBytes: filled - output))
            given = reader.offset
            output = filled
        }
        return blocks
    }

    /// Goes on with a frame whose next whole blocks are `bytes`; where the output ends then, or nil for an error.
    private func unpack(_ bytes: ArraySlice<UInt8>, into unpacked: inout [UInt8], at start: Int) -> Int? {
        bytes.withUnsafeBytes { source in
            unpacked.withUnsafeMutableBytes { target in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: start)
                while input.pos < input.size {
                    let before = input.pos
                    guard ZSTD_isError(ZSTD_decompressStream(context, &output, &input)) == 0, input.pos > before else {
                        return nil
                    }
                }
                return output.pos
            }
        }
    }

    /// libzstd would also take several frames, and skippable ones between them.
    private static func isOneFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.starts(with: frameMagic)
            && bytes.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) } == bytes.count
    }
}

/// A block of a zstd frame: its bytes with its head, and how many come out of it.
struct ZstandardBlock: Hashable {
    let packedBytes: Int
    let rawBytes: Int
}
