"""Two pools: the first is killed and comes back, or sends its miners elsewhere, and no share is lost."""

import datetime
import os
import re
import signal
import socket
import sqlite3
import tempfile
import unittest

from fake_pool import FakePool
from programs import SANITIZED, ProgramTest


class Failover(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def pool_of(self, name, address="127.0.0.1:0", lead=1):
        """A pool with one long sprint; returns it and its address."""
        pool = self.start("sprintpool", "--listen", address, "--profile", "nano", "--sprint-seconds", 300,
                          "--lead-seconds", lead, "--difficulty", 15, "--database", self.database(name))
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


    def test_the_pool_in_use_is_left_no_earlier_than_the_better_one_needs(self):
        """Whoever announces its sprint 20 s before its start gets the devices when weights are to be made for it."""
        first, first_address = self.pool_of("first")
        _, second_address = self.pool_of("second")
        first.signal(signal.SIGKILL)
        first.finish()
        miner = self.miner("-o", "stratum+tcp://" + first_address, "-u", "alice.rig", "-o", "stratum+tcp://" + second_address,
                           "-u", "alice.rig", "--log-level", "debug", "-d", "sim:0", "--opt", "sim.rate=300")
        miner.wait_until_more("share found")
        os.remove(self.database("first"))
        self.pool_of("first", first_address, lead=20)
        miner.wait_for("better pool logged in")
        miner.wait_for("a better pool takes over")
        miner.wait_until_more("sprint started")
        miner.wait_until_more("sprint started")
        left, = self.times(miner, "a better pool takes over")
        last_found = max(moment for moment in self.times(miner, "share found") if moment <= left + 1)
        started = self.times(miner, "sprint started")[1]
        self.assertGreater(last_found, left - 2, "it was raced to the last")
        self.assertLess(started - left, 8, miner.log())

    @staticmethod
    def times(miner, pattern):
        """When lines that hold the pattern were written, in seconds."""
        lines = [line for line in miner.log().splitlines() if re.search(pattern, line)]
        return [datetime.datetime.fromisoformat(line.split()[0]).timestamp() for line in lines]


def reconnect(host, port, wait_ms=0):
    return {"id": None, "method": "client.reconnect", "params": [host, port, wait_ms]}


class Redirects(ProgramTest):
    """A pool sends its miners elsewhere."""

    def fake(self, *lines):
        pool = FakePool(lines)
        self.addCleanup(pool.close)
        return pool

    def mine_at(self, pool, *arguments):
        return self.miner("--no-config", "-o", pool.url, "-u", "alice.rig", "-d", "sim:0", "--opt", "sim.rate=300",
                          *arguments)

    def logins_at(self, pool):
        return sum(1 for request in pool.received if request["method"] == "mining.authorize")

    def test_to_another_port_of_its_host(self):
        _, url = self.pool("--profile", "nano", "--sprint-seconds", 3, "--lead-seconds", 1, "--difficulty", 15)
        front = self.fake(reconnect("", int(url.rpartition(":")[2]), 300))
        miner = self.mine_at(front, "--json", "--sprints", 5 if SANITIZED else 1)
        miner.wait_for("asks to reconnect elsewhere: followed pool=" + re.escape(front.url) + " to=" + re.escape(url) +
                       r" wait_s=0\.3")
        self.assertEqual(miner.finish(), 0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertGreater(summary["shares"]["accepted"], 0, miner.log())
        self.assertEqual(self.logins_at(front), 1, miner.log())

    def test_S8_never_to_another_domain(self):
        hosts = [f"eu{number}.pool{number}.example" for number in range(18)] + ["localhost", "127.0.0.2"]
        front = self.fake(*[reconnect(host, 3333) for host in hosts])
        miner = self.mine_at(front)
        miner.wait_for("logged in")
        miner.wait_until_silent("asks to reconnect elsewhere: not followed", quiet=2.0)
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertEqual(miner.count("reconnect elsewhere"), 20, miner.log())
        self.assertEqual(miner.count("connecting pool="), 1, miner.log())
        self.assertEqual(self.logins_at(front), 1, miner.log())

    def test_to_a_host_that_is_allowed(self):
        _, url = self.pool("--profile", "nano", "--sprint-seconds", 3)
        front = self.fake(reconnect("localhost", int(url.rpartition(":")[2])))
        miner = self.mine_at(front, "--redirect-to", "localhost")
        miner.wait_for("connecting pool=stratum\\+tcp://localhost:")
        miner.wait_for("sprint announced")

    def test_where_nobody_is_and_not_a_fourth_time(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nowhere = closed.getsockname()[1]
        front = self.fake(reconnect("", nowhere))
        miner = self.mine_at(front)
        miner.wait_for("asks to reconnect elsewhere: not followed, it did so three times already")
        self.assertEqual(miner.count("asks to reconnect elsewhere: followed"), 3, miner.log())
        self.assertEqual(miner.count("no connection"), 3, miner.log())
        self.assertEqual(self.logins_at(front), 4, miner.log())
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())


if __name__ == "__main__":
    unittest.main()
