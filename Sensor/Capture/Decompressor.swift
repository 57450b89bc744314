import Glibc
import SystemCalls

/// A `gzip -dc FILE` whose output is read through a pipe; ended and reaped with this object. Used by one thread.
final class Decompressor {
    /// The reading end; whoever makes a FILE of it closes it.
    let output: Int32
    private var process: pid_t
    private var status: Int32?

    init(path: String) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try retrying("pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var identifier: pid_t = 0
        // `--` keeps a path that begins with a hyphen a path.
        let words: [UnsafeMutablePointer<CChar>?] = ["gzip", "-dc", "--", path].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        let code = posix_spawnp(&identifier, "gzip", &actions, nil, words + [nil], environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw SystemError("posix_spawn", path: "gzip", code: code)
        }
        process = identifier
        output = ends[0]
    }

    deinit {
        guard status == nil else { return }
        kill(process, SIGTERM)
        var ignored: Int32 = 0
        waitpid(process, &ignored, 0)
    }

    /// After the end of its output: what gzip said by its exit status; nil when all was well.
    func failure() -> String? {
        if status == nil {
            var value: Int32 = 0
            while waitpid(process, &value, 0) < 0 && errno == EINTR {}
            status = value
        }
        // wait(2): the exit status is the second byte; gzip gives 2 for a mere warning.
        let code = ((status ?? 0) >> 8) & 0xFF
        let signal = (status ?? 0) & 0x7F
        return signal == 0 && (code == 0 || code == 2) ? nil : "gzip ended with status \(code)"
    }
}
