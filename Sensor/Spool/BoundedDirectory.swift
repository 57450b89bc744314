import SystemCalls

/// A directory for what is kept for a person to look at; when it is full, its oldest files give way. Names begin with
/// a time, so that they sort by age.
/// Owned by: the spool thread.
struct BoundedDirectory {
    static let maximumFiles = 1_024

    private let path: String
    private let maximumBytes: UInt64
    private let place: SpoolPlace

    init(_ name: String, maximumBytes: UInt64, in place: SpoolPlace) {
        path = place.path(name)
        self.maximumBytes = maximumBytes
        self.place = place
    }

    /// Adds a file. Best effort: what is kept here is a convenience and must not stop anything.
    func add(_ content: [UInt8], name: String, now: Int64) {
        try? place.files.makeDirectory(path)
        trim(for: UInt64(content.count))
        (try? place.replace(file(name, now: now), with: content))?.close()
    }

    /// Moves a file or directory here.
    func take(_ source: String, name: String, now: Int64) throws(SystemError) {
        try place.files.makeDirectory(path)
        try place.files.rename(source, to: file(name, now: now))
        try place.files.syncDirectory(path)
        trim(for: 0)
    }

    private func file(_ name: String, now: Int64) -> String {
        "\(path)/\(hexadecimal(UInt64(max(0, now))))-\(name)"
    }

    private func trim(for coming: UInt64) {
        let names = (try? place.files.list(path)) ?? []
        var kept: UInt64 = coming
        for (newer, name) in names.reversed().enumerated() {
            kept += size(name)
            if kept > maximumBytes || newer + 1 >= BoundedDirectory.maximumFiles {
                try? place.files.unlink("\(path)/\(name)")
            }
        }
    }

    private func size(_ name: String) -> UInt64 {
        guard let file = try? place.files.open("\(path)/\(name)", .read) else { return 0 }
        defer { file.close() }
        return (try? file.size()) ?? 0
    }
}
