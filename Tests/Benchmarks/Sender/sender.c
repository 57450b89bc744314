// Sends the frames of a pcap file on an interface, over and over, at a rate or as fast as it can.
//
//   sender INTERFACE FILE FRAMES_PER_SECOND SECONDS [spoof]
//
// A rate of 0 is no limit. With `spoof` every IPv4 source is another one, in an order without a pattern. Prints what was
// sent as JSON. Frames go through a ring that is shared with the kernel (packet(7), PACKET_TX_RING) and past the queues
// (PACKET_QDISC_BYPASS): what the link does not take counts as failed, not as sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum { SLOT = 256, SLOTS = 1024, BATCH = 256, MAXIMUM = SLOT - 64 };

static void end(const char *what) {
  fprintf(stderr, "sender: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

struct file {
  const uint8_t *bytes, *next, *end;
};

static struct file read_file(const char *path) {
  int descriptor = open(path, O_RDONLY);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) < 0) end(path);
  const uint8_t *bytes = mmap(0, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  if (bytes == MAP_FAILED || status.st_size < 40) end(path);
  return (struct file){bytes, bytes + 24, bytes + status.st_size};
}

// The next frame that fits a slot; begins again at the end of the file.
static const uint8_t *frame(struct file *file, uint32_t *length) {
  for (;;) {
    if (file->next + 16 > file->end) file->next = file->bytes + 24;
    memcpy(length, file->next + 8, 4);
    const uint8_t *bytes = file->next + 16;
    if (bytes + *length > file->end) {
      file->next = file->end;
      continue;
    }
    file->next = bytes + *length;
    if (*length <= MAXIMUM) return bytes;
  }
}

int main(int count, char **words) {
  if (count < 5) return fprintf(stderr, "usage: sender INTERFACE FILE FRAMES_PER_SECOND SECONDS [spoof]\n"), 64;
  double rate = atof(words[3]), seconds = atof(words[4]);
  int spoof = count > 5 && !strcmp(words[5], "spoof");
  struct file file = read_file(words[2]);

  int out = socket(AF_PACKET, SOCK_RAW, 0), one = 1, version = TPACKET_V2;
  if (out < 0) end("socket");
  if (setsockopt(out, SOL_PACKET, PACKET_VERSION, &version, sizeof version)) end("PACKET_VERSION");
  if (setsockopt(out, SOL_PACKET, PACKET_LOSS, &one, sizeof one)) end("PACKET_LOSS");
  if (setsockopt(out, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one)) end("PACKET_QDISC_BYPASS");
  struct tpacket_req request = {.tp_block_size = SLOT * SLOTS, .tp_block_nr = 1, .tp_frame_size = SLOT, .tp_frame_nr = SLOTS};
  if (setsockopt(out, SOL_PACKET, PACKET_TX_RING, &request, sizeof request)) end("PACKET_TX_RING");
  uint8_t *ring = mmap(0, SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
  if (ring == MAP_FAILED) end("mmap");
  struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(words[1])};
  if (bind(out, (struct sockaddr *)&place, sizeof place)) end(words[1]);

  uint64_t sent = 0, state = 0x9E3779B97F4A7C15u;
  unsigned slot = 0;
  double begin = now(), at = begin;
  while ((at = now()) - begin < seconds) {
    uint64_t due = rate > 0 ? (uint64_t)((at - begin) * rate) + 1 : UINT64_MAX;
    unsigned filled = 0;
    while (filled < BATCH && sent + filled < due) {
      volatile struct tpacket2_hdr *head = (void *)(ring + slot * SLOT);
      if (head->tp_status != TP_STATUS_AVAILABLE) break;
      uint32_t length;
      const uint8_t *bytes = frame(&file, &length);
      uint8_t *to = (uint8_t *)head + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);
      memcpy(to, bytes, length);
      if (spoof && to[12] == 8 && to[13] == 0) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t source = state >> 32;
        memcpy(to + 26, &source, 4);
      }
      head->tp_len = length;
      __atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
      slot = (slot + 1) % SLOTS;
      filled++;
    }
    if (filled == 0 && rate > 0) {
      // Ahead of the rate, or the ring is full.
      struct timespec pause = {0, 20000};
      nanosleep(&pause, 0);
      continue;
    }
    if (send(out, 0, 0, 0) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) end("send");
    sent += filled;
  }
  printf("{\"sent\": %llu, \"seconds\": %.3f}\n", (unsigned long long)sent, now() - begin);
  return 0;
}
