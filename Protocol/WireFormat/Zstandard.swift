import CLibzstd

/// zstd (RFC 8878) with contexts that are used again. Used by one thread at a time.
final class ZstandardCompressor {
    private let context: OpaquePointer?

    init() { context = ZSTD_createCCtx() }

    deinit { ZSTD_freeCCtx(context) }

    /// The compressed bytes, or nil when they would not be shorter than `bytes`.
    func compress(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        guard let context, !bytes.isEmpty else { return nil }
        let result = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
            let size = bytes.withUnsafeBytes {
                ZSTD_compressCCtx(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count, level)
            }
            // An error here says that the result does not fit: it would not be shorter.
            filled = ZSTD_isError(size) == 0 ? size : 0
        }
        return result.isEmpty || result.count >= bytes.count ? nil : result
    }
}

/// Decompresses into a buffer of the declared size, which the caller has bounded. Used by one thread at a time.
final class ZstandardDecompressor {
    private let context: OpaquePointer?

    init() { context = ZSTD_createDCtx() }

    deinit { ZSTD_freeDCtx(context) }

    /// The bytes, exactly `size` of them; nil for anything else. One pass into the result: whatever the frame declares,
    /// nothing beyond `size` is allocated or written.
    func decompress(_ bytes: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        guard let context else { return nil }
        let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            let done = bytes.withUnsafeBytes {
                ZSTD_decompressDCtx(context, buffer.baseAddress, size, $0.baseAddress, $0.count)
            }
            filled = ZSTD_isError(done) == 0 ? min(done, size) : 0
        }
        return result.count == size ? result : nil
    }
}
