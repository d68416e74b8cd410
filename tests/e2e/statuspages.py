"""A pool with its status pages and a miner, for the tests of those pages."""

import http.client
import json
import os
import tempfile

from programs import ProgramTest

SPRINTS = ("--profile", "nano", "--sprint-seconds", "3", "--lead-seconds", "1", "--difficulty", "15")


class StatusTest(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = os.path.join(self.folder, "pool.db")

    def serve(self, *arguments, sprints=SPRINTS):
        """A pool; returns it. Where miners and where browsers go is kept."""
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--status", "127.0.0.1:0", "--database", self.database,
                          *sprints, *arguments)
        self.url = "stratum+tcp://" + pool.wait_for(r"pool: listens .*address=(\S+)").group(1)
        self.pages = pool.wait_for(r"shows its status address=(\S+)").group(1)
        return pool

    def mine(self, account="alice.rig", *arguments):
        return self.miner("-o", self.url, "-u", account, "-d", "sim:0", "--opt", "sim.rate=300", *arguments)

    def ask(self, path, method="GET", connection=None, **headers):
        """An answer: status, head, body."""
        own = connection or http.client.HTTPConnection(self.pages, timeout=60)
        own.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = own.getresponse()
        body = answer.read()
        if connection is None:
            own.close()
        return answer.status, answer.headers, body

    def status(self):
        code, _, body = self.ask("/status.json")
        self.assertEqual(code, 200)
        return json.loads(body)
