// The limits that the sensor is measured against: plain C on the same file. ops/bench/run compiles and runs it.
//
//   limits map FILE      walk over the mapped records, lengths only
//   limits read FILE     the same through read(2)
//   limits count FILE    pcap_loop(3PCAP) with a callback that counts: the limit of libpcap
//   limits parse FILE    the same, with each packet's key and tests read
//   limits sources FILE  the same, with a table of packets, bytes and distinct destinations
//   limits records FILE  the same, with every field of the sensor's records, sorted and handed over window by window
//
// `records` does the sensor's work for IPv4 in the plainest way: one packet after the other, a table of 64-byte slots
// with linear probing, qsort at a window's end. It counts IPv6 (under 1 % of the input) without aggregating it, and
// leaves destinations as they are: both in favour of C.
#include "packet.h"
#include "table.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW = 60 };

static struct totals {
  uint64_t frames, bytes, other, ipv6, records, checksum;
} totals;
static struct table flows;
static int64_t window = INT64_MIN;
static int keeps_all;

static void fail(const char *what) {
  fprintf(stderr, "limits: %s\n", what);
  exit(1);
}

static void walk_map(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status)) fail("cannot open the file");
  const uint8_t *base = mmap(0, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (base == MAP_FAILED) fail("cannot map the file");
  const uint8_t *end = base + status.st_size;
  for (const uint8_t *at = base + 24; at + 16 <= end;) {
    uint32_t length;
    memcpy(&length, at + 8, 4);
    totals.frames++, totals.bytes += length;
    at += 16 + length;
  }
}

static void walk_read(const char *path) {
  enum { CAPACITY = 1 << 20 };
  int file = open(path, O_RDONLY);
  if (file < 0) fail("cannot open the file");
  uint8_t *buffer = malloc(CAPACITY);
  size_t used = 0, at = 24;
  for (ssize_t got; (got = read(file, buffer + used, CAPACITY - used)) > 0;) {
    used += got;
    while (at + 16 <= used) {
      uint32_t length;
      memcpy(&length, buffer + at + 8, 4);
      if (at + 16 + length > used) break;
      totals.frames++, totals.bytes += length;
      at += 16 + length;
    }
    memmove(buffer, buffer + at, used - at);
    used -= at, at = 0;
  }
}

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)user, (void)bytes;
  totals.frames++, totals.bytes += header->caplen;
}

static void parse(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
  struct packet packet;
  count(user, header, bytes);
  if (read_packet(bytes, header->caplen, &packet) == IPV4) totals.checksum += packet.key ^ packet.source ^ packet.tools;
}

static void close_window(void) {
  totals.records += table_close(&flows, keeps_all, &totals.checksum);
}

static void aggregate(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
  struct packet packet;
  count(user, header, bytes);
  enum kind kind = read_packet(bytes, header->caplen, &packet);
  if (kind != IPV4) {
    if (kind == IPV6) totals.ipv6++; else totals.other++;
    return;
  }
  int64_t start = header->ts.tv_sec / WINDOW * WINDOW;
  if (start != window) {
    if (window != INT64_MIN) close_window();
    window = start;
  }
  // With nanosecond precision tv_usec holds nanoseconds.
  uint32_t milliseconds = (header->ts.tv_sec - start) * 1000 + header->ts.tv_usec / 1000000;
  table_add(&flows, &packet, bytes, milliseconds, keeps_all);
}

static void loop(const char *path, pcap_handler handler) {
  char text[PCAP_ERRBUF_SIZE];
  pcap_t *handle = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
  if (!handle) fail(text);
  if (pcap_loop(handle, -1, handler, 0) < 0) fail(pcap_geterr(handle));
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments != 3) fail("usage: limits map|read|count|parse|sources|records FILE");
  const char *mode = arguments[1], *path = arguments[2];
  if (!strcmp(mode, "map")) walk_map(path);
  else if (!strcmp(mode, "read")) walk_read(path);
  else if (!strcmp(mode, "count")) loop(path, count);
  else if (!strcmp(mode, "parse")) loop(path, parse);
  else if (!strcmp(mode, "sources") || !strcmp(mode, "records")) {
    keeps_all = !strcmp(mode, "records");
    table_open(&flows);
    loop(path, aggregate);
    close_window();
  } else fail("unknown mode");
  printf("frames=%lu records=%lu other=%lu ipv6=%lu checksum=%lx\n", totals.frames, totals.records, totals.other,
         totals.ipv6, totals.checksum);
}
