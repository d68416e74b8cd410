#!/usr/bin/env python3
"""The units of packaging/systemd as systemd reads them: nothing unknown in them, and not much left to a service that is
taken over. Skipped where systemd-analyze is not there."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "systemd")
# Of 10; the miner's drivers need devices, and memory that is written and executed.
EXPOSED_AT_MOST = {"sprintpool.service": 2.0, "sprintminer.service": 3.0}


@unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze here")
class Units(unittest.TestCase):
    def analyze(self, name, *command):
        """What systemd-analyze says of a unit, whose program need not be installed."""
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            text, count = re.subn(r"(?m)^ExecStart=/usr/bin/\w+", "ExecStart=/bin/true", file.read())
        self.assertEqual(count, 1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return subprocess.run(["systemd-analyze", *command, path], capture_output=True, text=True, check=False)

    def test_nothing_in_them_is_unknown(self):
        for name in EXPOSED_AT_MOST:
            told = self.analyze(name, "verify", "--man=no")
            lines = (told.stdout + told.stderr).splitlines()
            self.assertEqual([line for line in lines if name in line], [])
            # Units that ours comes after are read, too: what is wrong with those of this machine is not ours.
            if not lines:
                self.assertEqual(told.returncode, 0, name)

    def test_a_wrong_line_would_be_told(self):
        with tempfile.NamedTemporaryFile("w", suffix=".service") as unit:
            unit.write("[Service]\nExecStart=/bin/true\nProtectSystems=strict\n")
            unit.flush()
            told = subprocess.run(["systemd-analyze", "verify", unit.name], capture_output=True, text=True, check=False)
        about = [line for line in told.stderr.splitlines() if os.path.basename(unit.name) in line]
        self.assertIn("ProtectSystems", "\n".join(about))

    def test_little_is_left_to_them(self):
        for name, most in EXPOSED_AT_MOST.items():
            told = self.analyze(name, "security", "--offline=true", "--no-pager")
            level = re.search(r"exposure level for \S+ ([\d.]+)", told.stdout)
            self.assertTrue(level, told.stdout + told.stderr)
            self.assertLessEqual(float(level.group(1)), most, told.stdout)


if __name__ == "__main__":
    unittest.main()
