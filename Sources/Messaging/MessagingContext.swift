import CLibzmq

/// The process's one ZeroMQ context. It is made at first use and never terminated: terminating a context waits for
/// every socket of every thread, and libzmq 4.3.4 may crash with more than one (libzmq commit bcb659e0).
/// Any thread may use it.
package enum MessagingContext {
    // A context is thread-safe by contract (zmq_ctx_new(3)).
    nonisolated(unsafe) private static let pointer: UnsafeMutableRawPointer? = {
        let context = zmq_ctx_new()
        // A closed socket keeps its place for a while, and each connection attempt is a socket of its own.
        if let context { zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 8_192) }
        return context
    }()

    /// Makes a raw socket; it belongs to the calling thread until it is handed over as a whole.
    static func socket(_ type: Int32) throws(MessagingError) -> UnsafeMutableRawPointer {
        guard let pointer, let socket = zmq_socket(pointer, type) else {
            throw .current(.resources, "libzmq gave no socket")
        }
        return socket
    }

    /// The version of the libzmq that is loaded, such as "4.3.4".
    package static var libraryVersion: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
