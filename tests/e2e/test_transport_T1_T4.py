"""Peers that dribble and peers that do not read, at the real pool: T1 and T4 of docs/VERIFICATION.md."""

import json
import select
import socket
import threading
import time
import unittest

from programs import SANITIZED, ProgramTest

LOGIN = (b'{"id":1,"method":"mining.subscribe","params":["slow/1",null,"SprintStratum/1"]}\n'
         b'{"id":2,"method":"mining.authorize","params":["alice.rig","x"]}\n')
PING = b'{"id":7,"method":"mining.ping","params":[]}\n'
SPRINTS = ("--profile", "nano", "--sprint-seconds", "30", "--lead-seconds", "1")


class Honest:
    """A client that is logged in and asks for the time, one question after another; in a thread."""

    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.settimeout(30)
        self.lines = self.socket.makefile("rb")
        self.socket.sendall(LOGIN)
        self.waits = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        number = 100
        while not self.stop.is_set():
            number += 1
            began = time.monotonic()
            self.socket.sendall(json.dumps({"id": number, "method": "mining.time", "params": {"c0": 1}}).encode() + b"\n")
            while json.loads(self.lines.readline()).get("id") != number:
                pass
            self.waits.append(time.monotonic() - began)
            time.sleep(0.02)

    def finish(self):
        self.stop.set()
        self.thread.join()
        self.lines.close()
        self.socket.close()
        return sorted(self.waits)


class SlowPeers(ProgramTest):
    def setUp(self):
        self.program, url = self.pool(*SPRINTS)
        host, port = url.removeprefix("stratum+tcp://").split(":")
        self.address = (host, int(port))

    def memory(self):
        with open(f"/proc/{self.program.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def test_T1_who_dribbles_and_does_not_log_in_is_closed_after_15_s_and_costs_nobody_else(self):
        honest = Honest(self.address)
        before = self.memory()
        began = time.monotonic()
        slow = [socket.create_connection(self.address) for _ in range(200)]
        closed, sent = {}, 0
        while slow and time.monotonic() - began < 40:
            for connection in list(slow):
                try:
                    connection.sendall(LOGIN[sent:sent + 1])
                except OSError:
                    pass  # its end is read below
            sent += 1
            readable, _, _ = select.select(slow, [], [], 0)
            for connection in readable:
                try:
                    data = connection.recv(4096)
                except OSError:
                    data = b""
                self.assertEqual(data, b"", "the pool says nothing to half a line")
                closed[connection] = time.monotonic() - began
                slow.remove(connection)
                connection.close()
            if sent == 10 and not SANITIZED:
                self.assertLessEqual((self.memory() - before) / 200, 16 * 1024, "bytes a connection")
            time.sleep(1)
        waits = honest.finish()
        self.assertEqual(len(closed), 200)
        # It looks once a second, and this test does.
        self.assertGreaterEqual(min(closed.values()), 14.0)
        self.assertLessEqual(max(closed.values()), 20.0)
        self.assertGreater(len(waits), 100)
        self.assertLess(waits[len(waits) * 99 // 100], 1.0)

    def test_T4_who_does_not_read_is_closed_and_costs_nobody_else(self):
        honest = Honest(self.address)
        deaf = socket.create_connection(self.address)
        self.addCleanup(deaf.close)
        deaf.settimeout(10)
        deaf.sendall(LOGIN)
        sent = 0
        with self.assertRaises(OSError) as ended:
            while sent < 256 << 20:
                sent += deaf.send(PING * 1000)
        self.assertNotIsInstance(ended.exception, TimeoutError, "the pool stopped reading, and did not close")
        waits = honest.finish()
        # What it may have in its buffer, and what the two kernels take.
        if not SANITIZED:
            self.assertLess(self.memory(), 256 << 20)
        self.assertGreater(len(waits), 0)
        self.assertLess(waits[-1], 5.0)


if __name__ == "__main__":
    unittest.main()
