"""Sends the frames of a pcap file on an interface: send_frames.py INTERFACE FILE FRAMES_PER_SECOND"""
import socket
import sys
import time

from captures import read

interface, file, per_second = sys.argv[1], sys.argv[2], float(sys.argv[3])
# PACKET_QDISC_BYPASS is not set: the queue holds what the link does not take at once.
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
    out.bind((interface, 0))
    begin = time.monotonic()
    for number, packet in enumerate(read(file)):
        while number > (time.monotonic() - begin) * per_second:
            time.sleep(0.001)
        out.send(packet.data)
