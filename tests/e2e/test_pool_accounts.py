"""What a pool leaves behind: an audit of each sprint that anybody can count again, and a ledger that says who is due
what, also over a pool that is killed."""

import glob
import json
import os
import re
import tempfile
import unittest

from programs import ProgramTest

REWARD = 1_000_003  # a prime: no share of it is whole
FEE_PPM = 20_000
SPRINTS = ("--profile", "nano", "--sprint-seconds", "3", "--name", "accounts", "--reward", REWARD, "--fee-ppm", FEE_PPM)
# A device must be there for the first of so few sprints.
FEW = ("--lead-seconds", "10", "--json")


class Accounts(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = os.path.join(folder.name, "pool.db")
        self.audits = os.path.join(folder.name, "audits")

    def own_pool(self, *arguments, listen="127.0.0.1:0"):
        pool = self.start("sprintpool", "--listen", listen, "--database", self.database, "--audit-dir", self.audits,
                          *SPRINTS, *arguments)
        return pool, pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)

    def command(self, *arguments, code=0):
        """What a command of the pool says on stdout."""
        program = self.start_bare("sprintpool", *arguments)
        self.assertEqual(program.finish(), code, program.log() + program.out)
        return program.out

    def payouts(self, *arguments):
        return self.command("payouts", "--database", self.database, "--json", *arguments)

    def mine(self, port, account, *arguments):
        return self.miner("-o", f"stratum+tcp://127.0.0.1:{port}", "-u", account + ".rig", "-d", "sim:0", "--json",
                          *arguments)

    def audit_files(self):
        return sorted(glob.glob(os.path.join(self.audits, "*.audit.jsonl")))

    def test_two_accounts_are_audited_settled_and_paid_once(self):
        pool, port = self.own_pool("--sprints", "2", *FEW)
        miners = [self.mine(port, account, "--opt", f"sim.rate={rate}", "--sprints", "2")
                  for account, rate in (("alice", 600), ("bob", 200))]
        for miner in miners:
            self.assertEqual(miner.finish(), 0, miner.log())
        self.assertEqual(pool.finish(), 0, pool.log())
        credits = [self.summary(miner)["credit"] for miner in miners]
        self.assertEqual(sum(credits), json.loads(pool.out)["credit"], pool.log())

        files = self.audit_files()
        self.assertIn(len(files), (1, 2), "of each sprint with shares")
        told = [json.loads(self.command("audit", file, "--json", "--verify-backend", backend))
                for file, backend in zip(files, ("sim", "reference"))]
        self.assertEqual(sum(audit["credit_nonces"] for audit in told), sum(credits))
        self.assertTrue(all(audit["outcome"] == "ok" for audit in told), told)

        self.assertGreater(sum(credits), 0)
        settled = sum(audit["credit_nonces"] > 0 for audit in told)
        first = json.loads(self.payouts())["payout"]
        self.assertEqual(json.loads(self.payouts())["payout"], first, "the same until it is confirmed")
        amounts = {item["account"]: item["amount"] for item in first["items"]}
        fee = settled * (REWARD * FEE_PPM // 1_000_000)
        self.assertEqual(sum(amounts.values()) + fee, settled * REWARD)
        self.assertLessEqual(set(amounts), {"alice", "bob"})
        self.payouts("--confirm", first["id"])
        self.assertIsNone(json.loads(self.payouts())["payout"], "nothing more is due")

    def test_a_changed_audit_is_found_out(self):
        pool, port = self.own_pool("--sprints", "1", *FEW)
        miner = self.mine(port, "alice", "--sprints", "1")
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertEqual(pool.finish(), 0, pool.log())
        (file,) = self.audit_files()
        self.command("audit", file)
        with open(file, encoding="ascii") as audit:
            text = audit.read()
        other = os.path.join(self.folder, "other.audit.jsonl")
        with open(other, "w", encoding="ascii") as audit:
            audit.write(text.replace('"total":', '"total":1', 1))
        self.command("audit", other, code=2)
        self.command("audit", os.path.join(self.folder, "none.audit.jsonl"), code=2)
        self.command("audit", file, "--verify-backend", "none", code=2)

    def test_a_pool_that_samples_credits_unseen_and_holds_earnings(self):
        sampled = ("--verify", "sampled", "--difficulty", "4", "--lead-seconds", "1", "--sprint-seconds", "2")
        pool, port = self.own_pool(*sampled)
        miner = self.mine(port, "alice", "--opt", "sim.rate=400", "--check-credit")
        # Regular after 64 right shares in three sprints; then so much must be held that a sample is safe.
        pool.wait_for(r"sprint verified and credited .*unseen=[1-9]", patience=120)
        pool.kill()
        pool, _ = self.own_pool(*sampled, listen=f"127.0.0.1:{port}")
        pool.wait_for(r"sprint verified and credited .*unseen=[1-9]", patience=90)
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())
        pool.signal()
        self.assertEqual(pool.finish(), 0, pool.log())
        self.assertEqual(self.summary(miner)["credit_check"]["wrong"], 0, miner.log())
        audits = [json.loads(self.command("audit", file, "--json")) for file in self.audit_files()]
        self.assertTrue(all(audit["outcome"] == "ok" for audit in audits), audits)
        self.assertGreater(sum(audit["unseen"] for audit in audits), 0)
        self.assertEqual(audits[0]["unseen"], 0, "new accounts are recomputed whole")
        books = json.loads(self.payouts("--balances"))
        self.assertEqual(books["faults"], [], books)
        (alice,) = books["balances"]
        self.assertGreater(alice["held"], 0, books)
        self.assertGreater(alice["due"], 0, "of the first sprints nothing is held any more")
        self.assertEqual(alice["due"] + alice["held"] + books["fee"], books["rewards"], books)

    def test_a_pool_that_is_killed_settles_each_sprint_once(self):
        pool, port = self.own_pool("--lead-seconds", "1")
        miner = self.mine(port, "alice", "--sprints", "4")
        for killed in range(1, 3):
            pool.wait_for("sprint verified and credited")
            pool.kill()
            pool, _ = self.own_pool("--lead-seconds", "1", listen=f"127.0.0.1:{port}")
        self.assertEqual(miner.finish(), 0, miner.log())
        pool.signal()
        self.assertEqual(pool.finish(), 0, pool.log())
        books = json.loads(self.payouts("--balances"))
        self.assertEqual(books["faults"], [], books)
        credited = set(re.findall(r"sprint credited sprint=(\S+) credit_nonces=[1-9]", miner.log()))
        self.assertGreater(len(credited), 0, miner.log())
        self.assertEqual(books["rewards"], REWARD * len(credited), miner.log())
        alice = next(account for account in books["balances"] if account["account"] == "alice")
        self.assertEqual(alice["due"] + books["fee"], books["rewards"], books)
        for file in self.audit_files():
            self.command("audit", file)


if __name__ == "__main__":
    unittest.main()
