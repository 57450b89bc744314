import CSupport

/// How the C library's heap treats memory that is not used any more.
package enum Heap {
    /// Blocks of 256 KiB and more go back to the system when they are freed, and threads share two heaps. Left alone,
    /// glibc takes ever larger blocks from its heaps once some were freed, and they stay there (mallopt(3)). To be called
    /// before the first thread is started; without effect on other C libraries.
    package static func givesBack() { darkscope_heap_gives_back() }
}
