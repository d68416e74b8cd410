"""Two network namespaces with a bad line between them: packets are dropped, delayed, or cut off altogether.

Each namespace has a TUN device; a thread of ours carries IP packets from one to the other, and notes which lines of text
reached the far side, and when. Needs Linux, the right to make namespaces (root), and util-linux's nsenter."""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import shutil
import socket
import struct
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFFLAGS, IFF_UP = 0x8916, 0x891C, 0x8914, 0x1
DEVICE = b"line"


class Unavailable(Exception):
    """This machine or user cannot have such a line, and why."""


class Namespace:
    """A network namespace that lives as long as this, with one TUN device in it, which is up."""

    def __init__(self, address):
        self.address = address
        self.tun = self.handle = None
        failed = []
        maker = threading.Thread(target=self._make, args=(failed,))  # only that thread moves
        maker.start()
        maker.join()
        if failed:
            self.close()
            raise Unavailable(f"no network namespace with a TUN device: {failed[0]}")

    def _make(self, failed):
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))
            self.handle = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
            self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", DEVICE, IFF_TUN | IFF_NO_PI))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                for request, value in ((SIOCSIFADDR, self.address), (SIOCSIFNETMASK, "255.255.255.0")):
                    fcntl.ioctl(any_socket, request,
                                struct.pack("16sHH4s16x", DEVICE, socket.AF_INET, 0, socket.inet_aton(value)))
                fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", DEVICE, IFF_UP))
        except OSError as error:
            failed.append(error)

    def command(self):
        """What to put in front of a command, so that it runs in here, under the process id it was started with."""
        return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self.handle}"]

    def close(self):
        for descriptor in (self.tun, self.handle):
            if descriptor is not None:
                os.close(descriptor)
        self.tun = self.handle = None


class Lines:
    """The lines of text that came over TCP, each with the time at which its newline was there, all before it included."""

    def __init__(self):
        self.arrived = []  # (unix time, line)
        self.streams = {}  # by the sender's port: [next number, what came too early, text without newline]

    def take(self, packet, now):
        header = (packet[0] & 15) * 4
        if packet[9] != socket.IPPROTO_TCP:
            return
        port, _, number, _, offset, flags = struct.unpack_from("!HHIIBB", packet, header)
        if flags & 2:  # SYN: a new connection
            self.streams[port] = [(number + 1) & 0xFFFFFFFF, {}, b""]
        data = packet[header + (offset >> 4) * 4:struct.unpack_from("!H", packet, 2)[0]]
        if not data or port not in self.streams:
            return
        stream = self.streams[port]
        stream[1][number] = max(data, stream[1].get(number, b""), key=len)
        while self._advance(stream):
            pass
        *lines, stream[2] = stream[2].split(b"\n")
        self.arrived += [(now, line.decode()) for line in lines]

    def _advance(self, stream):
        for number, data in stream[1].items():
            known = (stream[0] - number) & 0xFFFFFFFF  # bytes of it that came before
            if known < 1 << 31:
                del stream[1][number]
                stream[2] += data[known:]
                stream[0] = (stream[0] + max(len(data) - known, 0)) & 0xFFFFFFFF
                return True
        return False


class LossyLink:
    """The line. `near` and `far` are its ends; loss is of packets, in each direction; the delay is one way's, in seconds."""

    def __init__(self, seed, loss=0.0, delay=0.0):
        if shutil.which("nsenter") is None:
            raise Unavailable("nsenter (util-linux) is missing")
        self.random, self.loss, self.delay = random.Random(seed), loss, delay
        self.near = Namespace("10.77.0.1")
        try:
            self.far = Namespace("10.77.0.2")
        except Unavailable:
            self.near.close()
            raise
        self.cut = False
        self.carried = self.dropped = 0
        self.at_far = Lines()
        self.under_way, self.order = [], itertools.count()
        self.ending, self.end = os.pipe()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        across = {self.near.tun: self.far.tun, self.far.tun: self.near.tun}
        while True:
            wait = max(self.under_way[0][0] - time.monotonic(), 0) if self.under_way else None
            readable, _, _ = select.select([*across, self.ending], [], [], wait)
            if self.ending in readable:
                return
            for tun in readable:
                self._take(os.read(tun, 65536), across[tun])
            while self.under_way and self.under_way[0][0] <= time.monotonic():
                _, _, to, packet = heapq.heappop(self.under_way)
                self._carry(packet, to)

    def _take(self, packet, to):
        if packet[0] >> 4 != 4:
            return  # what the kernel tells by IPv6 of its own accord
        if self.random.random() < self.loss or self.cut:
            self.dropped += 1
        else:
            heapq.heappush(self.under_way, (time.monotonic() + self.delay, next(self.order), to, packet))

    def _carry(self, packet, to):
        if self.cut:
            self.dropped += 1
            return
        now = time.time()
        os.write(to, packet)
        self.carried += 1
        if to == self.far.tun:
            self.at_far.take(packet, now)

    def close(self):
        os.write(self.end, b"x")
        self.thread.join()
        for descriptor in (self.ending, self.end):
            os.close(descriptor)
        self.near.close()
        self.far.close()
