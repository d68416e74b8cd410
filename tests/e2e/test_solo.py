"""The pool inside the program: `sprintminer --solo`, through the real protocol over loopback."""

import signal
import time
import unittest

from programs import ProgramTest

# nano on the CPU: a race of thousands of nonces a second, verified in no time even under sanitizers.
SOLO = ("--solo", "--profile", "nano", "--sprint-seconds", "2")


# At 100 nonces a second the self-test and the first measurement take far fewer than 200, and the race the rest. Every
# nonce is a share: when no more are found, the device hangs.
HANGS_WHILE_RACING = ("-d", "sim:0", "--opt", "sim.rate=100", "--opt", "sim.fault=hang", "--opt", "sim.fault_after=200",
                      "--opt", "sim.hang_ms=60000", "--difficulty", "1", "-v")


class Solo(ProgramTest):
    def test_two_sprints_are_mined_and_every_counter_adds_up(self):
        miner = self.run_to_end(*SOLO, "--sprints", "2", "--json")
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertEqual(summary["sprints"], 2)
        self.assertGreater(summary["shares"]["accepted"], 0, miner.log())
        for fate in ("rejected", "hardware_error", "withdrawn", "duplicate", "lost", "pending"):
            self.assertEqual(summary["shares"][fate], 0, fate + "\n" + miner.log())
        self.assertGreater(summary["credit"], 0)
        self.assertEqual(miner.count("miner: sprint credited"), 2, miner.log())

    def test_the_last_line_names_code_and_reason(self):
        miner = self.run_to_end(*SOLO, "--sprints", "1")
        self.assertRegex(miner.lines[-1], r"exit 0 \(clean\): 1 sprints done")
        self.assertIn("1 sprints in", miner.out)
        self.assertEqual(miner.count(r" (warning|error) "), 0, "all went well\n" + miner.log())

    def test_an_interrupt_in_mid_sprint_submits_what_was_found_and_ends_within_five_seconds(self):
        miner = self.miner("--solo", "--profile", "nano", "--sprint-seconds", "600", "--difficulty", "50", "--json", "-v")
        miner.wait_for("share found")
        began = time.monotonic()
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertLess(time.monotonic() - began, 5.0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        # Everything found is stored at the pool and waits for a result that no longer comes.
        self.assertGreater(summary["shares"]["pending"], 0, miner.log())
        self.assertEqual(summary["shares"]["pending"], sum(summary["shares"].values()), miner.log())

    def test_a_second_interrupt_ends_at_once(self):
        miner = self.miner("--solo", "--profile", "nano", "--sprint-seconds", "600",
                           *HANGS_WHILE_RACING)
        miner.wait_until_silent("share found")
        began = time.monotonic()
        miner.signal_until_it_ends(signal.SIGTERM)
        self.assertEqual(miner.finish(), 130, miner.log())
        self.assertLess(time.monotonic() - began, 5.0, "no clean end was waited for")
        # Whatever other threads say in that moment.
        self.assertEqual(miner.count(r"^sprintminer: exit 130 \(interrupted twice\)"), 1, miner.log())

    def test_a_device_that_hangs_does_not_keep_the_program_from_ending(self):
        miner = self.miner("--solo", "--profile", "nano", "--sprint-seconds", "600", "--json",
                           *HANGS_WHILE_RACING)
        miner.wait_until_silent("share found")
        began = time.monotonic()
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 42, miner.log())
        self.assertLess(time.monotonic() - began, 5.0, miner.log())
        self.assertRegex(miner.lines[-1], "0000:f0:00.0 does not answer")


if __name__ == "__main__":
    unittest.main()
