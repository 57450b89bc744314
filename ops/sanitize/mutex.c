// Tells ThreadSanitizer of Swift's Mutex, so that what it protects is not taken for a race.
//
// Synchronization.Mutex has its quick way in the caller, where ThreadSanitizer sees it; under contention the kernel hands
// the lock over inside of libswiftSynchronization, which it does not see (FUTEX_LOCK_PI, futex(2)). Preloaded, this says
// what happens there. Until Swift's library is instrumented or annotated itself.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// sanitizer/tsan_interface.h; absent in programs that are not under ThreadSanitizer.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

static void *original(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Synchronization._MutexHandle._lockSlow(UInt32)
SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
    SWIFT void (*next)(uint32_t, SELF void *) = original(LOCK_SLOW);
    next(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

// Synchronization._MutexHandle._unlockSlow()
SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) {
    SWIFT void (*next)(SELF void *) = original(UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(handle);
    next(handle);
}
