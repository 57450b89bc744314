#pragma once
#include <stdint.h>

// Calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign since the program began, by all threads
// and libraries.
uint64_t counting_allocator_calls(void);
