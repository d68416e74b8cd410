"""Two programs: `sprintpool` and `sprintminer -o`, and what happens between them."""

import json
import signal
import unittest

from programs import ProgramTest

SPRINTS = ("--profile", "nano", "--sprint-seconds", "2", "--lead-seconds", "1")


class TwoPrograms(ProgramTest):
    def test_three_sprints_with_every_share_credited(self):
        pool, url = self.pool(*SPRINTS, "--sprints", "3", "--json")
        miner = self.run_to_end("-o", url, "-u", "alice.rig1", "--sprints", "3", "--json")
        self.assertEqual(pool.finish(), 0, pool.log())
        mined, served = self.summary(miner), json.loads(pool.out)
        self.assert_adds_up(mined, miner.log())
        self.assertEqual(mined["sprints"], 3, miner.log())
        self.assertGreater(mined["shares"]["accepted"], 0, miner.log())
        # On a machine that stands still for a moment, the last range may end after the sprint, or the pool read a
        # line after it: such a share is stale (28). Everything else is credited.
        shares = mined["shares"]
        self.assertEqual(shares["accepted"] + shares["stale"], sum(shares.values()), str(shares) + miner.log())
        self.assertEqual(miner.count("refused"), miner.count("share refused .* code=28 "), miner.log())
        self.assertEqual(mined["shares"]["accepted"], served["verified"], pool.log())
        self.assertEqual(mined["credit"], served["credit"], pool.log())
        self.assertEqual(served["wrong"], 0, pool.log())

    def test_two_accounts_race_on_one_pool_and_are_credited_apart(self):
        pool, url = self.pool(*SPRINTS, "--sprints", "2", "--difficulty", "20", "--json")
        miners = [self.miner("-o", url, "-u", f"{name}.rig", "--sprints", "2", "--json",
                             "-d", "sim:0", "--opt", "sim.rate=400") for name in ("alice", "bob")]
        summaries = []
        for miner in miners:
            self.assertEqual(miner.finish(), 0, miner.log())
            summaries.append(self.summary(miner))
            self.assert_adds_up(summaries[-1], miner.log())
            self.assertEqual(summaries[-1]["shares"]["rejected"], 0, miner.log())
        self.assertEqual(pool.finish(), 0, pool.log())
        self.assertEqual(sum(s["credit"] for s in summaries), json.loads(pool.out)["credit"], pool.log())

    def test_a_pool_that_comes_back_gets_the_miner_back(self):
        pool, url = self.pool(*SPRINTS)
        miner = self.miner("-o", url, "-u", "alice", "--sprints", "3", "--json")
        miner.wait_for("sprint credited")
        pool.signal(signal.SIGKILL)
        pool.finish()
        miner.wait_for(r"refused|reset|closed|connect")
        again = self.start("sprintpool", "--listen", url.removeprefix("stratum+tcp://"), *SPRINTS)
        self.assertEqual(miner.finish(), 0, miner.log() + again.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertEqual(summary["sprints"], 3, miner.log())
        self.assertGreaterEqual(miner.count("logged in"), 2, miner.log())

    def test_the_pool_ends_clean_on_a_signal(self):
        pool, url = self.pool(*SPRINTS)
        miner = self.miner("-o", url, "-u", "alice", "--json")
        miner.wait_for("miner: sprint started")
        pool.signal(signal.SIGTERM)
        self.assertEqual(pool.finish(patience=30), 0, pool.log())
        miner.signal(signal.SIGTERM)
        self.assertEqual(miner.finish(patience=30), 0, miner.log())

    def test_an_address_in_use_is_one_line(self):
        _, url = self.pool(*SPRINTS)
        address = url.removeprefix("stratum+tcp://")
        second = self.start("sprintpool", "--listen", address, *SPRINTS)
        self.assertEqual(second.finish(), 2, second.log())
        self.assertIn(address, second.log())


if __name__ == "__main__":
    unittest.main()
