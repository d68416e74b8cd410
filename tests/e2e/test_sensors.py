"""Sensors, from the simulated cards to what a person sees; and sensors that hang in a driver."""

import json
import os
import signal
import time
import unittest

from programs import MODULES, ProgramTest

SOLO = ("--solo", "--profile", "nano", "--sprint-seconds", "2", "--backend", "sim")
# As a driver that does not answer for a minute, which is longer than any of these tests.
HANGING = ("--opt", "sim.sensor_ms=60000")


class Sensors(ProgramTest):
    def test_the_summary_and_the_status_have_what_the_cards_say(self):
        miner = self.miner(*SOLO, "--opt", "sim.warm_up_seconds=1")
        # More than the 35 C and 15 W of a card at rest, as it is where the first line comes before the first race.
        miner.wait_for(r"status: .* hottest_c=(3[5-9]|[4-9]\d)\b\S* watts=(1[6-9]|[2-9]\d|1\d\d)\b")
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertRegex(miner.out, r"wrong digests, core \d+ C, hot spot \d+ C, memory \d+ C, \d+ W, fan \d+ %")
        self.assertRegex(miner.out, r", \d+ J\n")

    def test_a_card_without_sensors_has_no_zeros(self):
        miner = self.run_to_end(*SOLO, "--opt", "sim.missing_sensors=all", "--sprints", "1")
        self.assertNotRegex(miner.out, r"\d (C|W|J)\b")
        self.assertEqual(miner.count(r"hottest_c|watts"), 0, miner.log())

    def test_sensors_that_hang_slow_neither_the_mining_nor_the_end(self):
        miner = self.miner("--solo", "--profile", "nano", "--sprint-seconds", "600", "--difficulty", "50", "--backend",
                           "sim", "--json", "-v", *HANGING)
        miner.wait_for("share found")
        began = time.monotonic()
        miner.signal(signal.SIGINT)
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertLess(time.monotonic() - began, 5.0, miner.log())
        self.assertEqual(miner.count("sensors do not answer module=sim"), 1, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 0 \(clean\)")
        self.assert_adds_up(self.summary(miner), miner.log())

    def test_devices_are_listed_without_sensors_that_hang(self):
        listing = self.miner("devices", "--json", "--module-dir", MODULES, "--backend", "sim", *HANGING)
        self.assertEqual(listing.finish(patience=30), 0, listing.log())
        self.assertEqual(listing.count("the sensors of sim do not answer"), 1, listing.log())
        device, = json.loads(listing.out)["devices"]
        self.assertEqual(device["id"], "sim:0")
        self.assertIsNone(device["sensors"])

    @unittest.skipUnless(os.path.exists(os.path.join(MODULES, "hwmon.so")), "this build has no module for processors")
    def test_the_processor_has_sensors_though_their_module_is_not_selected(self):
        listing = self.run_to_end("devices", "--json", "--backend", "cpu")
        device, = json.loads(listing.out)["devices"]
        self.assertGreater(device["sensors"]["memory_total_bytes"], 0, listing.out)
        self.assertNotEqual(device["sensors"]["core_celsius"], 0, listing.out)


if __name__ == "__main__":
    unittest.main()
