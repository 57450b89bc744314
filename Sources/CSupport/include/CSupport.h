#ifndef CSUPPORT_H
#define CSUPPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>

// CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `length` bytes, going on from `crc` (0 to begin with):
// crc32c(0, "123456789", 9) = 0xE3069283. Uses SSE 4.2 where the processor has it.
uint32_t darkscope_crc32c(uint32_t crc, const void *bytes, size_t length);

// The same by table alone, so that a test can compare both.
uint32_t darkscope_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

// Asks the processor to bring the cache line of `address`, to be written soon. Never faults.
static inline void darkscope_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

// What Swift's Glibc module leaves out.

// eventfd(2) with EFD_CLOEXEC and EFD_NONBLOCK; -1 and errno on failure.
int darkscope_eventfd(void);

// getrandom(2) without flags; -1 and errno on failure.
long darkscope_getrandom(void *bytes, size_t length);

// adjtimex(2): 1 synchronised, 0 not, -1 unknown; the kernel's estimate of the error in microseconds.
int darkscope_clock_state(int64_t *estimated_error);

// strerror_r(3), POSIX form: 0 and the text of an errno value.
int darkscope_error_text(int code, char *text, size_t capacity);

// See Heap.givesBack.
void darkscope_heap_gives_back(void);

// pthread_setname_np(3) of the calling thread; at most 15 bytes.
void darkscope_name_thread(const char *name);

// capset(2) and prctl(2) of the calling thread; -1 and errno on failure.

// The permitted capabilities, bit n for capability n.
int64_t darkscope_permitted_capabilities(void);

// Sets the effective and permitted capabilities; none stay inheritable, and so none ambient.
int darkscope_set_capabilities(uint64_t effective, uint64_t permitted);

// prctl(2) with one argument.
int darkscope_prctl(int option, unsigned long argument);

#endif
