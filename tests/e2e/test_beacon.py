"""Sprints that start by values which nobody knows before: from a file, and from drand's HTTP API."""

import glob
import hashlib
import http.server
import json
import os
import re
import signal
import tempfile
import threading
import time
import unittest

from programs import ProgramTest

PERIOD = 1
# A device must be there for the first of so few sprints.
SPRINTS = ("--profile", "nano", "--sprint-seconds", "3", "--lead-seconds", "10", "--json")


class Drand(http.server.BaseHTTPRequestHandler):
    """drand's API with a chain of its own: round r is published at genesis + r - 1."""

    genesis = int(time.time()) - 1000

    @staticmethod
    def signature(number):
        return hashlib.sha256(b"signature of round %d" % number).digest()

    @classmethod
    def randomness(cls, number):
        return hashlib.sha256(cls.signature(number)).hexdigest()

    def do_GET(self):
        match = re.fullmatch(r"/chain/public/([1-9][0-9]*)", self.path)
        if self.path == "/chain/info":
            self.say(200, {"period": PERIOD, "genesis_time": self.genesis, "hash": "ab" * 32})
        elif not match:
            self.say(404, {})
        elif time.time() < self.genesis + (int(match[1]) - 1) * PERIOD:
            self.say(425, {})
        else:
            number = int(match[1])
            self.say(200, {"round": number, "randomness": self.randomness(number),
                           "signature": self.signature(number).hex()})

    def say(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Beacons(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.values = os.path.join(folder.name, "values")
        self.audits = os.path.join(folder.name, "audits")
        self.cookie = os.path.join(folder.name, "cookie")
        self.script = os.path.join(folder.name, "beacon.sh")

    def mine(self, url):
        return self.miner("-o", url, "-u", "alice.rig", "-d", "sim:0", "--json")

    def drand(self):
        """The URL of a chain."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Drand)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/chain"

    def end(self, miner):
        """The summary of a miner that is stopped."""
        miner.signal(signal.SIGTERM)
        self.assertEqual(miner.finish(), 0, miner.log())
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        return summary

    def test_a_file_starts_a_sprint_when_its_value_is_there(self):
        pool, url = self.pool(*SPRINTS, "--beacon", f"file:{self.values}", "--beacon-name", "test:{n}",
                              "--sprints", "2", "--http", "127.0.0.1:0", "--http-cookie", self.cookie)
        address = pool.wait_for(r"listens .*address=(\S+) http=").group(1)
        miner = self.mine(url)
        guest = self.miner("-o", "http://" + address, "-u", "bob.rig", "-d", "sim:0", "--json", "--node-cookie", self.cookie)
        in_s = float(pool.wait_for(r"sprint announced .*beacon=test:1 .*starts=\"in ([0-9.]+) s\"").group(1))
        miner.wait_for(r"miner: sprint announced .*beacon=test:1 may_start_early=false")
        time.sleep(in_s + 0.5)
        self.assertEqual(pool.count("sprint started"), 0, "T0 is past, the value is not there")
        with open(self.values, "w", encoding="ascii") as values:
            values.write("test:1 c0ffee\n")
        self.assertGreater(float(pool.wait_for(r"beacon came .*value=c0ffee after_s=([0-9.]+)").group(1)), 0)
        pool.wait_for("sprint started")
        for each in (miner, guest):
            each.wait_for(r"miner: sprint started .*beacon=c0ffee")
            each.wait_for("miner: sprint credited")
        pool.wait_for(r"sprint cancelled .*reason=\"its beacon did not come\"")
        miner.wait_for(r"sprint cancelled .*reason=\"its beacon did not come\"")
        self.assertEqual(pool.finish(), 0, pool.log())
        mined, as_guest, served = self.end(miner), self.end(guest), json.loads(pool.out)
        self.assertGreater(mined["credit"], 0, miner.log())
        self.assertGreater(as_guest["credit"], 0, guest.log())
        self.assertEqual(mined["credit"] + as_guest["credit"], served["credit"], pool.log())
        self.assertEqual(served["sprints"], 1, pool.log())

    def test_a_command_is_asked_again_until_it_has_the_value(self):
        with open(self.script, "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\n[ -e {self.values} ] && echo "$1-$2" && exit\n'
                         f'touch {self.values}\necho not yet >&2\nexit 1\n')
        os.chmod(self.script, 0o700)
        # Whoever starts the pool may ignore the ends of children.
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "nano", "--sprint-seconds", "2",
                          "--lead-seconds", "5", "--sprints", "1", "--beacon", f"command:{self.script}",
                          "--beacon-name", "x:{t}:{n}", inside=("env", "--ignore-signal=CHLD"))
        self.assertEqual(pool.finish(), 0, pool.log())
        told = re.search(r"beacon came .*beacon=x:(\d+):1 value=x:(\d+):1-(\d+) after_s=([0-9.]+)", pool.log())
        self.assertTrue(told, pool.log())
        self.assertEqual(len(set(told.groups()[:3])), 1, "one time in all")
        self.assertGreater(float(told[4]), 0.9, "it was not there when it was asked first")

    def test_drand_starts_sprints_and_their_audits_pass(self):
        pool, url = self.pool(*SPRINTS, "--beacon", self.drand(), "--sprints", "2", "--audit-dir", self.audits)
        miner = self.mine(url)
        self.assertEqual(pool.finish(), 0, pool.log())
        self.assertGreater(self.end(miner)["credit"], 0, miner.log())
        files = glob.glob(os.path.join(self.audits, "*.audit.jsonl"))
        self.assertTrue(files, pool.log())
        for file in files:
            with open(file, encoding="utf-8") as audit:
                header = json.loads(audit.readline())
            number = int(re.fullmatch(r"drand:(?:ab){32}:(\d+)", header["beacon"])[1])
            self.assertEqual(header["drawn"], Drand.randomness(number))
            published = Drand.genesis + (number - 1) * PERIOD
            self.assertLessEqual(published * 1_000_000, header["t0"], "it started when the round was there")
            told = self.start_bare("sprintpool", "audit", file, "--json", "--verify-backend", "reference")
            self.assertEqual(told.finish(), 0, told.log() + told.out)
            self.assertEqual(json.loads(told.out)["outcome"], "ok", told.out)


if __name__ == "__main__":
    unittest.main()
