import Glibc

/// Memory of the tables.
enum TableMemory {
    private static let hugePage = 2 << 20

    /// Uninitialized memory for free(3), in huge pages where it is large and the kernel gives them (madvise(2)).
    static func allocate<Element>(_ capacity: Int, of type: Element.Type) -> UnsafeMutablePointer<Element>? {
        let bytes = capacity * MemoryLayout<Element>.stride
        let isLarge = bytes >= 2 * hugePage
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, isLarge ? hugePage : 64, bytes) == 0, let memory else { return nil }
        if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
        return memory.bindMemory(to: Element.self, capacity: capacity)
    }
}
