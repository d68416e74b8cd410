"""Many miners at once against a real pool: nothing acknowledged is lost, and answers come quickly.

Short here; with SPRINT_LONG_LOAD the figures are those that the pool is to hold on a machine of two cores, the load
generator included.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from programs import BIN, MODULES, SANITIZED, ProgramTest

SWARM = os.path.join(os.path.dirname(BIN), "tests", "sprint-swarm")
RECONCILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "load", "sprint_reconcile.py")
LONG = "SPRINT_LONG_LOAD" in os.environ


class Load(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = os.path.join(self.folder, "pool.db")
        self.log = os.path.join(self.folder, "swarm.csv")

    def start_pool(self, *arguments, address="127.0.0.1:0"):
        pool = self.start("sprintpool", "--listen", address, "--profile", "nano", "--difficulty", 1, "--lead-seconds", 1,
                          "--database", self.database, *arguments)
        return pool, "127.0.0.1:" + pool.wait_for(r"listens .*address=\S*:(\d+)").group(1)

    def swarm(self, address, *arguments, code=0):
        """Runs a swarm to its end; returns its report."""
        done = subprocess.run([SWARM, "--pool", address, "--module-dir", MODULES, "--log", self.log, "--json",
                               *map(str, arguments)], capture_output=True, text=True, timeout=900, check=False)
        self.assertIn(done.returncode, (code, 0), done.stderr[-2000:])
        return json.loads(done.stdout)

    def reconcile(self):
        done = subprocess.run([sys.executable, RECONCILE, self.log, self.database, "--json"], capture_output=True, text=True,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def end(self, pool):
        """Once all its sprints are credited."""
        self.assertEqual(pool.finish(patience=300), 0, pool.log()[-4000:])

    def memory_of(self, pool):
        with open(f"/proc/{pool.process.pid}/status", encoding="ascii") as status:
            kib = next(line.split()[1] for line in status if line.startswith("VmRSS"))
        return int(kib) * 1024

    def test_steady_load(self):
        sessions, seconds = (5000, 300) if LONG else (40 if SANITIZED else 500, 8)
        pool, address = self.start_pool("--sprint-seconds", 20 if LONG else 4, "--sprints", 18 if LONG else 6)
        report = self.swarm(address, "--sessions", sessions, "--ramp", 10 if LONG else 1, "--time", seconds,
                            "--submit-every", 3 if LONG else 1, "--wrong", 0.1 if SANITIZED else 0.02)
        self.end(pool)
        found = self.reconcile()
        print(f"{sessions} sessions, {report['acknowledged']} acknowledged: answers p50 {report['answer']['p50_ms']:.2f} ms, "
              f"p99 {report['answer']['p99_ms']:.2f} ms; start seeds p99 {report['start']['p99_ms']:.2f} ms; {found['fates']}")
        self.assertEqual((report["failed"], report["unanswered"], report["errors"]), (0, 0, {}), report)
        self.assertEqual(report["logins"], sessions)
        self.assertGreater(report["acknowledged"], sessions * (60 if LONG else 2))
        self.assertEqual(found["acknowledged"], report["acknowledged"])
        self.assertGreater(found["fates"].get("wrong", 0), 0)
        if LONG:
            self.assertLessEqual(report["answer"]["p99_ms"], 10)
            self.assertLessEqual(report["start"]["p99_ms"], 100)

    def test_a_storm_of_connections(self):
        sessions = 1000 if LONG else 40 if SANITIZED else 300
        _, address = self.start_pool("--sprint-seconds", 60)
        report = self.swarm(address, "--sessions", sessions, "--ramp", 1, "--time", 5, "--submit-every", 0)
        self.assertEqual((report["failed"], report["logins"]), (0, sessions), report)
        print(f"{sessions} connects in 1 s: p99 {report['connect']['p99_ms']:.2f} ms")

    @unittest.skipIf(SANITIZED, "a sanitizer's runtime keeps memory for itself")
    def test_idle_sessions_take_little_memory(self):
        sessions = 10_000 if LONG else 1000
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY and hard < sessions + 100:
            self.skipTest(f"{hard} descriptors are allowed here")
        pool, address = self.start_pool("--sprint-seconds", 600)
        before = self.memory_of(pool)
        with subprocess.Popen([SWARM, "--pool", address, "--module-dir", MODULES, "--json", "--sessions", str(sessions),
                               "--ramp", "10" if LONG else "1", "--time", "10" if LONG else "3", "--submit-every", "0",
                               "--quiet", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as swarm:
            time.sleep(18 if LONG else 3)
            taken = self.memory_of(pool) - before
            report = json.loads(swarm.communicate(timeout=120)[0])
        self.assertEqual((report["failed"], report["logins"]), (0, sessions), report)
        print(f"{sessions} idle sessions: {taken / 1e6:.1f} MB")
        self.assertLess(taken, 300e6 * sessions / 10_000 + 4e6)

    def test_a_pool_killed_under_load_owes_nothing(self):
        sessions = 40 if SANITIZED else 200
        options = ("--sprint-seconds", 30 if SANITIZED else 15, "--sprints", 1)
        pool, address = self.start_pool(*options)
        pool.wait_for("sprint announced")
        with subprocess.Popen([SWARM, "--pool", address, "--module-dir", MODULES, "--log", self.log, "--sessions", str(sessions),
                               "--ramp", "1", "--time", "15", "--submit-every", "0.3", "--wrong", "0.02"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as swarm:
            pool.wait_for("sprint started")
            time.sleep(12 if SANITIZED else 4)
            pool.signal(signal.SIGKILL)
            pool.finish()
            swarm.wait(timeout=120)
        pool, _ = self.start_pool(*options, address=address)
        self.end(pool)
        found = self.reconcile()
        self.assertGreater(found["acknowledged"], sessions, found)
        self.assertGreater(found["fates"]["verified"], sessions, found)


if __name__ == "__main__":
    unittest.main()
