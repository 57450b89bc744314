import Glibc

/// A user of the system: passwd(5).
package struct Account: Sendable, Equatable {
    package let name: String
    package let userID: UInt32
    package let groupID: UInt32

    package init(name: String, userID: UInt32, groupID: UInt32) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
    }

    /// The account of that name; nil when there is none. Reads the system's user database, which may ask a server.
    /// Call it from one thread only.
    package init?(named name: String) { self.init(getpwnam(name)) }

    /// The account of that number; nil when it has no name.
    package init?(userID: UInt32) { self.init(getpwuid(userID)) }

    private init?(_ entry: UnsafeMutablePointer<passwd>?) {
        guard let entry = entry?.pointee, let name = entry.pw_name else { return nil }
        self.init(name: String(cString: name), userID: entry.pw_uid, groupID: entry.pw_gid)
    }

    /// Who the process runs as; with its number for a name when there is no other.
    package static var effective: Account {
        Account(userID: geteuid()) ?? Account(name: "\(geteuid())", userID: geteuid(), groupID: getegid())
    }
}
