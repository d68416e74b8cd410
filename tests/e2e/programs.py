"""Runs the real programs for the end-to-end tests: starts, reads, stops them, and never leaves one behind."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest

BIN = os.environ["SPRINT_BIN_DIR"]
MODULES = os.environ["SPRINT_MODULE_DIR"]
# Sanitizers slow everything down; waits are generous, and no test passes or fails by speed.
PATIENCE = 60.0
# The runtimes of sanitizers keep much of what is freed: what a program takes says nothing then.
SANITIZED = "SPRINT_SANITIZED" in os.environ
# No configuration but the test's own, and compiled kernels stay with the build. No folder can be made in /dev/null.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SPRINTMINER_")}
ENVIRONMENT.update(HOME="/dev/null/home", XDG_CONFIG_HOME="/dev/null/config", XDG_STATE_HOME="/dev/null/state",
                   XDG_CACHE_HOME=os.path.join(os.path.dirname(BIN), "cache"))


class Program:
    """A program with its output collected line by line."""

    def __init__(self, *command, stdin=subprocess.DEVNULL):
        self.command = command
        self.lines = []
        self.seen = {}
        self.arrived = threading.Condition()
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=ENVIRONMENT)
        self.out = ""
        self.readers = [threading.Thread(target=self._read_log), threading.Thread(target=self._read_out)]
        for reader in self.readers:
            reader.start()

    def _read_log(self):
        for line in self.process.stderr:
            with self.arrived:
                self.lines.append(line.rstrip("\n"))
                self.arrived.notify_all()
        with self.arrived:
            self.arrived.notify_all()

    def _read_out(self):
        self.out = self.process.stdout.read()

    def wait_for(self, pattern, patience=PATIENCE):
        """The match of the first log line, past or to come, that holds the pattern."""
        end = time.monotonic() + patience
        seen = 0
        with self.arrived:
            while True:
                for line in self.lines[seen:]:
                    match = re.search(pattern, line)
                    if match:
                        return match
                seen = len(self.lines)
                left = end - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self.readers[0].is_alive()):
                    raise AssertionError(f"{self.command}: no line with {pattern!r} in:\n" + "\n".join(self.lines))
                self.arrived.wait(min(left, 0.5))

    def wait_until_more(self, pattern, patience=PATIENCE):
        """Waits for one more line that holds the pattern than there was when this was asked before."""
        seen = self.seen.get(pattern, 0)
        end = time.monotonic() + patience
        while self.count(pattern) <= seen:
            if time.monotonic() > end or (self.process.poll() is not None and not self.readers[0].is_alive()):
                raise AssertionError(f"{self.command}: no more {pattern!r} in:\n" + self.log())
            time.sleep(0.05)
        self.seen[pattern] = self.count(pattern)

    def count(self, pattern):
        with self.arrived:
            return sum(1 for line in self.lines if re.search(pattern, line))

    def wait_until_silent(self, pattern, quiet=5.0, patience=PATIENCE):
        """Waits for a line that holds the pattern, and on until no more has come for `quiet` seconds."""
        self.wait_for(pattern)
        seen, since = self.count(pattern), time.monotonic()
        end = since + patience
        while time.monotonic() - since < quiet:
            if time.monotonic() > end:
                raise AssertionError(f"{self.command}: {pattern!r} goes on and on:\n" + self.log())
            time.sleep(0.05)
            if self.count(pattern) != seen:
                seen, since = self.count(pattern), time.monotonic()

    def signal_until_it_ends(self, number, patience=PATIENCE):
        """Sends a signal again and again, as a person does to whom nothing seems to happen."""
        end = time.monotonic() + patience
        while self.process.poll() is None and time.monotonic() < end:
            self.signal(number)
            time.sleep(0.2)

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def finish(self, patience=PATIENCE):
        """Waits for the end; returns the exit code."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.command} did not end; it said:\n" + "\n".join(self.lines)) from None
        for reader in self.readers:
            reader.join()
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def log(self):
        with self.arrived:
            return "\n".join(self.lines)


class ProgramTest(unittest.TestCase):
    """A test that starts programs; those still running at its end are killed."""

    def start(self, name, *arguments, stdin=subprocess.DEVNULL, inside=()):
        """Starts a program; `inside` stands in front of its command."""
        # Nothing is left behind, and nothing found, but where a test says so.
        if name == "sprintpool" and "--database" not in arguments:
            arguments += ("--database", "none")
        if name == "sprintminer" and "-o" in arguments and "--spool" not in arguments:
            arguments += ("--spool", "none")
        return self.start_bare(name, *arguments, stdin=stdin, inside=inside)

    def start_bare(self, name, *arguments, stdin=subprocess.DEVNULL, inside=()):
        """The same with no flag but those given: for commands that take no others."""
        program = Program(*inside, os.path.join(BIN, name), *map(str, arguments), stdin=stdin)
        self.addCleanup(program.kill)
        return program

    def miner(self, *arguments):
        return self.start("sprintminer", *arguments)

    def pool(self, *arguments):
        """A pool on a free port; returns it and its URL."""
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", *arguments)
        port = pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)
        return pool, f"stratum+tcp://127.0.0.1:{port}"

    def run_to_end(self, *arguments, code=0):
        """Runs the miner to its end and returns it, after a look at its exit code."""
        program = self.miner(*arguments)
        self.assertEqual(program.finish(), code, program.log())
        return program

    def summary(self, program):
        """The JSON line a program ended with."""
        lines = program.out.strip().splitlines()
        self.assertEqual(len(lines), 1, program.out + program.log())
        return json.loads(lines[0])

    def assert_adds_up(self, summary, log):
        """What must hold of every run's counters."""
        shares = summary["shares"]
        self.assertEqual(set(shares), {"pending", "accepted", "rejected", "stale", "duplicate", "hardware_error",
                                       "withdrawn", "lost"})
        self.assertTrue(all(count >= 0 for count in shares.values()), log)
        self.assertLessEqual(sum(shares.values()), summary["nonces"], log)
        if shares["accepted"]:
            self.assertGreaterEqual(summary["credit"], shares["accepted"], log)
