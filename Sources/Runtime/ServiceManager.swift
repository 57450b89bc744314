import Glibc

/// The service manager that started the program: sd_notify(3), without its library.
package enum ServiceManager {
    /// Tells it a state, such as `READY=1`, `STATUS=…`, `WATCHDOG=1` or `STOPPING=1`; several go in lines. Does nothing
    /// when no manager asked to be told, and nothing about a failure. May be called from any thread.
    package static func notify(_ state: String) {
        guard let variable = getenv("NOTIFY_SOCKET") else { return }
        send(state, to: String(cString: variable))
    }

    /// - Parameter path: of a datagram socket; one that begins with `@` is in the abstract namespace (unix(7)).
    /// - Returns: whether it was sent.
    @discardableResult
    static func send(_ state: String, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        let isAbstract = name.first == UInt8(ascii: "@")
        // A name's end is a NUL byte in the file system, the address's length in the abstract namespace.
        guard isAbstract || name.first == UInt8(ascii: "/") else { return false }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        if isAbstract { name[0] = 0 } else { name.append(0) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + socklen_t(name.count)

        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(state.utf8)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length) == bytes.count
            }
        }
    }
}
