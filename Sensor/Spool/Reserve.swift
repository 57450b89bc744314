import SystemCalls

/// Disk space that is given back when there is none left, so that a loss can still be written down.
/// Owned by: the spool thread.
struct Reserve {
    static let name = "reserve"
    static let bytes = 65_536

    private let place: SpoolPlace
    private var isThere: Bool

    init(in place: SpoolPlace) {
        self.place = place
        let file = try? place.files.open(place.path(Reserve.name), .read)
        isThere = (try? file?.size()) == UInt64(Reserve.bytes)
        file?.close()
    }

    /// Gives the space back.
    /// - Returns: whether there was any.
    mutating func release() -> Bool {
        guard isThere else { return false }
        isThere = false
        do {
            try place.files.unlink(place.path(Reserve.name))
            try place.files.syncDirectory(place.root)
            return true
        } catch {
            return false
        }
    }

    /// Takes the space again where that is possible. Not zeros: a file system may keep those without space.
    mutating func restore() {
        guard !isThere else { return }
        let filling = [UInt8](repeating: 0xA5, count: Reserve.bytes)
        guard let file = try? place.replace(place.path(Reserve.name), with: filling) else { return }
        file.close()
        isThere = true
    }
}
