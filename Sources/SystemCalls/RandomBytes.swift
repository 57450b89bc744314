import CSupport

/// `count` bytes fit for keys: getrandom(2), which waits only until the kernel's pool is seeded after boot.
package func randomBytes(_ count: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
        done += try retrying("getrandom") {
            bytes.withUnsafeMutableBytes { darkscope_getrandom($0.baseAddress.map { $0 + done }, count - done) }
        }
    }
    return bytes
}

/// A random number fit for keys.
package func randomUInt64() throws(SystemError) -> UInt64 {
    try randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
}
