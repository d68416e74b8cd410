"""The log of the real programs: lines that parse, files that are kept, and what is not in them."""

import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import time
import unittest

from fake_pool import FakePool, announcement
from programs import BIN, PATIENCE, ProgramTest

SOLO = ("--solo", "--profile", "nano", "--sprint-seconds", "2")
WALLET = "4AbCdEfGhIjKlMnOpQrStUvWxYz0123456789xYzW"
PASSWORD = "correct-horse-battery"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$"


class LogTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(folder.name, "run.log")

    def lines(self, path=None):
        with open(path or self.file, encoding="ascii") as file:
            return file.read().splitlines()

    def records(self, lines):
        """The lines as JSON, after a look at what each must have."""
        records = [json.loads(line) for line in lines]
        for record in records:
            self.assertEqual(list(record)[:4], ["time", "level", "part", "message"], record)
            self.assertRegex(record["time"], TIME)
            self.assertIn(record["level"], ("debug", "info", "warn", "error"))
        return records

    def wait_until(self, condition, program):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, program.log())
            time.sleep(0.01)


class Json(LogTest):
    def test_every_line_of_the_miner_and_its_pool_parses(self):
        miner = self.run_to_end(*SOLO, "--sprints", "1", "--json", "--log-format", "json", "-v", "-l", self.file)
        self.assertRegex(miner.lines[-1], r"^sprintminer: exit 0 \(clean\)")
        records = self.records(self.lines())
        self.assertEqual(self.records(miner.lines[:-1]), records[:-1])
        self.assertEqual({key: records[-1][key] for key in ("message", "code", "reason")},
                         {"message": "exit", "code": 0, "reason": "1 sprints done"})
        ended = next(r for r in records if (r["part"], r["message"]) == ("miner", "sprint ended"))
        self.assertEqual([type(ended[key]) for key in ("sprint", "nonces", "shares")], [str, int, int])
        self.assertIn("debug", {record["level"] for record in records})

    def test_every_line_of_the_pool_parses(self):
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "nano", "--sprint-seconds", "2",
                          "--lead-seconds", "1", "--sprints", "1", "--log-format", "json", "-l", self.file)
        self.assertEqual(pool.finish(), 0, pool.log())
        records = self.records(self.lines())
        self.assertEqual(self.records(pool.lines[:-1]), records[:-1])
        self.assertEqual([r["message"] for r in records[:2]], ["making weights to try whether they fit", "listens"])
        self.assertEqual(records[-1]["message"], "exit")

    def test_what_a_pool_says_stays_on_its_line(self):
        said = "\n{\"level\":\"error\"}\r\u001b[2J\u009b31m\u2028"
        pool = FakePool([{"id": None, "method": "client.show_message", "params": [said]},
                         announcement(sprint="good")])
        self.addCleanup(pool.close)
        miner = self.miner("-o", pool.url, "-u", "alice", "-d", "sim:0", "--log-format", "json")
        miner.wait_for("sprint announced")
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())
        spoken = [r for r in self.records(miner.lines[:-1]) if r["message"] == "the pool says"]
        self.assertEqual(len(spoken), 1, miner.log())
        self.assertEqual(miner.count("[^ -~]"), 0, miner.log())


class Redaction(LogTest):
    def log_in(self, *arguments, refuse=False):
        """All that a miner with a long wallet shows while it logs in; what the pool got."""
        pool = FakePool([announcement(sprint="good", identity=WALLET)], refuse_login=refuse,
                        refusal=f"{WALLET} has another password than {PASSWORD}")
        self.addCleanup(pool.close)
        miner = self.miner("-o", pool.url, "-u", WALLET + ".rig1", "-p", PASSWORD, "-d", "sim:0",
                           "-l", self.file, *arguments)
        if not refuse:
            miner.wait_for("sprint announced")
            miner.signal()
        miner.finish()
        authorized = [r["params"] for r in pool.received if r["method"] == "mining.authorize"]
        self.assertEqual(authorized[0][:2], [WALLET + ".rig1", PASSWORD], miner.log())
        return miner.log() + "\n".join(self.lines()) + miner.out

    def test_neither_wallet_nor_password_is_in_an_info_log(self):
        for log_format in ("text", "json"):
            shown = self.log_in("--log-format", log_format, refuse=True)
            self.assertNotIn(WALLET, shown)
            self.assertNotIn(PASSWORD, shown)
            self.assertIn("4AbC..xYzW.rig1", shown)
            self.assertIn("4AbC..xYzW has another password than ..", shown)
            shown = self.log_in("--log-format", log_format)
            self.assertNotIn(WALLET, shown)
            self.assertNotIn(PASSWORD, shown)

    def test_the_wallet_is_whole_at_debug_and_the_password_nowhere(self):
        shown = self.log_in("--log-level", "debug")
        self.assertRegex(shown, f"debug net: login .*account={WALLET}.rig1")
        self.assertNotIn(PASSWORD, shown)

    def test_a_pool_with_a_password_in_its_address_is_refused_without_it(self):
        miner = self.miner("-o", f"stratum+tcp://alice:{PASSWORD}@127.0.0.1:1", "-u", "alice")
        self.assertEqual(miner.finish(), 2, miner.log())
        self.assertNotIn(PASSWORD, miner.log())


class Files(LogTest):
    def test_one_that_cannot_be_written_is_one_line_before_mining(self):
        path = os.path.join(self.folder, "missing", "run.log")
        for program in (self.miner(*SOLO, "-l", path), self.start("sprintpool", "-l", path)):
            self.assertEqual(program.finish(), 2, program.log())
            self.assertEqual(len(program.lines), 1, program.log())
            self.assertRegex(program.lines[0], f"exit 2 .*{re.escape(path)}.* No such file or directory")
        self.assertFalse(os.path.exists(os.path.dirname(path)))

    def test_a_full_disk_is_told_once_and_costs_the_file_only(self):
        miner = self.run_to_end(*SOLO, "--sprints", "1", "--json", "-l", "/dev/full")
        self.assertGreater(self.summary(miner)["shares"]["accepted"], 0, miner.log())
        self.assertEqual(miner.count("No space left on device"), 1, miner.log())

    def test_a_hangup_opens_the_file_anew_and_ends_nothing(self):
        miner = self.miner("--solo", "--profile", "nano", "--sprint-seconds", "600", "-d", "sim:0", "-l", self.file)
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "nano", "--gap-seconds", "600",
                          "-l", self.file + ".pool")
        for program, path in ((miner, self.file), (pool, self.file + ".pool")):
            program.wait_for("sprint announced")
            os.rename(path, path + ".moved")
            program.signal(signal.SIGHUP)
            self.wait_until(lambda path=path: os.path.exists(path), program)
            program.signal(signal.SIGTERM)
            self.assertEqual(program.finish(), 0, program.log())
            moved, fresh = self.lines(path + ".moved"), self.lines(path)
            self.assertEqual((moved + fresh)[:-1], program.lines[:-1], "no line is lost")
            self.assertIn("exit code=0", fresh[-1])


class Terminals(LogTest):
    def on_terminal(self, *arguments, **environment):
        """All that a short run writes to a terminal that is its stderr."""
        ours, theirs = pty.openpty()
        changed = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        changed.update({"TERM": "xterm", **environment})
        process = subprocess.Popen([os.path.join(BIN, "sprintminer"), *SOLO, "--sprints", "1", *arguments],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env=changed)
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # how a terminal says that nobody writes to it any more
            pass
        os.close(ours)
        self.assertEqual(process.wait(PATIENCE), 0, shown)
        return shown

    def test_colours_are_for_terminals_that_are_not_told_otherwise(self):
        self.assertIn(b"\x1b[32minfo", self.on_terminal())
        self.assertNotIn(b"\x1b", self.on_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\x1b", self.on_terminal(TERM="dumb"))
        self.assertNotIn(b"\x1b", self.on_terminal("--no-color"))


if __name__ == "__main__":
    unittest.main()
