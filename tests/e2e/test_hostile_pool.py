"""Pools that refuse, and pools that talk nonsense."""

import time
import unittest

from fake_pool import FakePool, announcement
from programs import ProgramTest


class HostilePool(ProgramTest):
    def pool_saying(self, *lines, **how):
        pool = FakePool(lines, **how)
        self.addCleanup(pool.close)
        return pool

    def test_a_refused_login_ends_with_5(self):
        pool = self.pool_saying(refuse_login=True)
        miner = self.miner("-o", pool.url, "-u", "alice", "--json")
        self.assertEqual(miner.finish(), 5, miner.log())
        self.assertIn("no such account", miner.log())
        self.assertRegex(miner.lines[-1], r"exit 5 \(")

    def test_nonsense_in_announcements_is_one_line_each_and_the_miner_goes_on(self):
        now = int(time.time() * 1e6)
        nonsense = {
            "profile": announcement(sprint="bad-profile", profile=[2, 100, 256]),
            "order": announcement(sprint="bad-order", t0=now + 9_000_000, t_end=now + 8_000_000),
            "far": announcement(sprint="bad-far", t0=now + 315_360_000_000_000, t_end=now + 315_360_020_000_000),
            "identity": announcement(sprint="bad-identity", identity="mallory"),
        }
        pool = self.pool_saying(*nonsense.values(), announcement(sprint="good"))
        miner = self.miner("-o", pool.url, "-u", "alice", "-d", "sim:0")
        miner.wait_for(r"sprint announced sprint=good\b")
        for line in nonsense.values():
            self.assertEqual(miner.count(f"sprint not raced sprint={line['params']['sprint']} "), 1, miner.log())
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())

    def test_a_start_seed_that_does_not_match_the_commitment_is_not_raced(self):
        good = announcement()
        start = {"start_seed": "33" * 32, "secret": "44" * 32, "beacon": "none", "t0": good["params"]["t0"],
                 "t_end": good["params"]["t_end"]}
        pool = self.pool_saying(good, {"id": None, "method": "mining.notify", "params": ["s-1", start, True]})
        miner = self.miner("-o", pool.url, "-u", "alice", "-d", "sim:0")
        miner.wait_for("sprint not raced sprint=s-1 ")
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertEqual(miner.count("started"), 0, miner.log())

    def test_a_line_that_is_not_json_ends_the_connection_and_not_the_program(self):
        pool = self.pool_saying("this is not JSON")
        miner = self.miner("-o", pool.url, "-u", "alice", "-d", "sim:0")
        for _ in range(2):
            miner.wait_for(r"JSON")
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())


if __name__ == "__main__":
    unittest.main()
