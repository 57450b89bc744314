// The Swift runtime finds a program's arguments through /proc. Where that is not mounted (a bare root, a sandbox) the
// sensor would run as if it had been given none. glibc hands them to every initialiser.

#include <stddef.h>

// Of the runtime (stdlib/public/stubs/CommandLine.cpp): what it takes instead of looking.
void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor)) static void give_arguments(int count, char **arguments) {
    if (arguments != NULL) _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
