"""A third party: scripts/protocol_client.py, which was written from docs/PROTOCOL.md alone, against the real pool."""

import json
import os
import random
import sys
import threading
import time
import unittest

from fake_pool import FakePool
from programs import BIN, Program, ProgramTest

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")
CLIENT = os.path.join(SCRIPTS, "protocol_client.py")
EVALUATE = (os.path.join(BIN, "sprintminer") + " ticket --json --profile {profile} --model-seed {model_seed}"
            " --start-seed {start_seed} --identity {identity} --nonce {nonce} --count {count}")
SPRINTS = ("--profile", "nano", "--sprint-seconds", "6", "--gap-seconds", "8", "--lead-seconds", "1", "--json")
D = 8

sys.path.insert(0, SCRIPTS)
sys.dont_write_bytecode = True
import protocol_client  # noqa: E402


class Faulty(protocol_client.Miner):
    """Does once in its life what the pool must cope with."""

    def __init__(self, options, faults=(), drop_after=0):
        super().__init__(options)
        self.faults, self.drop_after = list(faults), drop_after

    def evaluated(self, sprint, lease, nonce, digest):
        """Takes other digests for the right ones: some whose tickets miss the target, some whose meet it."""
        if not self.faults:
            super().evaluated(sprint, lease, nonce, digest)
            return
        target, meets, right = (2**256 - 1) // lease["difficulty"], self.faults.pop(0) == "wrong digest", digest
        while digest == right or (sprint.ticket(nonce, digest) <= target) != meets:
            digest = random.randbytes(32)
        self.found(sprint, lease, nonce, digest)

    def submit(self, sprint, nonce, share):
        super().submit(sprint, nonce, share)
        self.drop_after -= 1
        if self.drop_after == 0:
            self.stream.close()
            raise ConnectionError("cut by the test, before the answer was read")


class ThirdParty(ProgramTest):
    def sprints(self):
        """A pool that goes on when the client has enough, so that what comes late is answered, too."""
        pool, url = self.pool(*SPRINTS, "--difficulty", D)
        return pool, url.removeprefix("stratum+tcp://")

    def stop(self, pool):
        pool.signal()
        self.assertEqual(pool.finish(), 0, pool.log())
        return json.loads(pool.out)

    def client(self, address, *arguments):
        client = Program(sys.executable, "-B", CLIENT, address, "--user", "alice.python", "--evaluate", EVALUATE,
                         *map(str, arguments))
        self.addCleanup(client.kill)
        return client

    def faulty(self, address, **how):
        """Runs a faulty client in this process, to its end."""
        arguments = [address, "--user", "alice.python", "--evaluate", EVALUATE, "--seconds", "60"]
        miner = Faulty(protocol_client.options_of(arguments), **how)
        self.assertEqual(miner.run(), 0, miner.counts)
        return miner

    def assert_adds_up(self, counts):
        fates = sum(counts[fate] for fate in ("accepted", "stale", "duplicate", "rejected", "lost"))
        self.assertEqual(counts["found"], fates, counts)

    def test_it_mines_and_every_share_is_credited(self):
        pool, address = self.sprints()
        client = self.client(address, "--sprints", 2)
        self.assertEqual(client.finish(), 0, client.log() + pool.log())
        counts, served = json.loads(client.out), self.stop(pool)
        self.assert_adds_up(counts)
        self.assertGreater(counts["accepted"], 0, counts)
        # What is found when the machine stood still over the end is stale; everything else is credited.
        self.assertEqual(counts["accepted"] + counts["stale"], counts["found"], counts)
        self.assertEqual(set(counts["codes"]) - {"28"}, set(), counts)
        self.assertEqual(served["verified"], counts["accepted"])
        self.assertEqual(served["wrong"], 0)
        self.assertEqual(counts["verified"], counts["accepted"])
        self.assertEqual(counts["credit"], counts["accepted"] * D)
        self.assertEqual(served["credit"], counts["credit"])

    def test_wrong_digests_are_refused_at_the_gate_or_by_the_verdict(self):
        pool, address = self.sprints()
        miner = self.faulty(address, faults=["above target", "wrong digest", "above target", "wrong digest"])
        counts, served = miner.counts, self.stop(pool)
        self.assert_adds_up(counts)
        self.assertEqual(miner.codes[23], 2, counts)
        self.assertEqual(miner.codes[30], 2, counts)
        self.assertEqual(counts["rejected"], 4, counts)
        self.assertGreater(counts["accepted"], 0, counts)
        self.assertEqual(served["wrong"], 2)
        self.assertEqual(counts["credit"], counts["accepted"] * D)

    def test_a_lost_session_costs_no_share_and_none_counts_twice(self):
        pool, address = self.sprints()
        miner = self.faulty(address, drop_after=3)
        counts, served = miner.counts, self.stop(pool)
        self.assert_adds_up(counts)
        self.assertEqual(counts["logins"], 2, counts)
        self.assertGreaterEqual(counts["sent_again"], 1, counts)
        self.assertGreaterEqual(counts["accepted"], 3, counts)
        self.assertEqual(counts["duplicate"] + counts["rejected"] + counts["lost"], 0, counts)
        self.assertEqual(served["verified"], counts["accepted"])
        self.assertEqual(served["stored"], counts["accepted"])
        self.assertEqual(served["credit"], counts["credit"])


class Tokens(unittest.TestCase):
    """What sprintpool does not have yet, by a pool that says so."""

    def test_the_token_of_the_last_session_is_sent(self):
        pool = TokenPool()
        self.addCleanup(pool.close)
        arguments = [pool.url.removeprefix("stratum+tcp://"), "--user", "alice", "--evaluate", "false",
                     "--seconds", "30"]
        miner = protocol_client.Miner(protocol_client.options_of(arguments))
        thread = threading.Thread(target=miner.run)
        thread.start()
        end = time.monotonic() + 30
        while len(pool.tokens) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        miner.options.seconds = 0
        miner.counts["results"] = 1  # enough
        thread.join()
        self.assertEqual(pool.tokens[:3], [None, "token-1", "token-2"])
        self.assertGreaterEqual(miner.counts["resumed"], 1)


class TokenPool(FakePool):
    """Gives each session a token, knows it again, and closes after the login."""

    def __init__(self):
        self.tokens = []
        super().__init__()

    def _answer(self, request):
        answer = super()._answer(request)
        if request["method"] == "mining.subscribe":
            self.tokens.append(request["params"][1])
            answer["result"][3].update(resume=f"token-{len(self.tokens)}", resumed=bool(request["params"][1]))
        if request["method"] == "mining.time":
            raise OSError("this session is over")
        return answer


if __name__ == "__main__":
    unittest.main()
