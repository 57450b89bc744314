import Synchronization

/// The public keys that may connect. Any thread may read or replace it; a replacement is seen whole or not at all.
package final class KeyTable: Sendable {
    private let keys: Mutex<Set<CurveKey>>

    package init(_ keys: Set<CurveKey> = []) {
        self.keys = Mutex(keys)
    }

    package func contains(_ key: CurveKey) -> Bool { keys.withLock { $0.contains(key) } }

    /// Puts `new` in place of the keys so far and returns the keys that are allowed no more: the caller kicks them.
    package func replace(with new: Set<CurveKey>) -> Set<CurveKey> {
        keys.withLock { keys in
            let removed = keys.subtracting(new)
            keys = new
            return removed
        }
    }
}
