#define _GNU_SOURCE
#include "CSupport.h"

#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

int darkscope_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

long darkscope_getrandom(void *bytes, size_t length) { return getrandom(bytes, length, 0); }

int darkscope_clock_state(int64_t *estimated_error) {
  struct timex state = {0};
  if (adjtimex(&state) < 0) return -1;
  *estimated_error = state.esterror;
  return !(state.status & STA_UNSYNC);
}

int darkscope_error_text(int code, char *text, size_t capacity) {
  const char *found = strerror_r(code, text, capacity);
  if (found != text) strncpy(text, found, capacity - 1), text[capacity - 1] = 0;
  return 0;
}

void darkscope_heap_gives_back(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void darkscope_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// glibc has no wrapper of these two, and libcap is more than two calls. Version 3 takes two words of 32 bits.
int64_t darkscope_permitted_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct words[2] = {0};
  if (syscall(SYS_capget, &header, words) < 0) return -1;
  return (int64_t)((uint64_t)words[1].permitted << 32 | words[0].permitted);
}

int darkscope_set_capabilities(uint64_t effective, uint64_t permitted) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct words[2] = {
      {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted},
      {.effective = (uint32_t)(effective >> 32), .permitted = (uint32_t)(permitted >> 32)}};
  return (int)syscall(SYS_capset, &header, words);
}

int darkscope_prctl(int option, unsigned long argument) { return prctl(option, argument, 0UL, 0UL, 0UL); }

// Slicing by eight (Kounavis and Berry, 2008) for processors without the instruction.
static uint32_t table[8][256];

__attribute__((constructor)) static void make_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
    table[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++)
    for (int row = 1; row < 8; row++)
      table[row][byte] = (table[row - 1][byte] >> 8) ^ table[0][table[row - 1][byte] & 0xFF];
}

uint32_t darkscope_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
  const uint8_t *at = bytes;
  crc = ~crc;
  for (; length >= 8; length -= 8, at += 8) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) word |= (uint64_t)at[i] << (8 * i);
    word ^= crc;
    crc = 0;
    for (int i = 0; i < 8; i++) crc ^= table[7 - i][(word >> (8 * i)) & 0xFF];
  }
  while (length--) crc = (crc >> 8) ^ table[0][(crc ^ *at++) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t length) {
  const uint8_t *at = bytes;
  uint64_t state = (uint32_t)~crc;
  for (; length >= 8; length -= 8, at += 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    state = __builtin_ia32_crc32di(state, word);
  }
  uint32_t rest = (uint32_t)state;
  while (length--) rest = __builtin_ia32_crc32qi(rest, *at++);
  return ~rest;
}
#endif

uint32_t darkscope_crc32c(uint32_t crc, const void *bytes, size_t length) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, length);
#endif
  return darkscope_crc32c_portable(crc, bytes, length);
}
