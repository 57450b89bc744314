import Glibc
import SystemCalls

extension SystemError {
    /// The file system or the user's quota has no room.
    var isFull: Bool { code == ENOSPC || code == EDQUOT }

    /// Another process has the lock.
    var isLocked: Bool { code == EWOULDBLOCK }

    var isMissing: Bool { code == ENOENT }

    /// The process lacks permission or resources: the files themselves may be in order, so nothing is judged by it.
    var isOfTheProcess: Bool { [EACCES, EPERM, EROFS, EMFILE, ENFILE, ENOMEM].contains(code) }
}
