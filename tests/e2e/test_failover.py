"""Two pools: the first is killed and comes back, and the miner follows without losing a share."""

import os
import re
import signal
import sqlite3
import tempfile
import unittest

from programs import ProgramTest


class Failover(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def pool_of(self, name, address="127.0.0.1:0"):
        """A pool with one long sprint; returns it and its address."""
        pool = self.start("sprintpool", "--listen", address, "--profile", "nano", "--sprint-seconds", 300,
                          "--lead-seconds", 1, "--difficulty", 15, "--database", self.database(name))
        return pool, "127.0.0.1:" + pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)

    def database(self, name):
        return os.path.join(self.folder, name + ".db")

    def stored(self, name):
        with sqlite3.connect(f"file:{self.database(name)}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM shares").fetchone()[0]

    def test_the_first_pool_is_killed_and_taken_again_when_it_is_back(self):
        first, first_address = self.pool_of("first")
        second, second_address = self.pool_of("second")
        pools = ["stratum+tcp://" + address for address in (first_address, second_address)]
        miner = self.miner("-o", pools[0], "-u", "alice.rig", "-o", pools[1], "-u", "alice.rig", "--json",
                           "--spool", os.path.join(self.folder, "spool"), "--log-level", "debug",
                           "-d", "sim:0", "--opt", "sim.rate=300")
        miner.wait_until_more("sprint started")
        miner.wait_until_more("share found")
        first.signal(signal.SIGKILL)
        first.finish()
        miner.wait_for("connection lost pool=" + re.escape(pools[0]))
        miner.wait_for("connecting pool=" + re.escape(pools[1]))
        miner.wait_until_more("sprint started")
        for _ in range(2):  # the first since it was asked before, and one that is the second pool's
            miner.wait_until_more("share found")
        first, _ = self.pool_of("first", first_address)
        miner.wait_for("better pool logged in pool=" + re.escape(pools[0]))
        miner.wait_for("a better pool takes over pool=" + re.escape(pools[1]))
        miner.wait_for("better pool in use pool=" + re.escape(pools[0]))
        for _ in range(3):
            miner.wait_until_more("share found")
        self.assertEqual(miner.count("connecting pool=" + re.escape(pools[1])), 1, miner.log())
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        for fate in ("rejected", "stale", "duplicate", "lost"):
            self.assertEqual(summary["shares"][fate], 0, miner.log())
        for pool in (first, second):
            pool.signal(signal.SIGTERM)
            self.assertEqual(pool.finish(), 0, pool.log())
        self.assertGreater(self.stored("second"), 0, miner.log())
        self.assertEqual(self.stored("first") + self.stored("second"), miner.count("share found"), miner.log())


if __name__ == "__main__":
    unittest.main()
