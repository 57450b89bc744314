#include <pcap/pcap.h>
// packet(7): the address of a packet socket, which is what libpcap's descriptor is.
#include <linux/if_packet.h>
