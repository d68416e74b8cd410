"""Pool and miner with a bad line between them: lost is only what could not arrive in time, and that is told.

Whether a share could arrive is known from the line itself, which notes when the newline of each submit reached the pool's side.
`make soak` makes the long form of it: SPRINT_LONG_FAULTS=1, a partition of 30 s instead of 3."""

import datetime
import os
import re
import signal
import sqlite3
import tempfile
import time
import unittest

from lossy_link import LossyLink, Unavailable
from programs import SANITIZED, ProgramTest

LONG = "SPRINT_LONG_FAULTS" in os.environ
SEED = int(os.environ.get("SPRINT_SEED", "7"))
PARTITION = 30.0 if LONG else 3.0
LOSS, ONE_WAY = 0.05, 0.15  # 5 %, a round trip of 300 ms
# TCP sends again after 0.6, 1.8 and 4.2 s: one of 160,000 lines needs longer for that.
AGAIN = 5.0
# From the end of a partition until what waited has arrived: TCP's next try, or a new connection and its login.
RECOVERY = 15.0 if LONG else 5.0
OPENING = 20 if SANITIZED else 0  # more seconds of a race, for a device that is opened slowly
SLACK = 2.0  # what a busy machine may take from a packet's arrival to its stamp


class NetworkFaults(ProgramTest):
    def setUp(self):
        try:
            self.link = LossyLink(SEED, LOSS, ONE_WAY)
        except Unavailable as why:
            self.skipTest(str(why))
        self.addCleanup(self.link.close)
        self.database = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "pool.db")
        self.partitions = []  # (from, to) in unix time
        print("seed", SEED)

    def race(self, seconds):
        """A pool at the far end and a miner at the near one, for one sprint; the next one is far away."""
        self.pool = self.start("sprintpool", "--listen", self.link.far.address + ":0", "--profile", "nano",
                               "--sprint-seconds", seconds, "--lead-seconds", 1, "--difficulty", 30,
                               "--gap-seconds", 3600, "--database", self.database, inside=self.link.far.command())
        port = self.pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)
        self.miner = self.start("sprintminer", "-o", f"stratum+tcp://{self.link.far.address}:{port}", "-u", "alice.rig",
                                "-d", "sim:0", "--opt", "sim.rate=300", "--json", "--log-level", "debug",
                                inside=self.link.near.command())
        self.miner.wait_for("share found")
        (self.t_end,), = self.rows("SELECT t_end_us / 1e6 FROM sprints WHERE number = 1")

    def partition(self, seconds):
        begin = time.time()
        self.link.cut = True
        time.sleep(seconds)
        self.link.cut = False
        self.partitions.append((begin, time.time()))

    def rows(self, query):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()

    def found(self):
        """When the miner found each nonce, by its log."""
        lines = re.findall(r"^(\S+) .*share found .*nonce=([0-9a-f]{16})", self.miner.log(), re.MULTILINE)
        return {nonce: datetime.datetime.fromisoformat(stamp).timestamp() for stamp, nonce in lines}

    def arrived(self):
        """When the newline of the first submit of each nonce reached the pool's side."""
        at = {}
        for stamp, line in self.link.at_far.arrived:
            submit = re.search(r'"mining\.submit".*"([0-9a-f]{16})","[0-9a-f]{64}"', line)
            if submit:
                at.setdefault(submit.group(1), stamp)
        return at

    def could_arrive(self, found):
        """Whether a share found then had the time that a bad line may take, before T_end."""
        waited = [end for begin, end in self.partitions if begin - AGAIN < found < end + RECOVERY]
        return max([found + AGAIN] + [end + RECOVERY for end in waited]) < self.t_end

    def check(self):
        """Ends both, and holds what the line, the pool's database and the miner say against each other."""
        self.miner.wait_for("sprint credited", 120)
        time.sleep(2)  # for answers to what was late
        self.miner.signal(signal.SIGINT)
        self.assertEqual(self.miner.finish(), 0, self.miner.log())
        self.pool.signal(signal.SIGTERM)
        self.assertEqual(self.pool.finish(), 0, self.pool.log())
        said = f"{self.link.carried} packets carried, {self.link.dropped} dropped\n{self.pool.log()}\n{self.miner.log()}"
        self.assertGreater(self.link.dropped, 0, "the line was good")
        found, arrived = self.found(), self.arrived()
        rows = self.rows("SELECT nonce FROM shares WHERE state = 'verified'")
        credited = {nonce for (nonce,) in rows}
        self.assertEqual(len(rows), len(credited), "credited twice")
        self.assertLessEqual(credited, set(found), said)
        for nonce, when in found.items():
            if nonce in credited:
                self.assertLessEqual(arrived[nonce], self.t_end + 0.1, said)
            else:
                self.assertGreater(arrived.get(nonce, self.t_end), self.t_end - SLACK, f"{nonce} was in time\n{said}")
                self.assertFalse(self.could_arrive(when), f"{nonce} had time enough\n{said}")
        self.check_counters(found, credited, said)
        return found, credited

    def check_counters(self, found, credited, said):
        summary = self.summary(self.miner)
        self.assert_adds_up(summary, said)
        shares = summary["shares"]
        self.assertEqual(sum(shares.values()), len(found), said)
        self.assertEqual(shares["accepted"], len(credited), said)
        self.assertEqual(summary["credit"], 30 * len(credited), said)
        self.assertEqual(shares["stale"] + shares["lost"], len(found) - len(credited), said)
        refused = set(re.findall(r"share refused .*nonce=([0-9a-f]{16}) code=28", self.miner.log()))
        self.assertLessEqual(refused, set(found) - credited, said)
        print("found", len(found), "fates", shares, "packets", self.link.carried, "dropped", self.link.dropped)

    def test_loss_delay_and_a_partition_in_mid_sprint_cost_only_what_could_not_arrive(self):
        self.race(60 if LONG else 12 + OPENING)
        time.sleep(5 if LONG else 0.5)
        self.partition(PARTITION)
        found, credited = self.check()
        begin, end = self.partitions[0]
        meanwhile = {nonce for nonce, when in found.items() if begin < when < end - 0.5}
        self.assertGreater(len(meanwhile), 0, "the test saw nothing")
        if end + RECOVERY < self.t_end:  # else the machine was too slow for that
            self.assertLessEqual(meanwhile, credited)

    def test_what_is_found_in_a_partition_over_the_end_is_late_and_told(self):
        self.race(60 if LONG else 5 + OPENING)
        time.sleep(max(self.t_end - PARTITION * 2 / 3 - time.time(), 0))
        self.partition(PARTITION)
        found, credited = self.check()
        begin, _ = self.partitions[0]
        meanwhile = {nonce for nonce, when in found.items() if begin < when < self.t_end}
        self.assertGreater(len(meanwhile), 0, "the test saw nothing")
        self.assertFalse(meanwhile & credited)


if __name__ == "__main__":
    unittest.main()
