"""The screen and what it stands on: kinds of terminals, none at all, and every way in which it ends."""

import os
import re
import shlex
import signal
import tempfile
import unittest

from programs import PATIENCE, ProgramTest
from screens import COLOUR, ENDED, GRAPH, MINER, SOLO, MinerTest, simulated
from terminal import PROMPT, Terminal

LOG_LINE = r"(?m)^\d{4}-\d\d-\d\dT\S+ (info|warn|error|debug)"


class Looks(MinerTest):
    def test_colours(self):
        miner = self.miner(120, 40)
        miner.wait_for_main_with("racing")
        self.assertRegex(miner.coloured(), COLOUR)

    def assert_no_colours(self, *arguments, **options):
        miner = self.miner(120, 40, arguments=arguments, **options)
        miner.wait_for_main_with("racing")
        self.assertNotRegex(miner.coloured(), COLOUR)
        self.assertNotRegex(miner.recorded(seconds=1).decode(errors="replace"), COLOUR)
        self.assertEqual(miner.quit(), 0)

    def test_no_colours_when_the_environment_says_so(self):
        self.assert_no_colours(NO_COLOR="1")

    def test_no_colours_when_the_arguments_say_so(self):
        self.assert_no_colours("--no-color")

    def test_no_colours_where_there_are_none(self):
        self.assert_no_colours(term="vt100")

    def test_only_ascii_in_such_a_locale(self):
        miner = self.miner(120, 40, language="C")
        regions = miner.wait_for_main_with("racing")
        self.assertIsNotNone(regions.graph)
        self.assertTrue(regions.screen.text.isascii(), regions.screen)
        self.assertNotRegex(regions.screen.text, "q{5}|x{5}", "lines of a VT100 are no letters")
        self.assertNotIn("\x0e", miner.coloured())
        miner.type("P")
        self.assertTrue(miner.wait_for(lambda screen: not screen.search(GRAPH)).text.isascii())

    def test_other_kinds_of_terminals(self):
        for term in ("xterm-256color", "screen", "linux"):
            miner = self.miner(100, 40, term=term)
            miner.wait_for_main_with("racing")
            self.assertEqual(miner.quit(), 0)
            self.assertTrue(miner.is_normal())

    def test_larger_than_such_a_terminal_ever_was(self):
        """A VT100 has 24 rows; whoever draws by its scrolling region must not believe that of the window."""
        miner = self.miner(100, 40, term="vt100")
        for moment in ("racing", r"accepted [1-9]"):
            regions = miner.wait_for_main_with(moment)
            self.assertEqual(regions.garbled(), [], regions.screen)


class Endings(MinerTest):
    def assert_ended_well(self, miner, code=0):
        self.assertEqual(miner.finish(), code)
        miner.wait_for(rf"(?m)^{re.escape(PROMPT.rstrip())}\s*\Z")
        self.assertTrue(miner.is_normal(), miner.screen())
        self.assertRegex(miner.history(), ENDED)
        miner.type("echo usa''ble\n")
        miner.wait_for("^usable")

    def test_quit(self):
        miner = self.miner()
        miner.wait_for_main_with(r"accepted [1-9]")
        self.assertFalse(miner.is_normal())
        miner.quit()
        self.assert_ended_well(miner)
        before, _, _ = miner.history().partition(" sprints in ")
        lines = len(re.findall(LOG_LINE, before))
        self.assertTrue(1 <= lines <= 15, f"its first lines, and of those that the screen had the last ten: {before}")

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            miner = self.miner()
            miner.wait_for_main()
            miner.signal(number)
            self.assert_ended_well(miner)

    def test_control_c(self):
        miner = self.miner()
        miner.wait_for_main()
        miner.send("C-c")
        self.assert_ended_well(miner)

    def test_the_end_of_its_sprints(self):
        miner = self.miner(arguments=("--sprints", "1"))
        miner.wait_for_main()
        self.assert_ended_well(miner)

    def test_a_crash_gives_the_terminal_back(self):
        miner = self.miner()
        miner.wait_for_main()
        miner.signal(signal.SIGABRT)
        self.assertEqual(miner.finish(), 128 + signal.SIGABRT)
        miner.wait_until(miner.is_normal, "the terminal to be as it was")

    def test_a_forced_end_gives_the_terminal_back(self):
        with tempfile.NamedTemporaryFile(mode="r", suffix=".log", encoding="ascii") as log:
            miner = self.miner(devices=1, rate=100, arguments=(
                "--opt", "sim.fault=hang", "--opt", "sim.fault_after=200", "--opt", "sim.hang_ms=600000",
                "--difficulty", "1", "--log-file", log.name, "--log-level", "debug"))
            miner.wait_for_main_with(r"\baccepted \d+")
            miner.wait_until(lambda: self.hangs(log), "the device to hang", 3 * PATIENCE)

        def ended():
            if miner.alive():
                miner.signal(signal.SIGINT)
            return not miner.alive()
        miner.wait_until(ended, "the forced end")
        self.assertEqual(miner.finish(), 130)
        miner.wait_for(r"exit 130 \(interrupted twice\)")
        self.assertTrue(miner.is_normal(), miner.screen())

    @staticmethod
    def hangs(log):
        """Whether a whole sprint passed, where every nonce is a share, and none was found."""
        log.seek(0)
        found, _, after = log.read().rpartition("share found")
        return found != "" and re.search("(?s)miner: sprint started.*miner: sprint ended", after) is not None

    def test_a_terminal_that_goes_away_ends_it_cleanly(self):
        with tempfile.NamedTemporaryFile(mode="r", suffix=".log", encoding="ascii") as log:
            miner = self.miner(arguments=("--log-file", log.name), witness=True)
            miner.wait_for_main()
            miner.kill()
            miner.wait_until(lambda: miner.last_code() is not None, "the program to end by itself")
            self.assertEqual(miner.last_code(), 0)
            self.assertRegex(log.read().splitlines()[-1], "exit code=0")


class Suspending(MinerTest):
    def test_suspend_and_come_back(self):
        miner = self.miner()
        for _ in range(2):
            miner.wait_for_main()
            miner.send("C-z")
            miner.wait_for("Stopped")
            self.assertTrue(miner.is_normal(), miner.screen())
            miner.type("echo usa''ble\n")
            miner.wait_for("^usable")
            miner.type("fg\n")
        miner.wait_for_main()
        self.assertFalse(miner.is_normal())
        self.assertEqual(miner.quit(), 0)

    def test_with_a_parent_in_its_job(self):
        """As under make: whoever is in the job stops and goes on with it."""
        for parent in ("sh", "make"):
            with self.subTest(parent=parent), tempfile.NamedTemporaryFile("w", suffix=".mk") as rules:
                mine = shlex.join((MINER, *SOLO, "--sprint-seconds", "3", *simulated(2)))
                rules.write(f"run:\n\t@exec {mine}\n")
                rules.flush()
                command = ("sh", "-c", f"{mine}; exit $?") if parent == "sh" else ("make", "-s", "-f", rules.name, "run")
                terminal = Terminal(80, 25)
                self.addCleanup(terminal.close)
                terminal.start(*command)
                for _ in range(3):
                    terminal.wait_for("P pools")
                    terminal.send("C-z")
                    terminal.wait_for("Stopped")
                    terminal.type("fg\n")
                terminal.wait_for("P pools")
                terminal.type("q")
                terminal.wait_for(r"quit\? y/n")
                terminal.type("y")
                self.assertEqual(terminal.finish(), 0, terminal.screen())

    def test_in_the_background_the_log_comes_as_lines(self):
        miner = self.miner()
        miner.wait_for_main()
        miner.send("C-z")
        miner.wait_for("Stopped")
        miner.type("bg\n")
        miner.type("clear\n")
        miner.wait_for(r"info +miner: sprint started")
        miner.type("fg\n")
        miner.wait_for_main()
        self.assertEqual(miner.quit(), 0)

    def test_a_size_that_changed_meanwhile(self):
        miner = self.miner(80, 25)
        miner.wait_for_main()
        miner.send("C-z")
        miner.wait_for("Stopped")
        miner.resize(120, 40)
        miner.type("fg\n")
        self.assertIsNotNone(miner.wait_for_main().graph)

    def test_stopped_and_continued_by_others(self):
        miner = self.miner()
        miner.wait_for_main()
        miner.signal(signal.SIGSTOP)
        miner.wait_until(lambda: miner.last_code() == 128 + signal.SIGSTOP, "the shell to see it stopped")
        miner.type("fg\n")
        miner.wait_for_main()
        self.assertEqual(miner.quit(), 0)


class Lines(MinerTest):
    """Where there is no screen the log comes as lines, as ever."""

    def start(self, *arguments, redirect="", **options):
        terminal = Terminal(120, 40, **options)
        self.addCleanup(terminal.close)
        command = (MINER, *SOLO, *simulated(2), "--sprint-seconds", "2", "--sprints", "1", *arguments)
        return terminal.start("sh", "-c", f"exec {shlex.join(command)} {redirect}")

    def test_where_there_is_none(self):
        runs = {"asked for": self.start("--no-tui"),
                "JSON": self.start("--json"),
                "a terminal that can do nothing": self.start(term="dumb"),
                "an unknown kind of terminal": self.start(TERM="no-such-terminal"),
                "nothing to read from": self.start(redirect="</dev/null"),
                "a pipe": self.start(redirect="| cat"),
                "nothing to write to": self.start(redirect=">/dev/null")}
        for what, terminal in runs.items():
            with self.subTest(what):
                self.assertEqual(terminal.finish(), 0)
                shown = terminal.history()
                self.assertRegex(shown, LOG_LINE)
                self.assertRegex(shown, "sprint announced")
                self.assertNotRegex(shown, "P pools")

    def test_stderr_elsewhere_goes_on_getting_lines(self):
        terminal = self.start(redirect="2>lines")
        terminal.wait_for("P pools")
        self.assertEqual(terminal.finish(), 0)
        with open(os.path.join(terminal.folder, "lines"), encoding="ascii") as file:
            lines = file.read()
        self.assertRegex(lines, LOG_LINE)
        self.assertRegex(lines, r"sprintminer: exit 0 \(clean\)")
        self.assertNotIn("\x1b", lines)
        self.assertNotRegex(terminal.history(), LOG_LINE)

    def test_the_log_file_has_all_of_it(self):
        terminal = self.start("--log-file", "run.log")
        self.assertEqual(terminal.finish(), 0)
        with open(os.path.join(terminal.folder, "run.log"), encoding="ascii") as file:
            lines = file.read()
        for line in ("device ready", "sprint announced", "sprint started", "sprint credited", "exit code=0"):
            self.assertIn(line, lines)


class Pools(ProgramTest):
    def test_the_header_counts_those_that_stand_by(self):
        _, url = self.pool("--profile", "nano", "--sprint-seconds", "3")
        spare = ("stratum+tcp://127.0.0.1:1", "stratum+tcp://127.0.0.1:2")
        terminal = Terminal(120, 40)
        self.addCleanup(terminal.close)
        terminal.start(MINER, "--no-config", "--backend", "sim", *simulated(1), "-o", url, "-u", "alice.rig1",
                       "-o", spare[0], "-u", "alice.rig1", "-o", spare[1], "-u", "alice.rig1")
        screen = terminal.wait_for(r"\bracing\b")
        for pattern in (re.escape(url), r"alice\.rig1", r"\bno TLS\b", r"\+2 standby", r"\d+(\.\d+)? ms\b"):
            self.assertRegex(screen.text, pattern)
        terminal.type("P")
        for pool in (url, *spare):
            terminal.wait_for(re.escape(pool))
        terminal.send("Escape")
        terminal.type("q")
        terminal.wait_for(r"quit\? y/n")
        terminal.type("y")
        self.assertEqual(terminal.finish(), 0)


if __name__ == "__main__":
    unittest.main()
