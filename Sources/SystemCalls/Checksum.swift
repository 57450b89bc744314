import CSupport

/// CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`, going on from `seed`: 0xE3069283 for "123456789".
package func crc32c(_ bytes: some Sequence<UInt8>, seed: UInt32 = 0) -> UInt32 {
    if let result = bytes.withContiguousStorageIfAvailable({ darkscope_crc32c(seed, $0.baseAddress, $0.count) }) {
        return result
    }
    return Array(bytes).withUnsafeBytes { darkscope_crc32c(seed, $0.baseAddress, $0.count) }
}
