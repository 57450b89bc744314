// The flow table of one window and what hangs on it: distinct destinations, header signatures, sorted records.
#pragma once
#include "packet.h"

#include <math.h>
#include <stdlib.h>

enum { SMALL_SET = 64, SKETCH = 1024, BATCH = 10000, SIGNATURES = 1 << 16 };

// Distinct destinations of a flow that has more than one: exact to 64, then a HyperLogLog.
struct set {
  uint32_t count, capacity; // capacity 0: `sketch` is in use
  union { uint32_t *addresses; uint8_t *sketch; };
};

struct flow {
  uint32_t source, victim;
  uint64_t key, bytes;
  uint32_t packets, first, last, destination, set;
  uint16_t source_port, length;
  uint32_t zmap, masscan;
  uint16_t signature;
  uint8_t ttl, flags;
};

struct record {
  uint32_t source, victim, packets, destinations, first, last, destination, zmap, masscan, length;
  uint64_t key, bytes;
  uint16_t source_port, signature;
  uint8_t precision, ttl, flags;
};

struct table {
  struct flow *flows;
  struct set *sets;
  uint64_t *identifiers; // of signatures, by hash
  uint16_t *numbers;
  struct record *batch;
  struct order *orders;
  uint32_t mask, count, sets_used, sets_capacity, signatures;
};

struct order { uint64_t rank; const struct flow *flow; };

static inline uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash(uint64_t a, uint64_t b) {
  return fold(fold(a ^ 0x9E3779B97F4A7C15u, b ^ 0xD1B54A32D192ED03u), 0xA0761D6478BD642Fu);
}

static void table_open(struct table *table) {
  table->mask = 1023;
  table->flows = calloc(table->mask + 1, sizeof(struct flow));
  table->identifiers = calloc(SIGNATURES, 8), table->numbers = calloc(SIGNATURES, 2);
  table->batch = malloc(BATCH * sizeof(struct record));
  table->sets_capacity = 1024, table->sets_used = 1;
  table->sets = malloc(table->sets_capacity * sizeof(struct set));
}

static struct flow *table_find(const struct table *table, uint32_t source, uint32_t victim, uint64_t key) {
  uint32_t index = hash(source | (uint64_t)victim << 32, key) & table->mask;
  for (;; index = (index + 1) & table->mask) {
    struct flow *flow = &table->flows[index];
    if (!flow->key || (flow->key == key && flow->source == source && flow->victim == victim)) return flow;
  }
}

static void table_grow(struct table *table) {
  struct flow *old = table->flows;
  uint32_t size = table->mask + 1;
  table->mask = size * 2 - 1;
  table->flows = calloc(size * 2, sizeof(struct flow));
  for (uint32_t index = 0; index < size; index++)
    if (old[index].key) *table_find(table, old[index].source, old[index].victim, old[index].key) = old[index];
  free(old);
}

static void sketch_add(uint8_t *sketch, uint32_t address) {
  uint64_t value = hash(address, 1);
  uint8_t rank = __builtin_clzll(value << 10 | 1 << 9) + 1;
  if (rank > sketch[value >> 54]) sketch[value >> 54] = rank;
}

static uint32_t sketch_estimate(const uint8_t *sketch) {
  double sum = 0, size = SKETCH;
  int empty = 0;
  for (int index = 0; index < SKETCH; index++) {
    sum += 1.0 / (1ull << sketch[index]);
    empty += !sketch[index];
  }
  double raw = 0.7213 / (1 + 1.079 / size) * size * size / sum;
  return raw <= 2.5 * size && empty ? size * log(size / empty) : raw;
}

static void set_add(struct table *table, struct flow *flow, uint32_t address) {
  if (!flow->set) {
    if (table->sets_used == table->sets_capacity)
      table->sets = realloc(table->sets, (table->sets_capacity *= 2) * sizeof(struct set));
    flow->set = table->sets_used++;
    struct set *set = &table->sets[flow->set];
    *set = (struct set){1, 4, {malloc(16)}};
    set->addresses[0] = flow->destination;
  }
  struct set *set = &table->sets[flow->set];
  if (!set->capacity) return sketch_add(set->sketch, address);
  for (uint32_t index = 0; index < set->count; index++)
    if (set->addresses[index] == address) return;
  if (set->count == SMALL_SET) {
    uint8_t *sketch = calloc(1, SKETCH);
    for (uint32_t index = 0; index < set->count; index++) sketch_add(sketch, set->addresses[index]);
    free(set->addresses);
    set->sketch = sketch, set->capacity = 0;
    return sketch_add(sketch, address);
  }
  if (set->count == set->capacity) set->addresses = realloc(set->addresses, (set->capacity *= 2) * 4);
  set->addresses[set->count++] = address;
}

static inline uint64_t fnv(const uint8_t *bytes, int count) {
  uint64_t value = 0xCBF29CE484222325u;
  for (int index = 0; index < count; index++) value = (value ^ bytes[index]) * 0x100000001B3u;
  return value;
}

static uint16_t signature(struct table *table, const struct packet *packet, const uint8_t *frame) {
  uint8_t text[48] = {0};
  int length;
  const uint8_t *ip = frame + packet->network, *l4 = frame + packet->transport;
  if (packet->class == TCP_SYN) {
    uint32_t end = packet->transport + (l4[12] >> 4) * 4, at = packet->transport + 20;
    if (end > packet->end) end = packet->end;
    uint16_t window = get16(l4 + 14), mss = 0;
    uint8_t scale = 255, ttl = ip[8];
    for (length = 8; at < end && length < 48;) {
      uint8_t kind = frame[at];
      if (!kind) break;
      text[length++] = kind;
      if (kind == 1) { at++; continue; }
      uint32_t size = at + 1 < end ? frame[at + 1] : 0;
      if (size < 2 || at + size > end) break;
      if (kind == 2 && size == 4) mss = get16(frame + at + 2);
      if (kind == 3 && size == 3) scale = frame[at + 2];
      at += size;
    }
    text[0] = 1, text[1] = window, text[2] = window >> 8, text[3] = mss, text[4] = mss >> 8, text[5] = scale;
    text[6] = ip[6] >> 6 & 1, text[7] = ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
  } else if (packet->class == UDP_PROBE || packet->class == UDP_RESPONSE) {
    int bytes = packet->end - packet->transport - 8;
    uint64_t digest = fnv(l4 + 8, bytes < 0 ? 0 : bytes > 16 ? 16 : bytes);
    text[0] = 2, text[1] = packet->network + packet->length - packet->transport > 8 ? 1 : 0;
    memcpy(text + 2, &digest, 8);
    length = 10;
  } else {
    return 0;
  }
  uint64_t identifier = fnv(text, length);
  for (uint32_t index = identifier & (SIGNATURES - 1);; index = (index + 1) & (SIGNATURES - 1)) {
    if (table->numbers[index] && table->identifiers[index] == identifier) return table->numbers[index];
    if (table->numbers[index]) continue;
    if (table->signatures == SIGNATURES / 2) return 0;
    table->identifiers[index] = identifier;
    return table->numbers[index] = ++table->signatures;
  }
}

static inline void table_add(struct table *table, const struct packet *packet, const uint8_t *frame,
                             uint32_t milliseconds, int keeps_all) {
  struct flow *flow = table_find(table, packet->source, packet->victim, packet->key);
  if (!flow->key) {
    flow->source = packet->source, flow->victim = packet->victim, flow->key = packet->key;
    flow->packets = 1, flow->bytes = packet->length, flow->destination = packet->destination;
    if (keeps_all) {
      flow->first = flow->last = milliseconds;
      flow->source_port = packet->source_port, flow->length = packet->length;
      flow->ttl = packet->ttl, flow->flags = packet->flags;
      flow->zmap = packet->tools & 1, flow->masscan = packet->tools >> 1;
      flow->signature = signature(table, packet, frame);
    }
    if (++table->count > table->mask / 3 * 2) table_grow(table);
    return;
  }
  flow->packets++, flow->bytes += packet->length;
  if (keeps_all) {
    if (milliseconds < flow->first) flow->first = milliseconds;
    if (milliseconds > flow->last) flow->last = milliseconds;
    flow->zmap += packet->tools & 1, flow->masscan += packet->tools >> 1;
  }
  if (packet->destination != flow->destination) set_add(table, flow, packet->destination);
}

static int by_rank(const void *left, const void *right) {
  uint64_t one = ((const struct order *)left)->rank, two = ((const struct order *)right)->rank;
  return (one > two) - (one < two);
}

static void fill(const struct table *table, struct record *record, const struct flow *flow) {
  const struct set *set = &table->sets[flow->set];
  *record = (struct record){
      .source = flow->source, .victim = flow->victim, .packets = flow->packets, .key = flow->key, .bytes = flow->bytes,
      .first = flow->first, .last = flow->last, .destination = flow->destination, .zmap = flow->zmap,
      .masscan = flow->masscan, .length = flow->length, .source_port = flow->source_port, .ttl = flow->ttl,
      .signature = flow->signature, .flags = flow->flags,
      .destinations = !flow->set ? 1 : set->capacity ? set->count : sketch_estimate(set->sketch),
      .precision = flow->set && !set->capacity};
}

// Ends a window: gives its records in order, in batches, and empties the table, which keeps its size.
static uint64_t table_close(struct table *table, int keeps_all, uint64_t *checksum) {
  uint64_t records = table->count, used = 0;
  if (keeps_all) {
    struct order *orders = malloc(records * sizeof *orders);
    for (uint32_t index = 0; index <= table->mask; index++) {
      const struct flow *flow = &table->flows[index];
      if (!flow->key) continue;
      orders[used++] = (struct order){(flow->key >> 40 & 0xFF) << 48 | (flow->key & 0xFFFF) << 32 | flow->source, flow};
    }
    qsort(orders, used, sizeof *orders, by_rank);
    for (uint64_t start = 0; start < used; start += BATCH) {
      uint64_t end = start + BATCH < used ? start + BATCH : used;
      for (uint64_t index = start; index < end; index++) fill(table, &table->batch[index - start], orders[index].flow);
      *checksum += table->batch[(end - start) / 2].destinations;
    }
    free(orders);
  }
  for (uint32_t index = 1; index < table->sets_used; index++) free(table->sets[index].addresses);
  memset(table->flows, 0, (table->mask + 1ul) * sizeof(struct flow));
  memset(table->numbers, 0, SIGNATURES * 2);
  table->count = table->signatures = 0, table->sets_used = 1;
  return records;
}
