"""`sprintpool init`, then a pool by what it wrote, and a miner that trusts nothing but its certificate."""

import json
import os
import stat
import tempfile
import unittest

from programs import ProgramTest

SPRINTS = ("--profile", "nano", "--sprint-seconds", "2", "--lead-seconds", "10", "--sprints", "1", "--json")


class Init(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "new", "pool")

    def init(self, *arguments, code=0):
        program = self.start_bare("sprintpool", "init", self.folder, *arguments)
        self.assertEqual(program.finish(), code, program.log())
        return program

    def content(self):
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_a_pool_and_a_miner_by_what_it_wrote(self):
        self.init("--name", "trial pool", "--host", "pool.example")
        config, certificate = (os.path.join(self.folder, name) for name in ("config.json", "certificate.pem"))
        pool = self.start("sprintpool", "-c", config, "--listen", "none", "--listen-tls", "127.0.0.1:0", "--status", "127.0.0.1:0",
                          *SPRINTS)
        port = pool.wait_for(r'listens name="trial pool" address=\S*:(\d+) tls=true').group(1)
        miner = self.run_to_end("-o", f"stratum+ssl://localhost:{port}", "-u", "alice.rig", "--tls-ca", certificate,
                                "--sprints", "1", "--json")
        mined = self.summary(miner)
        self.assertEqual(pool.finish(), 0, pool.log())
        self.assertGreater(mined["shares"]["accepted"], 0, miner.log())
        self.assertEqual(mined["credit"], json.loads(pool.out)["credit"], pool.log())
        pool.wait_for("configuration read file=" + config)
        pool.wait_for("shows its status address=127.0.0.1:")

    def test_it_overwrites_nothing(self):
        self.init()
        before = self.content()
        self.assertEqual(sorted(before), ["certificate.pem", "config.json", "key.pem"])
        again = self.init(code=2)
        again.wait_for("config.json is there already: nothing was written")
        os.remove(os.path.join(self.folder, "config.json"))
        self.init(code=2).wait_for("certificate.pem is there already")
        del before["config.json"]
        self.assertEqual(self.content(), before)

    def test_the_key_is_for_its_user_alone(self):
        self.init()
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, "key.pem")).st_mode), 0o600)

    def test_what_cannot_be_is_said_before_anything_is_written(self):
        self.init("--host", "a b", code=2).wait_for("'a b' is no host name and no address")
        self.init("--name", "\x1b[31m", code=2).wait_for("--name: ")
        self.assertFalse(os.path.exists(self.folder))


if __name__ == "__main__":
    unittest.main()
