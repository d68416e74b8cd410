"""A device of OpenCL through the whole program: a processor through PoCL will do. Skipped where there is none."""

import json
import unittest

from programs import ProgramTest

TICKET = ("ticket", "--profile", "nano", "--model-seed", "11" * 32, "--start-seed", "22" * 32, "--identity", "alice",
          "--nonce", "00000000000000ff", "--count", "3", "--json")


class OpenCl(ProgramTest):
    def setUp(self):
        listing = self.miner("devices", "--json")
        self.assertEqual(listing.finish(), 0, listing.log())
        devices = {device["id"]: device for device in json.loads(listing.out)["devices"]}
        if "opencl:0" not in devices:
            self.skipTest("no OpenCL device")
        self.device = devices["opencl:0"]

    def test_tickets_are_those_of_the_reference(self):
        answers = []
        for where in ((), ("--backend", "opencl")):
            ticket = self.miner(*TICKET, *where)
            self.assertEqual(ticket.finish(), 0, ticket.log())
            answers.append(ticket.out)
        self.assertEqual(len(answers[0].splitlines()), 3)
        self.assertEqual(answers[0], answers[1])

    def test_two_sprints_are_mined(self):
        miner = self.run_to_end("--solo", "--backend", "opencl", "--profile", "nano", "--sprint-seconds", "2",
                                "--sprints", "2", "--json")
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertGreater(summary["shares"]["accepted"], 0, miner.log())
        self.assertEqual(summary["shares"]["hardware_error"], 0, miner.log())
        self.assertEqual(summary["shares"]["rejected"], 0, miner.log())
        miner.wait_for(r"opencl:0: set up plan=\"groups of \d+ nonces")

    def test_what_is_no_card_mines_only_when_named(self):
        if self.device["kind"] == "gpu":
            self.skipTest("it is a card")
        self.assertEqual(self.device["kind"], "reserved")
        miner = self.miner("--solo", "--dry-run")
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertNotIn("opencl", miner.lines[-1])


if __name__ == "__main__":
    unittest.main()
