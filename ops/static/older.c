// What the static archives refer to and glibc before 2.36 does not have.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

// A random number that nobody can predict, as arc4random of glibc 2.36; std::random_device of libstdc++ asks for it.
// Without randomness the program ends, as with glibc's.
uint32_t arc4random(void) {
    uint32_t number;
    ssize_t count;
    // Requests up to 256 bytes are answered in full or not at all (getrandom(2)).
    do count = getrandom(&number, sizeof number, 0);
    while (count < 0 && errno == EINTR);
    if (count != sizeof number) abort();
    return number;
}
