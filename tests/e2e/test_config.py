"""The configuration file with the real program: broken ones, and changes while it mines."""

import json
import os
import re
import signal
import tempfile
import unittest

from programs import ProgramTest

POOL = {"url": "stratum+tcp://127.0.0.1:1", "user": "alice"}


class ConfigTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "config.json")

    def write(self, content, name="config.json"):
        """Writes a file of the test's folder; anything but text as JSON."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        os.chmod(path, 0o600)
        return path

    def rename_over(self, content):
        os.rename(self.write(content, "beside.json"), self.path)


class DryRun(ConfigTest):
    def refused(self, content, says, *arguments, code=2):
        self.write(content)
        miner = self.miner("-c", self.path, "--dry-run", *arguments)
        self.assertEqual(miner.finish(), code, miner.log())
        self.assertEqual(miner.out, "")
        self.assertEqual(len(miner.lines), 1, miner.log())
        self.assertRegex(miner.lines[0], rf"^sprintminer: exit {code} .*" + re.escape(says))

    def test_broken_configurations_are_one_line_with_the_place(self):
        at = self.path
        self.refused("", f"{at}:1:1: The document is empty")
        self.refused('{\n  "solo": true\n  "sprints": 3\n}', f"{at}:3:3: Missing a comma or '}}'")
        self.refused('{\n  "solo": true,\n  "sprnts": 3\n}',
                     f"{at}:3:3: unknown key 'sprnts'; did you mean sprints?")
        self.refused('{"solo": true, "sprint-seconds": 601}',
                     f"{at}:1:34: sprint-seconds: '601' is not a whole number in 2..600")
        self.refused('{"solo": true, "sprints": "3"}', f"{at}:1:27: sprints: a number is wanted, not a text")
        self.refused('{"solo": "yes"}', f"{at}:1:10: solo: true or false is wanted, not a text")
        self.refused('{"solo": true,\n "solo": true}', f"{at}:2:2: 'solo' is there twice, first at 1:2")
        self.refused('{"pools": [{"url": "ftp://127.0.0.1:1", "user": "a"}]}', f"{at}:1:20: url: pool ")
        self.refused('{"pools": [{"url": "stratum+tcp://127.0.0.1:1"}]}', f"{at}:1:20: pool ")
        self.refused({"pools": [POOL]}, f"pools ({at}:1:20) and --solo exclude each other", "--solo")
        self.refused({"pools": [POOL], "difficulty": 5}, "goes with --solo only")
        self.refused("{}", "nothing to mine")

    def test_what_only_a_backend_knows_is_refused_too(self):
        at = self.path
        self.refused('{"solo": true, "opt": {"sim.colour": 3}}',
                     f"{at}:1:38: opt sim.colour=3: sim has no such option")
        self.refused('{"solo": true, "opt": {"sim.rate": "fast"}}',
                     f"{at}:1:36: sim: option rate: 'fast' is not a whole number in")
        self.refused('{"solo": true, "opt": ["smi.rate=3"]}', "did you mean sim?")
        self.refused('{"solo": true, "devices": ["gpu"]}',
                     f"{at}:1:28: device 'gpu' is neither a number")
        self.refused('{"solo": true, "profile": "128,8192,32768"}', "its weights take")
        self.refused('{"solo": true, "devices": ["cpu:7"]}', f"{at}:1:28: device 'cpu:7' is not here", code=3)

    def test_processors_that_are_not_here_are_refused(self):
        for affinity, why in (("0,,", "is no processor"), ("65000", "processor 65000 does not exist here")):
            self.refused({"solo": True, "opt": {"cpu.affinity": affinity}}, why, "-d", "cpu:0")

    def test_a_broken_file_can_be_written_anew(self):
        self.write("{")
        program = self.start("sprintminer", "config", "init", "--force", self.path)
        self.assertEqual(program.finish(), 0, program.log())

    def test_files_that_cannot_be_read(self):
        for path, says in ((self.folder, "it is a folder, not a file"),
                           (os.path.join(self.folder, "none.json"), "No such file or directory")):
            miner = self.miner("-c", path, "--dry-run")
            self.assertEqual(miner.finish(), 2, miner.log())
            self.assertEqual(len(miner.lines), 1, miner.log())
            self.assertIn(f"configuration {path}: {says}", miner.lines[0])

    def test_a_good_one_shows_every_value_with_its_source(self):
        self.write({"solo": True, "sprints": 3, "opt": {"sim.devices": 2}, "backend": "sim"})
        miner = self.miner("-c", self.path, "--dry-run", "--sprints", "5")
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertRegex(miner.out, rf"(?m)^solo +true +{re.escape(self.path)}:1:10$")
        self.assertRegex(miner.out, r"(?m)^sprints +5 +flag --sprints$")
        self.assertRegex(miner.out, r"(?m)^json +false +default$")
        self.assertRegex(miner.lines[-1], "would mine on sim:0, sim:1 for a pool inside the program")

    def test_a_dry_run_tries_the_log_file_and_makes_none(self):
        log = os.path.join(self.folder, "miner.log")
        miner = self.miner("--no-config", "--solo", "--dry-run", "-d", "cpu:0", "-l", log)
        self.assertEqual(miner.finish(), 0, miner.log())
        self.assertFalse(os.path.exists(log))
        miner = self.miner("--no-config", "--solo", "--dry-run", "-d", "cpu:0", "-l", log + ".d/x")
        self.assertEqual(miner.finish(), 2, miner.log())
        self.assertRegex(miner.lines[-1], r"log file '.*\.d/x' cannot be written")

    def test_what_init_writes_reads_back(self):
        written = self.start("sprintminer", "config", "init", self.path)
        self.assertEqual(written.finish(), 0, written.log())
        miner = self.miner("-c", self.path, "--solo", "--dry-run", "--json")
        self.assertEqual(miner.finish(), 0, miner.log())
        sources = {line["key"]: line["source"] for line in json.loads(miner.out)["settings"]}
        self.assertEqual(sources.pop("solo"), "flag")
        self.assertEqual(sources.pop("json"), "flag")
        self.assertEqual(set(sources.values()), {"default"})


class Reload(ConfigTest):
    """A miner whose file changes while it mines."""

    def started(self, *pools, **more):
        self.write(self.content(*pools, **more))
        miner = self.miner("-c", self.path, "--json")
        miner.wait_for(r"sprint started ")
        return miner

    @staticmethod
    def content(*pools, **more):
        return {"pools": [{"url": url, "user": "alice.rig"} for url in pools], **more}

    def new_pool(self):
        return self.pool("--profile", "nano", "--sprint-seconds", "3", "--lead-seconds", "1")

    def ended(self, miner):
        miner.signal()
        self.assertEqual(miner.finish(), 0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertEqual(summary["shares"]["rejected"], 0, miner.log())
        return summary

    def test_a_pool_that_is_taken_out_is_left_for_the_one_put_in(self):
        _, first = self.new_pool()
        _, second = self.new_pool()
        miner = self.started(first)
        self.rename_over(self.content(second))
        miner.wait_for(r"config: setting changed setting=pools ")
        miner.wait_for("pool not listed any more pool=" + re.escape(first))
        miner.wait_for("connecting pool=" + re.escape(second))
        miner.wait_for(r"sprint credited ")
        self.assertGreater(self.ended(miner)["shares"]["accepted"], 0, miner.log())
        self.assertEqual(miner.count("connecting pool=" + re.escape(first)), 1, miner.log())

    def test_the_connection_stays_while_its_pool_is_listed(self):
        pool, first = self.new_pool()
        _, second = self.new_pool()
        miner = self.started(first)
        self.write(self.content(second, first, **{"recheck-every": 1, "verbose": True, "sprints": 100}))
        miner.wait_for(r"config: setting changed setting=pools ")
        miner.wait_for(r"config: setting changed setting=recheck-every ")
        miner.wait_for(r"config: setting changed setting=verbose ")
        miner.wait_for(r"config: setting takes effect at the next start setting=sprints ")
        miner.wait_for(r"sprint credited ")
        self.ended(miner)
        self.assertEqual(miner.count("connecting pool="), 1, miner.log() + pool.log())

    def test_how_to_connect_counts_from_the_next_connection_on(self):
        _, url = self.new_pool()
        bare = url.removeprefix("stratum+tcp://")
        self.write(self.content(bare))
        miner = self.miner("-c", self.path, "--json")
        miner.wait_for("the pool does not speak TLS on this port")
        self.rename_over(self.content(bare, **{"allow-plaintext": True}))
        miner.wait_for(r"config: setting changed setting=allow-plaintext ")
        miner.wait_for(r"not encrypted, as --allow-plaintext allows")
        miner.wait_for(r"sprint credited ")
        self.ended(miner)

    def test_a_broken_file_is_one_warning_and_mining_goes_on(self):
        _, first = self.new_pool()
        miner = self.started(first)
        self.write('{\n  "pools": [\n    {"url": 1}\n]}')
        miner.wait_for("the settings stay .*" + re.escape(self.path) + ":3:13: url: a text is wanted, not a number")
        self.rename_over("{")
        miner.wait_for("the settings stay .*" + re.escape(self.path) + ":1:2: ")
        self.rename_over(self.content(first))
        miner.wait_for(r"read again, no setting changed")
        miner.signal(signal.SIGHUP)
        miner.wait_for(r"config: nothing new ")
        miner.wait_for(r"sprint credited ")
        self.ended(miner)
        self.assertEqual(miner.count("the settings stay as they are"), 2, miner.log())
        self.assertEqual(miner.count("connecting pool="), 1, miner.log())


if __name__ == "__main__":
    unittest.main()
