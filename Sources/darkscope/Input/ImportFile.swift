import Enrichment
import Glibc
import Runtime
import SystemCalls

/// A file that is imported.
struct ImportFile {
    /// Bytes of a file at most.
    static let limit = 1 << 30

    let path: String
    let bytes: [UInt8]

    /// - Parameter limit: bytes of it at most.
    init(_ path: String, limit: Int = ImportFile.limit) throws(ProgramError) {
        self.path = path
        do throws(SystemError) {
            bytes = try readFile(path, limit: limit)
        } catch {
            throw error.code == EFBIG
                ? ProgramError(.data, "\(path): it has more than \(limit) bytes")
                : ProgramError(.noInput, "\(error)")
        }
    }

    /// What `read` makes of it; what is wrong is said with the file, the line and what it is.
    func parsed<Value>(_ read: () throws(EnrichmentError) -> Value) throws(ProgramError) -> Value {
        do throws(EnrichmentError) {
            return try read()
        } catch {
            let line = error.line.map { ":\($0)" } ?? ""
            throw ProgramError(.data, "\(path)\(line): \(error.message). Nothing was imported")
        }
    }
}
