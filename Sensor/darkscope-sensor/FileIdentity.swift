import Aggregation
import FlowModel
import Glibc
import Runtime
import SystemCalls

/// The stream's name of a capture file: 128 bits of its content and of all that decides which batches it becomes, keyed
/// by the site's secret. The same file under the same configuration is the same stream, and is not counted twice.
struct FileIdentity {
    let epoch: Epoch
    /// Keys the flow table's hash, so that the same file gives the same batches again.
    let hashSeed: (UInt64, UInt64)

    /// - Parameter settings: text that names every setting which changes the batches.
    init(path: String, settings: String, secret: SiteSecret) throws(ProgramError) {
        if path == "-" {
            // Standard input cannot be read twice, so it is never recognised.
            do throws(SystemError) {
                epoch = Epoch(high: try randomUInt64(), low: try randomUInt64())
                hashSeed = (try randomUInt64(), try randomUInt64())
            } catch { throw ProgramError(.failure, "\(error)") }
            return
        }
        var digest = KeyedDigest(key: secret.importKey)
        digest.update(Array(settings.utf8))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ProgramError(
                .noInput, "\(path): cannot be read: \(SystemError.text(of: errno)). Check the path and its permissions")
        }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ProgramError(.noInput, "\(path): cannot be read: \(SystemError.text(of: errno)). Give a file")
            }
            if count == 0 { break }
            digest.update(chunk[..<count])
        }
        let (high, low) = digest.value
        epoch = Epoch(high: high, low: low)
        hashSeed = (high ^ secret.importKey.1, low ^ secret.importKey.0)
    }
}
