import CLibzmq
import Glibc
import SystemCalls

/// Keys on disk: 64 hexadecimal digits and a newline. The secret key's file is its owner's alone; the public key is in
/// a file beside it, to be copied to whoever needs it.
package enum KeyFile {
    /// Bytes read at most: a key with generous white space around it.
    private static let limit = 256

    /// Makes a new pair and writes it durably; neither file may exist.
    /// - Parameters:
    ///   - secretPath: gets mode 0600.
    ///   - publicPath: gets mode 0644.
    package static func create(
        secretPath: String, publicPath: String
    ) throws(MessagingError) -> CurveKeyPair {
        let pair = try CurveKeyPair.generate()
        try write(Hexadecimal.text(pair.secretKey.bytes), to: secretPath, mode: 0o600)
        do throws(MessagingError) {
            try write(pair.publicKey.description, to: publicPath, mode: 0o644)
        } catch {
            unlink(secretPath)
            throw error
        }
        return pair
    }

    /// Reads a secret key and computes its public key. A file that anyone but its owner can read is refused.
    package static func readPair(secretPath: String) throws(MessagingError) -> CurveKeyPair {
        let text = try read(secretPath, what: "secret key", mustBePrivate: true)
        guard let secret = CurveSecretKey(hexadecimal: text) else {
            throw MessagingError(
                .keyFile,
                "\(secretPath) does not hold a secret key: 64 hexadecimal digits were expected. "
                    + "Restore the file from a copy, or make a new key and register it")
        }
        return try CurveKeyPair(secretKey: secret)
    }

    /// Reads a public key.
    package static func readPublicKey(path: String) throws(MessagingError) -> CurveKey {
        let text = try read(path, what: "public key", mustBePrivate: false)
        guard let key = CurveKey(text) else {
            throw MessagingError(
                .keyFile,
                "\(path) does not hold a public key: 64 hexadecimal digits were expected. "
                    + "Copy the public key's file again from the machine that made it")
        }
        return key
    }

    /// Makes 32 random bytes for digests and writes them durably as hexadecimal digits; the file may not exist.
    package static func createSecret(path: String) throws(MessagingError) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try randomBytes(32)
        } catch {
            throw MessagingError(.resources, "\(error)")
        }
        try write(Hexadecimal.text(bytes), to: path, mode: 0o600)
    }

    /// Reads 32 bytes for digests. A file that anyone but its owner can read is refused.
    package static func readSecret(path: String) throws(MessagingError) -> [UInt8] {
        let text = try read(path, what: "secret", mustBePrivate: true)
        guard let bytes = Hexadecimal.bytes(text), bytes.count == 32 else {
            throw MessagingError(
                .keyFile,
                "\(path) does not hold a secret: 64 hexadecimal digits were expected. "
                    + "Restore the file from a copy, or make a new one and tell the receivers their new secrets")
        }
        return bytes
    }

    /// Reads a password: the file without the end of its line. A file that anyone but its owner can read is refused.
    package static func readPassword(path: String) throws(MessagingError) -> String {
        let bytes = try readBytes(path, what: "password", mustBePrivate: true)
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty, bytes.count - line.count <= 2, !line.contains(0) else {
            throw MessagingError(
                .keyFile, "\(path) does not hold a password: one line of at most \(limit) bytes was expected")
        }
        return String(decoding: line, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(MessagingError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            if errno == EEXIST {
                throw MessagingError(
                    .keyFile,
                    "\(path) exists, and a key is never overwritten. "
                        + "Move it away first if a new identity is really wanted")
            }
            throw failure("cannot create", path)
        }
        defer { close(descriptor) }
        let bytes = Array("\(text)\n".utf8)
        guard fchmod(descriptor, mode) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0
        else {
            let error = failure("cannot write", path)
            unlink(path)
            throw error
        }
    }

    private static func read(_ path: String, what: String, mustBePrivate: Bool) throws(MessagingError) -> String {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        return String(
            decoding: try readBytes(path, what: what, mustBePrivate: mustBePrivate).filter { !space.contains($0) },
            as: UTF8.self)
    }

    /// None when there are more than `limit`.
    private static func readBytes(
        _ path: String, what: String, mustBePrivate: Bool
    ) throws(MessagingError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the \(what)", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot examine the \(what)", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MessagingError(.keyFile, "\(path) is not a file. Give the path of the \(what)'s file")
        }
        if mustBePrivate, othersMayRead(descriptor, status) {
            throw MessagingError(
                .keyFile,
                "\(path) can be read by others than its owner (mode \(octal(status.st_mode & 0o7777))). "
                    + "Run: chmod 600 \(path). If others had access, make a new key and register it")
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("cannot read the \(what)", path) }
        return count <= limit ? Array(bytes[..<count]) : []
    }

    private static func othersMayRead(_ descriptor: Int32, _ status: stat) -> Bool {
        if status.st_mode & 0o007 != 0 { return true }
        if status.st_mode & 0o070 == 0 { return false }
        // systemd hands credentials over as files of root with an ACL entry for the service's user, and the group bits
        // of such a file show the ACL's mask, not what the group may do (acl(5)).
        var attribute = [UInt8](repeating: 0, count: 1024)
        let count = fgetxattr(descriptor, "system.posix_acl_access", &attribute, attribute.count)
        guard count > 0 else { return true }
        return AccessList.admitsOthers(Array(attribute[..<count]), than: geteuid())
    }

    private static func octal(_ mode: mode_t) -> String { "0" + String(mode, radix: 8) }

    private static func failure(_ what: String, _ path: String) -> MessagingError {
        MessagingError(
            .keyFile, "\(what) (\(path)): \(SystemError.text(of: errno)). Check the path and its permissions")
    }
}

/// The kernel's form of a POSIX access control list (linux/posix_acl_xattr.h): u32 version 2, then entries of
/// u16 tag, u16 permissions, u32 id, little-endian.
enum AccessList {
    /// Whether a group, or a user other than the file's owner and `user`, has any permission; true for what cannot be
    /// understood.
    static func admitsOthers(_ bytes: [UInt8], than user: uid_t) -> Bool {
        guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, bytes[0..<4] == [2, 0, 0, 0] else { return true }
        for entry in stride(from: 4, to: bytes.count, by: 8) {
            let tag = UInt16(bytes[entry]) | UInt16(bytes[entry + 1]) << 8
            let permissions = UInt16(bytes[entry + 2]) | UInt16(bytes[entry + 3]) << 8
            let id = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[entry + 4 + $1]) << (8 * UInt32($1)) }
            switch tag {
            case 0x01, 0x10: continue  // the owner; the mask
            case 0x02 where id == user: continue
            default: if permissions != 0 { return true }
            }
        }
        return false
    }
}
