"""The miner holds a pool's credit against its own shares: an honest pool, and pools that lie."""

import os
import re
import tempfile
import unittest

from programs import ProgramTest
from tampering_link import TamperingLink

SPRINTS = ("--profile", "nano", "--sprint-seconds", "2", "--difficulty", "20", "--lead-seconds")
SOON = "2"
# For tests in which each sprint must have shares: a device may take seconds to be opened on a busy machine.
LATER = "6"
DEVICE = ("-d", "sim:0", "--opt", "sim.rate=400")
WRONG = "the pool's credit is wrong"


class CheckCredit(ProgramTest):
    def lying_pool(self, change, lead=SOON):
        """A real pool behind a link that changes what it says; returns the link."""
        _, url = self.pool(*SPRINTS, lead)
        link = TamperingLink(int(url.rsplit(":", 1)[1]), change)
        self.addCleanup(link.close)
        return link

    def mine(self, url, *arguments, sprints=1, code=0):
        miner = self.run_to_end("-o", url, "-u", "alice.rig", "--sprints", sprints, "--json", *DEVICE, *arguments,
                                code=code)
        return miner, self.summary(miner)

    def expect_lie(self, change, what, sprints=2):
        """The lie is told about the first sprint with a few shares; the miner says so in one line, and ends with 7."""
        first = []

        def lie(method, message):
            body = message.get("params") or message.get("result")
            if method not in ("sprint.result", "sprint.status") or not isinstance(body, dict):
                return message
            if not first and body["credit"] >= 60:
                first.append(body["sprint"])
            if first and body["sprint"] == first[0]:
                change(method, body)
            return message

        link = self.lying_pool(lie)
        miner, summary = self.mine(link.url, "--check-credit", sprints=sprints, code=7)
        self.assertEqual(miner.count(WRONG), 1, miner.log())
        line = next(line for line in miner.lines if WRONG in line)
        self.assertRegex(line, rf"pool={re.escape(link.url)} sprint={first[0]} ", miner.log())
        self.assertRegex(line, what, miner.log())
        self.assertEqual(summary["sprints"], sprints, miner.log())
        check = summary["credit_check"]
        self.assertEqual((check["sprints"], check["wrong"], check["unproven"]), (sprints - 1, 1, 0), miner.log())
        self.assertIn(first[0], check["last_wrong"])
        self.assertRegex(miner.lines[-1], r"exit 7 \(")

    def test_an_honest_pool_proves_every_share(self):
        _, url = self.pool(*SPRINTS, LATER)
        miner, summary = self.mine(url, "--check-credit", sprints=2)
        self.assertGreater(summary["shares"]["accepted"], 8, miner.log())
        self.assertEqual(summary["credit_check"], {"sprints": 2, "wrong": 0, "unproven": 0, "last_wrong": "",
                                                   "shares": summary["shares"]["accepted"]}, miner.log())
        self.assertEqual(miner.count(WRONG), 0, miner.log())
        rates = summary["rates"]
        # Raw is counted, the others are measured by shares; all of them are over the length of the sprints.
        self.assertAlmostEqual(rates["credited"]["nonces_per_s"] * 4, summary["credit"], places=3)
        self.assertEqual(rates["verified"]["nonces_per_s"], rates["credited"]["nonces_per_s"])
        self.assertAlmostEqual(rates["raw"]["nonces_per_s"] * 4, summary["nonces"], delta=summary["nonces"] * 0.2)
        self.assertLess(rates["credited"]["nonces_per_s_low"], rates["credited"]["nonces_per_s"])
        self.assertGreater(rates["credited"]["nonces_per_s_high"], rates["credited"]["nonces_per_s"])
        self.assertGreater(rates["raw"]["h100"], 0)

    def test_without_the_flag_a_few_shares_are_proven(self):
        _, url = self.pool(*SPRINTS, LATER)
        miner, summary = self.mine(url)
        self.assertGreater(summary["shares"]["accepted"], 8, miner.log())
        self.assertEqual(summary["credit_check"]["shares"], 8, miner.log())
        self.assertEqual(summary["credit_check"]["sprints"], 1, miner.log())

    def test_credit_that_is_too_low_is_one_line(self):
        def steal(method, body):
            body["credit"] -= 20

        self.expect_lie(steal, r"what=\"it credits \d+ nonces, our \d+ accepted shares stand for \d+\"")

    def test_a_proof_that_leads_nowhere_is_one_line(self):
        def forge(method, body):
            for share in body.get("shares", ()):
                share["proof"][0] = "ab" * 32

        self.expect_lie(forge, r"nonce=[0-9a-f]{16} what=\"its proof does not lead to the root of the result\"")

    def test_a_share_that_is_called_wrong_after_all_is_one_line(self):
        def void(method, body):
            for share in body.get("shares", ())[1:2]:
                share["state"] = "wrong"

        self.expect_lie(void, r"nonce=[0-9a-f]{16} what=\"a share that it took and did not void is 'wrong'\"")

    def test_another_root_than_the_one_that_was_told_is_one_line(self):
        def swap(method, body):
            if method == "sprint.status":
                body["root"] = "cd" * 32

        self.expect_lie(swap, r"what=\"it tells another credit, total or root than in the result\"")

    def test_a_pool_that_does_not_answer_the_question_is_told_once_and_mined_for(self):
        def refuse(method, message):
            if method == "sprint.status" and "method" not in message:
                return {"id": message["id"], "result": None, "error": [20, "unknown method", None]}
            return message

        link = self.lying_pool(refuse, LATER)
        miner, summary = self.mine(link.url, sprints=2)
        self.assertEqual(miner.count("credit is not proven"), 1, miner.log())
        self.assertIn("unknown method", miner.log())
        self.assertEqual(summary["credit_check"]["unproven"], 2, miner.log())
        self.assertEqual(sum(request["method"] == "sprint.status" for request in link.asked), 1)

    def test_of_a_node_the_sums_are_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            cookie = os.path.join(folder, "node.cookie")
            pool = self.start("sprintpool", "--listen", "none", "--http", "127.0.0.1:0", "--http-cookie", cookie,
                              *SPRINTS, LATER)
            address = pool.wait_for(r"listens .*address=(\S+) http=").group(1)
            miner, summary = self.mine("http://" + address, "--check-credit", "--node-cookie", cookie, sprints=2)
        self.assertEqual(miner.count("credit is not proven, only its sums are checked .*a node gives no proofs"), 1,
                         miner.log())
        check = summary["credit_check"]
        self.assertEqual((check["sprints"], check["wrong"], check["unproven"]), (0, 0, 2), miner.log())


if __name__ == "__main__":
    unittest.main()
