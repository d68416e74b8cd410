"""Devices, modules, pools and users that do wrong: one clear line each, the right code, nothing lost."""

import os
import shutil
import socket
import tempfile
import unittest

from programs import MODULES, ProgramTest

SOLO = ("--solo", "--profile", "nano", "--sprint-seconds", "2", "--json")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Devices(ProgramTest):
    def test_a_wrong_digest_is_caught_withdrawn_and_the_device_paused(self):
        # Its digests meet the target, so only a recomputation shows that they are wrong.
        miner = self.miner(*SOLO, "--difficulty", "20", "-d", "sim:0", "--opt", "sim.rate=300",
                           "--opt", "sim.fault=wrong_digest", "--opt", "sim.fault_after=100")
        self.assertEqual(miner.finish(), 3, miner.log())  # its only device is paused at last
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        caught = summary["shares"]["withdrawn"] + summary["shares"]["hardware_error"]
        self.assertGreaterEqual(caught, 3, miner.log())
        self.assertGreater(summary["shares"]["withdrawn"], 0, miner.log())
        self.assertEqual(summary["shares"]["rejected"], 0, miner.log())
        self.assertEqual(miner.count(r"device paused .* device=0000:f0:00.0 wrong=3"), 1, miner.log())

    def test_one_bad_device_does_not_cost_the_other(self):
        miner = self.miner(*SOLO, "--difficulty", "20", "--backend", "sim", "--opt", "sim.devices=2",
                           "--opt", "sim.rate=300", "--opt", "sim:1.fault=lost", "--opt", "sim:1.fault_after=100")
        miner.wait_for(r"0000:f0:01.0: failed")
        miner.wait_for(r"miner: sprint credited")
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertGreater(summary["shares"]["accepted"], 0, miner.log())
        self.assertEqual(summary["shares"]["rejected"], 0, miner.log())

    def test_a_self_test_that_fails_everywhere_ends_with_4(self):
        miner = self.miner(*SOLO, "-d", "sim:0", "--opt", "sim.fault=wrong_digest")
        self.assertEqual(miner.finish(), 4, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 4 \(.*self-test")

    def test_a_device_that_does_not_open_ends_with_3(self):
        miner = self.miner(*SOLO, "-d", "sim:0", "--opt", "sim.fault=no_open")
        self.assertEqual(miner.finish(), 3, miner.log())

    def test_a_module_that_does_not_load_costs_that_module_only(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in os.listdir(MODULES):
                shutil.copy(os.path.join(MODULES, name), folder)
            with open(os.path.join(folder, "broken.so"), "w", encoding="ascii") as broken:
                broken.write("this is not a module\n")
            miner = self.run_to_end(*SOLO, "--sprints", "1", "--module-dir", folder)
            self.assertEqual(miner.count(r"backend not available backend=broken reason="), 1, miner.log())
            self.assertGreater(self.summary(miner)["shares"]["accepted"], 0, miner.log())

    def test_solo_ends_with_3_when_its_only_device_computes_wrong(self):
        miner = self.miner(*SOLO, "--difficulty", "20", "-d", "sim:0", "--opt", "sim.rate=300",
                           "--opt", "sim.fault=wrong_digest", "--opt", "sim.fault_after=100")
        self.assertEqual(miner.finish(), 3, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 3 .* is paused after 3 wrong digests")

    def test_too_little_memory_for_the_self_test_ends_with_3(self):
        miner = self.miner(*SOLO, "-d", "sim:0", "--opt", "sim.memory_mb=10")
        self.assertEqual(miner.finish(), 3, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 3 .* MiB")

    def test_a_profile_that_fits_no_device_ends_with_2(self):
        miner = self.miner("--solo", "--profile", "base", "--sprints", "1", "-d", "sim:0", "--opt", "sim.memory_mb=100")
        self.assertEqual(miner.finish(), 2, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 2 .*profile base fits no device")

    def test_no_module_at_all_ends_with_3(self):
        with tempfile.TemporaryDirectory() as folder:
            miner = self.miner(*SOLO, "--module-dir", folder)
            self.assertEqual(miner.finish(), 3, miner.log())

    def test_a_profile_that_does_not_fit_in_memory_is_one_clear_line(self):
        miner = self.miner("--solo", "--profile", "128,8192,32768", "--sprint-seconds", "2", "--sprints", "1")
        self.assertEqual(miner.finish(), 2, miner.log())
        self.assertRegex(miner.lines[-1], r"exit 2 .*(MiB|GiB|MB)")
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "128,8192,32768")
        self.assertEqual(pool.finish(), 2, pool.log())
        self.assertRegex(pool.lines[-1], r"(MiB|GiB|MB)")


class Pools(ProgramTest):
    def test_an_unreachable_pool_with_exit_on_loss_ends_with_6(self):
        port = free_port()
        miner = self.miner("-o", f"stratum+tcp://127.0.0.1:{port}", "-u", "alice", "--exit-on-loss")
        self.assertEqual(miner.finish(), 6, miner.log())
        self.assertIn(str(port), miner.lines[-1])

    def test_an_unreachable_pool_is_tried_until_told_to_stop(self):
        miner = self.miner("-o", f"stratum+tcp://127.0.0.1:{free_port()}", "-u", "alice")
        for _ in range(3):
            miner.wait_for(r"refused|connect")
        miner.signal()
        self.assertEqual(miner.finish(patience=20), 0, miner.log())

    def test_the_second_pool_is_used_when_the_first_is_not_there(self):
        pool, url = self.pool("--profile", "nano", "--sprint-seconds", "2", "--lead-seconds", "1")
        miner = self.run_to_end("-o", f"stratum+tcp://127.0.0.1:{free_port()}", "-u", "alice", "-o", url, "-u", "bob",
                                "--sprints", "1", "--json")
        self.assertGreater(self.summary(miner)["shares"]["accepted"], 0, miner.log() + pool.log())


class Users(ProgramTest):
    def refused(self, *arguments, says):
        miner = self.miner(*arguments)
        self.assertEqual(miner.finish(patience=30), 2, miner.log())
        self.assertEqual(len(miner.lines), 1, miner.log())
        self.assertRegex(miner.lines[0], says)

    def test_flags(self):
        self.refused("--sollo", says="--solo")
        self.refused("--solo", "--sprint-seconds", "1", says="--sprint-seconds")
        self.refused("--solo", "--profile", "7,100,200", says="profile")
        self.refused("-o", "ftp://127.0.0.1:1", "-u", "a", says=r"stratum\+tcp")
        self.refused("-o", "stratum+tcp://127.0.0.1:1", says="-u")
        self.refused("--solo", "--opt", "sim.colour=3", says="colour")


if __name__ == "__main__":
    unittest.main()
