// One IPv4 packet of an Ethernet frame: the key and the facts of the sensor's records.
#pragma once
#include <stdint.h>
#include <string.h>

enum kind { OTHER, MALFORMED, IPV4, IPV6 };

enum class {
  TCP_SYN = 1, TCP_SYNACK, TCP_RST, TCP_OTHER, UDP_PROBE, UDP_RESPONSE, ICMP_REQUEST, ICMP_REPLY, ICMP_ERROR,
  ICMP_OTHER, FRAGMENT, UNKNOWN
};

struct packet {
  uint32_t source, destination, victim;
  uint64_t key; // service port, victim's port, protocol, class, victim's protocol, whether there is a victim
  uint16_t source_port, length;
  uint8_t ttl, flags, tools, class;
  uint16_t network, transport, end;
};

static inline uint16_t get16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return __builtin_bswap16(value);
}

static inline uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return __builtin_bswap32(value);
}

static int is_response(const uint8_t *payload, long length, uint16_t source_port, uint16_t destination_port) {
  switch (source_port) {
  case 53: case 5353:
    if (length >= 3) return payload[2] >> 7;
    break;
  case 123:
    if (length >= 1) {
      int mode = payload[0] & 7;
      return mode == 2 || mode == 4 || (mode == 6 && length >= 2 && payload[1] >> 7) || (mode == 7 && payload[0] >> 7);
    }
    break;
  case 5060:
    if (length >= 1) return length >= 7 && !memcmp(payload, "SIP/2.0", 7);
    break;
  case 1900:
    if (length >= 1) return length >= 7 && !memcmp(payload, "HTTP/1.", 7);
    break;
  case 17: case 19: case 69: case 111: case 137: case 161: case 389: case 520: case 3283: case 3702: case 5683:
  case 6881: case 10001: case 11211: case 27015: case 27960: case 37810: break;
  default: return 0;
  }
  return destination_port >= 1024;
}

static inline enum kind read_packet(const uint8_t *frame, uint32_t captured, struct packet *packet) {
  if (captured < 14) return OTHER;
  uint32_t at = 14;
  uint16_t type = get16(frame + 12);
  while (type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200) {
    if (at + 4 > captured) return OTHER;
    type = get16(frame + at + 2), at += 4;
  }
  if (type == 0x86DD) return captured - at >= 40 ? IPV6 : MALFORMED;
  if (type != 0x0800 || at >= captured) return OTHER;
  const uint8_t *ip = frame + at;
  uint32_t available = captured - at;
  if (available < 20 || ip[0] >> 4 != 4) return MALFORMED;
  uint32_t header = (ip[0] & 15) * 4, total = get16(ip + 2);
  if (header < 20 || available < header) return MALFORMED;
  if (total == 0) total = available;
  if (total < header) return MALFORMED;
  uint32_t end = at + (available < total ? available : total), transport = at + header;
  const uint8_t *l4 = frame + transport;
  long length = (long)end - transport;
  uint16_t source_port = 0, destination_port = 0, service = 0, identification = get16(ip + 4);
  uint32_t sequence = 0, quote = 0;
  uint8_t protocol = ip[9], flags = 0, class = UNKNOWN;
  if (get16(ip + 6) & 0x1FFF) {
    class = FRAGMENT;
  } else if (protocol == 6 && length >= 4) {
    source_port = get16(l4), service = destination_port = get16(l4 + 2);
    if (length >= 20) {
      sequence = get32(l4 + 4), flags = l4[13];
      switch (flags & 0x17) {
      case 0x02: class = TCP_SYN; break;
      case 0x12: class = TCP_SYNACK, service = source_port; break;
      case 0x04: case 0x14: class = TCP_RST, service = source_port; break;
      default: class = TCP_OTHER;
      }
    }
  } else if (protocol == 17 && length >= 4) {
    source_port = get16(l4), destination_port = get16(l4 + 2);
    int response = is_response(l4 + 8, length - 8, source_port, destination_port);
    class = response ? UDP_RESPONSE : UDP_PROBE, service = response ? source_port : destination_port;
  } else if (protocol == 1 && length >= 4) {
    service = get16(l4);
    switch (l4[0]) {
    case 8: case 13: case 15: case 17: class = ICMP_REQUEST; break;
    case 0: case 14: case 16: case 18: class = ICMP_REPLY; break;
    case 3: case 4: case 5: case 11: case 12: class = ICMP_ERROR; break;
    default: class = ICMP_OTHER;
    }
    if (class == ICMP_ERROR && length >= 8) quote = transport + 8;
  }
  packet->source = get32(ip + 12), packet->destination = get32(ip + 16), packet->victim = 0;
  packet->key = service | (uint64_t)protocol << 32 | (uint64_t)class << 40;
  packet->source_port = source_port, packet->length = total, packet->ttl = ip[8], packet->flags = flags;
  packet->class = class, packet->network = at, packet->transport = transport, packet->end = end;
  packet->tools = 0;
  if (identification == 54321 && (class == TCP_SYN || class == UDP_PROBE || class == ICMP_REQUEST)) packet->tools = 1;
  if (class == TCP_SYN) {
    if (identification == (uint16_t)(packet->destination ^ destination_port ^ sequence)) packet->tools |= 2;
    if (sequence == packet->destination) packet->tools |= 4;
  }
  if (quote && end - quote >= 20 && frame[quote] >> 4 == 4) {
    const uint8_t *inner = frame + quote;
    uint32_t inner_header = (inner[0] & 15) * 4;
    uint16_t port = 0;
    packet->victim = get32(inner + 16);
    if ((inner[9] == 6 || inner[9] == 17) && !(get16(inner + 6) & 0x1FFF) && inner_header >= 20 &&
        end - quote >= inner_header + 4)
      port = get16(inner + inner_header + 2);
    packet->key |= 1ull << 56 | (uint64_t)inner[9] << 48 | (uint64_t)port << 16;
  }
  return IPV4;
}
