#ifndef CONSOLE_SITE_H
#define CONSOLE_SITE_H

#include <stddef.h>

// A file of the console's pages; it is part of the program.
struct darkscope_site_file {
    // Below pages/, with slashes.
    const char *path;
    const unsigned char *bytes;
    size_t length;
};

// How many there are.
size_t darkscope_site_file_count(void);

// One of them, 0 to count - 1.
struct darkscope_site_file darkscope_site_file_at(size_t place);

#endif
