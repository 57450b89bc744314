import Accounts
import ArgumentParser
import Glibc
import Runtime
import SystemCalls

/// How a command gets a password: typed on the terminal, read from standard input, or made.
///
/// Never from an argument or the environment, which others on the host can read.
struct SecretInput: ParsableArguments {
    @Flag(help: "Read the password from standard input: one line.")
    var passwordStdin = false

    @Flag(help: "Make a password and print it, once.")
    var generate = false

    @Flag(help: "Its owner need not change the password at the first sign-in, as for a screen on a wall.")
    var keep = false

    /// Bytes of standard input that are read at most.
    private static let limit = 4_096
    /// How often somebody may mistype.
    private static let tries = 3

    func validate() throws {
        guard !(passwordStdin && generate) else {
            throw ValidationError("--password-stdin and --generate exclude each other.")
        }
    }

    /// A password that is good enough for this account.
    func password(for login: LoginName) throws -> String {
        if generate { return GeneratedPassword.text(try randomBytes(GeneratedPassword.randomBytes)) }
        if passwordStdin {
            let password = try SecretInput.line(of: try SecretInput.input())
            if let problem = PasswordRule.problem(password, login: login) { throw SecretInput.refusal(problem) }
            return password
        }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ProgramError(
                .usage, "standard input is no terminal to ask for a password on. Use --password-stdin or --generate")
        }
        for attempt in 1...SecretInput.tries {
            let password = try SecretInput.typed("Password for \(login): ")
            if let problem = PasswordRule.problem(password, login: login) {
                guard attempt < SecretInput.tries else { throw SecretInput.refusal(problem) }
                standardError("This password is not good enough: \(problem). Try again.")
            } else if try SecretInput.typed("The same again: ") == password {
                return password
            } else if attempt < SecretInput.tries {
                standardError("These were two different passwords. Try again.")
            }
        }
        throw ProgramError(.data, "the password was not typed twice alike")
    }

    private static func refusal(_ problem: PasswordRule.Problem) -> ProgramError {
        ProgramError(.data, "this password is not good enough: \(problem). Take several words, or --generate")
    }

    private static func input() throws(ProgramError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: limit)
        while bytes.count <= limit {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR {
                throw ProgramError(.io, "cannot read standard input: \(String(cString: strerror(errno)))")
            }
        }
        throw ProgramError(.data, "standard input has more than a password: one line was expected")
    }

    /// The one line that the bytes are.
    static func line(of bytes: [UInt8]) throws(ProgramError) -> String {
        var bytes = bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw ProgramError(.data, "no password was given") }
        guard !bytes.contains(UInt8(ascii: "\n")), !bytes.contains(0) else {
            throw ProgramError(.data, "standard input has more than a password: one line was expected")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProgramError(.data, "the password is not UTF-8")
        }
        return text
    }
}

// MARK: - Terminal

extension SecretInput {
    /// What ends or stops a program from the keyboard or from outside.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

    /// Asks on the terminal without showing what is typed. Whatever ends the program meanwhile, the terminal shows again
    /// what is typed before it does.
    private static func typed(_ prompt: String) throws(ProgramError) -> String {
        var blocked = sigset_t()
        sigemptyset(&blocked)
        for signal in signals { sigaddset(&blocked, signal) }
        while true {
            var before = sigset_t()
            pthread_sigmask(SIG_BLOCK, &blocked, &before)
            var shown = termios()
            guard tcgetattr(STDIN_FILENO, &shown) == 0 else {
                pthread_sigmask(SIG_SETMASK, &before, nil)
                throw ProgramError(.io, "cannot read the terminal's settings: \(String(cString: strerror(errno)))")
            }
            var hidden = shown
            hidden.c_lflag &= ~tcflag_t(ECHO)
            hidden.c_lflag |= tcflag_t(ICANON | ISIG)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
            _ = write(STDERR_FILENO, prompt, prompt.utf8.count)
            let bytes = untilSignal()
            _ = write(STDERR_FILENO, "\n", 1)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            // A signal that came ends the program here, or stops it; when it goes on it asks again.
            pthread_sigmask(SIG_SETMASK, &before, nil)
            if let bytes { return try line(of: bytes) }
        }
    }

    /// A line of the terminal; nil when a signal came first.
    private static func untilSignal() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            var pending = sigset_t()
            sigpending(&pending)
            if signals.contains(where: { sigismember(&pending, $0) == 1 }) { return nil }
            var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 100) > 0 else { continue }
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count < 0 else { return Array(buffer[..<count]) }
            if errno != EINTR { return [] }
        }
    }
}
