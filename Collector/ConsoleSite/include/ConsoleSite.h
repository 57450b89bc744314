#ifndef CONSOLE_SITE_H
#define CONSOLE_SITE_H

#include <stddef.h>

// A file that is part of the program.
struct darkscope_site_file {
    // Below its folder, with slashes.
    const char *path;
    const unsigned char *bytes;
    size_t length;
};

// How many there are.
size_t darkscope_site_file_count(void);

// One of them, 0 to count - 1.
struct darkscope_site_file darkscope_site_file_at(size_t place);

// The files of ops/sql that are shown as notes: README.md, which has their order, and the questions.
size_t darkscope_note_count(void);

struct darkscope_site_file darkscope_note_at(size_t place);

#endif
