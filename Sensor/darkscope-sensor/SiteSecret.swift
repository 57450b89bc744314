import Glibc
import Runtime
import SystemCalls

/// The secret of a site: it keys the permutation of destinations, which stays the same over the years, and the names of
/// imported files. A file of 64 hexadecimal digits in the state directory, mode 0600, made at the first start.
struct SiteSecret {
    let permutationKey: (UInt64, UInt64)
    let importKey: (UInt64, UInt64)

    init(stateDirectory: String) throws(ProgramError) {
        let path = stateDirectory + "/permutation.key"
        do throws(SystemError) {
            try RealFileSystem().makeDirectory(stateDirectory)
            if access(path, F_OK) != 0 {
                let digits = Array("0123456789abcdef".utf8)
                let text = try randomBytes(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
                try writeFileAtomically(path, text + [0x0A], mode: 0o600)
            }
        } catch {
            throw ProgramError(
                .cannotCreate,
                "\(error). Make \(stateDirectory) and give it to the sensor's user, or set sensor.state_directory")
        }
        let text: String
        do throws(SystemError) {
            text = String(decoding: try readFile(path, limit: 1_024), as: UTF8.self)
        } catch {
            throw ProgramError(.io, "\(error). The file must be readable by the sensor's user")
        }
        let digits = text.filter { !$0.isWhitespace }
        let words = (0..<4).compactMap { index -> UInt64? in
            guard digits.utf8.count == 64 else { return nil }
            return UInt64(digits.dropFirst(index * 16).prefix(16), radix: 16)
        }
        guard words.count == 4 else {
            throw ProgramError(
                .data,
                "\(path) does not hold 64 hexadecimal digits. Restore it from a copy; without it permuted destinations "
                    + "of the past cannot be compared with new ones")
        }
        permutationKey = (words[0], words[1])
        importKey = (words[2], words[3])
    }
}
