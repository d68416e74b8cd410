"""A device of OpenCL through the whole program: a processor through PoCL will do. Skipped where there is none."""

import glob
import json
import os
import shutil
import tempfile
import unittest
import unittest.mock

from programs import ENVIRONMENT, ProgramTest

TICKET = ("ticket", "--profile", "nano", "--model-seed", "11" * 32, "--start-seed", "22" * 32, "--identity", "alice",
          "--nonce", "00000000000000ff", "--count", "3", "--json")


class OpenCl(ProgramTest):
    def devices(self):
        listing = self.miner("devices", "--json")
        self.assertEqual(listing.finish(), 0, listing.log())
        return {device["id"]: device for device in json.loads(listing.out)["devices"]}

    def setUp(self):
        devices = self.devices()
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

    def test_a_driver_that_crashes_when_it_is_loaded_costs_itself_alone(self):
        folder = ENVIRONMENT.get("OCL_ICD_VENDORS", "/etc/OpenCL/vendors")
        if not os.path.isdir(folder):
            self.skipTest("no folder of drivers")
        with tempfile.TemporaryDirectory() as vendors:
            for file in glob.glob(os.path.join(folder, "*.icd")):
                shutil.copy(file, vendors)
            with open(os.path.join(vendors, "0broken.icd"), "w", encoding="ascii") as file:
                file.write(os.environ["SPRINT_BROKEN_ICD"] + "\n")
            with unittest.mock.patch.dict(ENVIRONMENT, OCL_ICD_VENDORS=vendors):
                devices = self.devices()
        self.assertIn("opencl:0", devices)
        self.assertEqual(devices["opencl:0"]["name"], self.device["name"])
        self.assertIn("driver '0broken.icd' left out: it crashed", devices["opencl:0"]["note"])

    def test_a_stop_while_kernels_are_compiled_is_a_clean_end(self):
        miner = self.miner("--solo", "--backend", "opencl", "--opt", "opencl.cache=off")
        miner.wait_for("compiling kernels")
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())

    def test_what_is_no_card_mines_only_when_named(self):
        if self.device["kind"] == "gpu":
            self.skipTest("it is a card")
        self.assertEqual(self.device["kind"], "reserved")
        miner = self.miner("--solo", "--dry-run")
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertNotIn("opencl", miner.lines[-1])


if __name__ == "__main__":
    unittest.main()
