"""Programs that are killed: what was found before is credited exactly once all the same.

`make soak` makes the long form of it: SPRINT_KILLS=200 miners, a fourth of that pools."""

import glob
import os
import random
import re
import signal
import sqlite3
import tempfile
import time
import unittest

from programs import SANITIZED, ProgramTest

KILLS = int(os.environ.get("SPRINT_KILLS", "4"))
POOL_KILLS = max(KILLS // 4, 4)
SEED = int(os.environ.get("SPRINT_SEED", "7"))
FAST = ("-d", "sim:0", "--opt", "sim.rate=300")


class Crash(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = os.path.join(self.folder, "pool.db")
        self.spool = os.path.join(self.folder, "spool")
        self.random = random.Random(SEED)
        print("seed", SEED)

    def pool_of(self, seconds, address="127.0.0.1:0", *more):
        pool = self.start("sprintpool", "--listen", address, "--profile", "nano", "--sprint-seconds", seconds,
                          "--lead-seconds", 1, "--difficulty", 15, "--database", self.database, *more)
        address = "127.0.0.1:" + pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)
        return pool, address

    def miner_of(self, address, *more, user="alice"):
        return self.miner("-o", "stratum+tcp://" + address, "-u", user + ".rig", "--spool", self.spool, *FAST, *more)

    def spooled(self):
        """(sprint, nonce) of each share whose record is whole in a file, settled or not."""
        shares = {}
        for path in glob.glob(os.path.join(self.spool, "*.spool")):
            with open(path, encoding="ascii", errors="replace") as file:
                for line in file:
                    found = re.fullmatch(r"found \d+ (\S+) \d+ ([0-9a-f]{16}) [0-9a-f]{64} \d+ (\d+) crc32c=\S{8}\n", line)
                    if found:
                        shares[(found[1], found[2])] = int(found[3]) / 1e6
        return shares

    def rows(self, query):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()

    def credited(self):
        """(sprint, nonce) of all verified shares, none of which is there twice."""
        rows = self.rows("SELECT sprints.id, nonce FROM shares JOIN sprints ON number = sprint "
                         "WHERE state = 'verified'")
        self.assertEqual(len(rows), len(set(rows)), "credited twice")
        return set(rows)

    def test_a_miner_killed_again_and_again_loses_nothing_that_is_on_its_disk(self):
        pool, address = self.pool_of(10)
        found = {}  # T_end and when it was on the disk
        logins = []  # when a miner was there again
        for _ in range(KILLS):
            miner = self.miner_of(address, "--log-level", "debug")
            miner.wait_for("logged in")
            logins.append(time.time())
            miner.wait_for("share found")
            time.sleep(self.random.uniform(0, 0.6))
            miner.signal(signal.SIGKILL)
            miner.finish()
            for share, t_end in self.spooled().items():
                found.setdefault(share, (t_end, time.time()))
        # So many that a device whose self-test a sanitizer slows down is up before the last is over.
        last = self.miner_of(address, "--sprints", 4 if SANITIZED else 2, "--json")
        last.wait_for("logged in")
        logins.append(time.time())
        self.assertEqual(last.finish(), 0, last.log())
        pool.signal(signal.SIGTERM)
        self.assertEqual(pool.finish(), 0, pool.log())
        credited = self.credited()
        # A sanitizer's device finds little more than the share that a kill waits for.
        self.assertGreater(len(found), KILLS // 2 if SANITIZED else KILLS, last.log())
        # What lay on the disk of a dead miner until T_end is late; not what was sent a second before it.
        lost = [share for share, (t_end, seen) in found.items() if share not in credited
                and any(seen < login < t_end - 1 for login in logins)]
        self.assertEqual(lost, [], pool.log() + last.log())
        self.assertGreater(len(credited & set(found)), 0, "the test saw nothing")
        self.assert_adds_up(self.summary(last), last.log())

    def test_S11_a_pool_killed_again_and_again_loses_nothing_that_it_acknowledged(self):
        pool, address = self.pool_of(12)
        miner = self.miner_of(address, "--json", "--log-level", "debug")
        miner.wait_until_more("logged in")
        for _ in range(POOL_KILLS):
            miner.wait_until_more("share found")
            time.sleep(self.random.uniform(0, 0.8))
            pool.signal(signal.SIGKILL)
            pool.finish()
            pool, _ = self.pool_of(12, address)
            miner.wait_until_more("logged in")
        miner.wait_until_more("sprint credited")
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        pool.signal(signal.SIGTERM)
        self.assertEqual(pool.finish(), 0, pool.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        shares = summary["shares"]
        self.assertEqual(shares["lost"], 0, miner.log())
        self.assertEqual(shares["rejected"] + shares["duplicate"] + shares["hardware_error"], 0, miner.log())
        told = set(re.findall(r"sprint credited sprint=(\S+)", miner.log()))
        credited = [share for share in self.credited() if share[0] in told]
        self.assertEqual(shares["accepted"], len(credited), miner.log())
        self.assertEqual(summary["credit"], 15 * len(credited), miner.log())
        self.assertGreaterEqual(miner.count("logged in resumed=true"), POOL_KILLS, miner.log())

    def test_three_miners_one_of_them_killed_repeatedly_and_the_counters_add_up(self):
        pool, address = self.pool_of(8)
        steady = {name: self.miner_of(address, "--sprints", 2, "--json", user=name) for name in ("bob", "carol")}
        for _ in range(KILLS):
            miner = self.miner_of(address, "--log-level", "debug")
            miner.wait_for("share found")
            time.sleep(self.random.uniform(0, 0.6))
            miner.signal(signal.SIGKILL)
            miner.finish()
        for name, miner in steady.items():
            self.assertEqual(miner.finish(), 0, miner.log())
        pool.signal(signal.SIGTERM)
        self.assertEqual(pool.finish(), 0, pool.log())
        self.credited()
        for name, miner in steady.items():
            summary = self.summary(miner)
            self.assert_adds_up(summary, miner.log())
            told = set(re.findall(r"sprint credited sprint=(\S+)", miner.log()))
            rows = self.rows("SELECT sprints.id FROM shares JOIN sprints ON number = sprint JOIN sessions USING (session) "
                             f"WHERE state = 'verified' AND account = '{name}'")
            credited = [sprint for (sprint,) in rows if sprint in told]
            self.assertEqual(summary["shares"]["accepted"], len(credited), miner.log())
            self.assertEqual(summary["credit"], 15 * len(credited), miner.log())
            self.assertEqual(summary["shares"]["rejected"] + summary["shares"]["lost"], 0, miner.log())


if __name__ == "__main__":
    unittest.main()
