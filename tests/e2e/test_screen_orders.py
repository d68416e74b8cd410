"""What is ordered on the screen's pages, and what comes of it: pools, devices, settings, the display."""

import json
import os
import re
import tempfile
import unittest

from programs import ProgramTest
from screens import MINER, simulated
from terminal import Terminal


class Orders(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "rig.json")
        with open(self.file, "w", encoding="ascii") as file:
            file.write('// a comment of the owner\n{"recheck-every": 3}\n')
        self.urls = [self.pool("--profile", "nano", "--sprint-seconds", "3")[1] for _ in range(2)]
        self.terminal = Terminal(120, 40)
        self.addCleanup(self.terminal.close)
        pools = [word for url in self.urls for word in ("-o", url, "-u", "alice.rig1", "-p", "secret-word")]
        self.terminal.start(MINER, "-c", self.file, "--backend", "sim", *simulated(3), *pools)
        self.terminal.wait_for(r"\bracing\b")
        # A device that is still being opened cannot be stopped; under a sanitizer that takes a while.
        self.terminal.wait_for(lambda screen: screen.search("Simulated") and not screen.search("STARTING"), 180)

    def finish(self):
        self.terminal.type("q")
        self.terminal.wait_for(r"quit\? y/n")
        self.terminal.type("y")
        self.assertEqual(self.terminal.finish(), 0)

    def used(self, url):
        """The header's pool is this one, and we are logged in."""
        return lambda screen: url in screen.lines[1] and "logged in" in screen.lines[2]

    def row(self, url, word):
        return rf"(?m)^\s*\d+\s+{word}\s+{re.escape(url)}"

    def switch(self):
        """To the pool that is chosen; between races without a question."""
        self.terminal.type("s")
        if self.terminal.wait_for(r"leave the race for .*\? y/n|switching to").search("leave the race"):
            self.terminal.type("y")

    def test_pools_are_switched_disabled_and_enabled(self):
        first, second = self.urls
        self.terminal.wait_for(self.used(first))
        self.terminal.type("P")
        self.terminal.wait_for(self.row(second, "standby"))
        self.terminal.send("Down")
        self.switch()
        self.terminal.wait_for(self.used(second))
        self.terminal.wait_for(self.row(second, "in use"))
        self.terminal.type("d")  # the choice has moved with its pool
        self.terminal.wait_for(rf"disable {re.escape(second)}\? y/n")
        self.terminal.type("y")
        self.terminal.wait_for(self.row(second, "disabled"))
        self.terminal.wait_for(self.used(first))
        self.terminal.send("Down")
        self.terminal.type("d")
        self.terminal.wait_for("it is the last pool that can be used, and stays")
        self.terminal.send("Up")
        self.terminal.type("e")
        self.terminal.wait_for(self.row(second, "standby"))
        self.switch()
        self.terminal.wait_for(self.used(second))
        self.terminal.send("Escape")
        screen = self.terminal.wait_for(r"accepted [1-9]")
        self.assertRegex(screen.text, r"hw errors 0")
        self.finish()

    def test_settings_and_devices_are_written_and_read_again(self):
        self.terminal.type("G")
        self.terminal.wait_for("selected")
        self.terminal.send("Down")
        self.terminal.type("d")
        self.terminal.wait_for(r"pause device 1 \(.*\)\? y/n")
        self.terminal.type("y")
        self.terminal.wait_for(r"(?m)^\s*1 .*\bOFF\b")
        self.terminal.type("e")
        self.terminal.wait_for(r"resume device 1 \(.*\)\? y/n")
        self.terminal.type("n")
        self.terminal.type("S")
        lines = self.terminal.wait_for("(?m)^recheck-every ").lines
        titles = next(row for row, line in enumerate(lines) if line.startswith("setting "))
        wanted = next(row for row, line in enumerate(lines) if line.startswith("recheck-every "))
        self.terminal.send(*["Down"] * (wanted - titles - 1))
        self.terminal.wait_for(r"(?m)^recheck-every ─")
        self.terminal.send("Enter")
        self.terminal.wait_for("recheck-every: 3_")
        self.terminal.send("BSpace")
        self.terminal.type("many\n")
        self.terminal.wait_for(r"recheck-every.*many")  # refused, in one line
        self.terminal.send("Enter")
        self.terminal.wait_for("recheck-every: 3_")
        self.terminal.send("BSpace")
        self.terminal.type("7\n")
        self.terminal.wait_for("recheck-every is 7 now")
        self.terminal.type("W")
        self.terminal.wait_for(rf"write the running settings to {re.escape(self.file)}\? y/n")
        self.terminal.type("y")
        self.terminal.wait_for("written to")
        self.terminal.send("Escape")
        self.finish()
        with open(self.file, encoding="utf-8") as file:
            written = json.loads("".join(line for line in file if not line.lstrip().startswith("//")))
        self.assertEqual(written["recheck-every"], 7)
        self.assertEqual(written["devices"], ["0000:f0:00.0", "0000:f0:02.0"])
        self.assertEqual([pool["url"] for pool in written["pools"]], self.urls)
        with open(self.file + ".old", encoding="ascii") as old:
            self.assertIn("a comment of the owner", old.read())

    def test_the_display_is_changed(self):
        graph = r"(?m)^throughput .*─{5}"
        self.terminal.wait_for(graph)
        self.terminal.type("D")
        self.terminal.wait_for("on the first page")
        self.terminal.send("Enter", "Down", "Down", "Enter")
        self.terminal.wait_for(r"the graph shows\s+nonces/s")
        self.terminal.send("Escape")
        self.terminal.wait_for(lambda screen: not screen.search(graph) and screen.search("(?m)^log ─"))
        self.terminal.type("D")
        self.terminal.send("Enter", "Escape")
        self.terminal.wait_for(r"(?m)^throughput nonces/s")
        self.terminal.send("C-l")
        self.terminal.wait_for(r"(?m)^throughput nonces/s")
        self.finish()


if __name__ == "__main__":
    unittest.main()
