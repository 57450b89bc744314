import Glibc
import Logging
import Runtime
import SystemCalls

/// Who a sensor runs as once it has what only root can give it.
struct LeastPrivilege {
    /// Taken when root starts a sensor without saying whom it should become.
    static let defaultUser = "darkscope"

    /// `sensor.user`; nil when it is not set.
    let user: String?
    let stateDirectory: String

    /// Gives up, for good, what a live sensor does not need: becomes the user when root started it, and keeps of all
    /// capabilities the one with which an interface is opened again. Then checks that the state directory is that
    /// user's. Called by the main thread before any other starts.
    func applyForCapture(_ log: Logger) throws(ProgramError) {
        let account = try target()
        if account == nil, user == nil, geteuid() == 0 {
            log.warning(
                """
                running as root: there is no account \(Self.defaultUser). Make it, or set sensor.user to another one \
                or to root
                """)
        }
        try confine(to: account, keeping: .netRaw)
        try checkOwner(of: stateDirectory, depth: 2)
    }

    /// The same for reading files, which needs no capability; only root that stays root keeps its own, to read
    /// whatever it is given.
    func applyForReading() throws(ProgramError) {
        let account = try target()
        if account != nil || geteuid() != 0 { try confine(to: account, keeping: nil) }
        try checkOwner(of: stateDirectory, depth: 2)
    }

    private func confine(to account: Account?, keeping kept: Privileges.Capability?) throws(ProgramError) {
        do throws(SystemError) { try Privileges.confine(to: account, keeping: kept) } catch {
            throw ProgramError(
                .noPermission, "privileges cannot be given up: \(error). Start the sensor as root or as its own user")
        }
    }

    /// The account to become; nil to stay.
    private func target() throws(ProgramError) -> Account? {
        let own = Account.effective
        guard let user else { return own.userID == 0 ? Account(named: Self.defaultUser) : nil }
        guard let account = Account(named: user) else {
            throw ProgramError(
                .configuration,
                "sensor.user: there is no account \(user). "
                    + "Run: useradd --system --shell /usr/sbin/nologin \(user)")
        }
        if account.userID == own.userID { return nil }
        guard own.userID == 0 else {
            throw ProgramError(
                .noPermission,
                "\(own.name) cannot become sensor.user, \(user). Start the sensor as root or as \(user)")
        }
        return account
    }

    /// Two levels below the state directory are the spool's streams: what is deeper has the owner of its directory.
    private func checkOwner(of path: String, depth: Int) throws(ProgramError) {
        var status = stat()
        // What cannot be seen is told by whoever needs it.
        guard lstat(path, &status) == 0 else { return }
        let own = Account.effective
        guard status.st_uid == own.userID else {
            let owner = Account(userID: status.st_uid)?.name ?? "\(status.st_uid)"
            throw ProgramError(
                .cannotCreate,
                "\(path) belongs to \(owner), and the sensor runs as \(own.name). "
                    + "Run: chown -R \(own.name): \(stateDirectory), or set sensor.user to \(owner)")
        }
        guard depth > 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        for name in (try? RealFileSystem().list(path)) ?? [] { try checkOwner(of: "\(path)/\(name)", depth: depth - 1) }
    }
}
