"""A pool that floods a real miner with nonsense: it stays small, listens to nobody, and works when sense comes."""

import json
import os
import random
import time
import unittest

from fake_pool import FakePool, announcement
from programs import ProgramTest, SANITIZED

SEED = 20261127
LINES = 100_000
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stratum", "golden", "pool_to_miner.jsonl")
VALUES = [-1, 0, 1, 2**32, 2**53 - 1, 2**53, 2**64, 1e308, 1.5, None, True, [], {}, "", "7", "\x1b[2J\u202e",
          "%n%n%s", "0000000100000000", "alice", "s-0001", "x" * 300]


def notices():
    """The golden lines that are notices and end no session."""
    with open(GOLDEN, encoding="utf-8") as file:
        for record in map(json.loads, file):
            if record.get("line", "").startswith("{") and "over" not in record["expect"]:
                message = json.loads(record["line"])
                if "method" in message and message.get("id") is None:
                    yield message


def places(value, found):
    """All (container, key) in a value."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            places(value[key], found)
    return found


def spoiled(rng, good):
    message = json.loads(json.dumps(rng.choice(good)))
    for _ in range(rng.randint(1, 3)):
        container, key = rng.choice(places(message, []))
        if key != "method" and key != "id":
            container[key] = rng.choice(VALUES)
    return json.dumps(message)


class HostileFlood(ProgramTest):
    def memory(self, miner):
        with open(f"/proc/{miner.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def listeners(self, miner):
        """The process's listening TCP sockets."""
        inodes = set()
        for name in ("tcp", "tcp6"):
            with open(f"/proc/{miner.process.pid}/net/{name}", encoding="utf-8") as table:
                inodes |= {line.split()[9] for line in list(table)[1:] if line.split()[3] == "0A"}
        folder = f"/proc/{miner.process.pid}/fd"
        links = {os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)}
        return links & {f"socket:[{inode}]" for inode in inodes}

    def flooded(self, lines):
        """A miner after these lines and a good sprint's announcement."""
        pool = FakePool([announcement(sprint="first"), *lines, announcement(sprint="good")])
        self.addCleanup(pool.close)
        miner = self.miner("-o", pool.url, "-u", "alice", "-d", "sim:0")
        miner.wait_for(r"sprint announced sprint=first\b")
        before = self.memory(miner)
        miner.wait_for(r"sprint announced sprint=good\b", 240)
        return miner, before

    def assert_unharmed(self, miner, before):
        # Among the spoiled lines are reconnects to an empty host, which is the pool's own: three are followed.
        moved = miner.count("asks to reconnect elsewhere: followed")
        self.assertLessEqual(moved, 3)
        self.assertEqual(miner.count("logged in"), 1 + moved, "the connection stayed")
        if not SANITIZED:
            self.assertLess(self.memory(miner), before + (64 << 20))
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log()[-2000:])

    def test_S5_a_miner_listens_to_nobody(self):
        miner, before = self.flooded([])
        self.assertEqual(self.listeners(miner), set())
        self.assert_unharmed(miner, before)

    def test_spoiled_lines_without_end(self):
        rng, good = random.Random(SEED), list(notices())
        self.assertGreater(len(good), 100)
        lines = [spoiled(rng, good) for _ in range(LINES)]
        miner, before = self.flooded(lines)
        self.assert_unharmed(miner, before)

    def test_announcements_without_end(self):
        now = int(time.time() * 1e6)
        lines = [json.dumps(announcement(sprint=f"s-{n}", t0=now + 315_360_000_000_000, t_end=now + 315_360_020_000_000))
                 for n in range(LINES)]
        miner, before = self.flooded(lines)
        self.assertEqual(miner.count("sprint not raced"), LINES)
        self.assert_unharmed(miner, before)


if __name__ == "__main__":
    unittest.main()
