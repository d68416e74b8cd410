"""The status pages of `sprintpool --status`: what they say agrees with the database; who may ask for what."""

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import time
import unittest

from programs import PATIENCE, SANITIZED
from statuspages import StatusTest


def samples(text):
    """Metrics by name with labels."""
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


class Status(StatusTest):
    def rows(self, query, *values):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as database:
            return database.execute(query, values).fetchall()

    def wait_until_fresh(self, done):
        """The status once it is as `done` wants it: it is up to a second old."""
        end = time.monotonic() + PATIENCE
        while True:
            status = self.status()
            if done(status) or time.monotonic() > end:
                self.assertTrue(done(status), status)
                return status
            time.sleep(0.2)

    def test_what_is_shown_is_what_is_kept(self):
        pool = self.serve("--reward", "1000", "--reward-scheme", "pplns", "--pplns-sprints", "50", "--fee-ppm", "10000")
        miner = self.mine("alice.rig", "--sprints", "4" if SANITIZED else "2", "--json")
        self.assertEqual(miner.finish(), 0, miner.log())
        mined = self.summary(miner)
        accepted = mined["shares"]["accepted"]
        self.assertGreater(accepted, 0)
        status = self.wait_until_fresh(
            lambda s: sum(each.get("credit", 0) for each in s["ended"]) == mined["credit"])

        with_shares = [each for each in status["ended"] if each["shares"]]
        self.assertTrue(with_shares)
        for each in with_shares:
            number = int(each["sprint"].split("-")[0])
            kept = self.rows("SELECT id, t0_us, t_end_us FROM sprints WHERE number = ?", number)
            self.assertEqual(kept, [(each["sprint"], each["t0"], each["t_end"])])
            states = dict(self.rows("SELECT state, COUNT(*) FROM shares WHERE sprint = ? GROUP BY state", number))
            self.assertEqual(states, {"verified": each["verified"]})
            credits = self.rows("SELECT credit FROM credits WHERE sprint = ?", number)
            self.assertEqual(sum(credit for credit, in credits), each["credit"])
            self.assertEqual(len(credits), each["accounts"])
        self.assertEqual(sum(each["verified"] for each in with_shares), accepted)
        self.assertEqual(status["reward"], {"amount": 1000, "scheme": "pplns", "window": 50, "fee_ppm": 10000})
        counted = [each for each in status["ended"] if each["state"] == "credited"][:10]
        rate = sum(each["credit"] for each in counted) * 1e9 / sum(each["t_end"] - each["t0"] for each in counted)
        self.assertLess(abs(status["rate"]["nonces_per_1000s"] - rate), 2)

        metrics = samples(self.ask("/metrics")[2].decode())
        self.assertEqual(metrics["sprintpool_shares_stored_total"], accepted)
        self.assertEqual(metrics['sprintpool_shares_decided_total{verdict="verified"}'], accepted)
        self.assertEqual(metrics["sprintpool_credited_nonces_total"], mined["credit"])
        self.assertGreaterEqual(metrics['sprintpool_submits_total{code="0",result="ok"}'], accepted)
        self.assertEqual(metrics["sprintpool_verification_seconds_count"], accepted)
        self.assertGreater(metrics["sprintpool_ack_seconds_count"], 0)
        self.assertGreater(metrics["sprintpool_received_bytes_total"], 1000)
        self.assertGreaterEqual(metrics['sprintpool_sprints_total{outcome="credited"}'], len(with_shares))

        account = json.loads(self.ask("/account/alice")[2])
        self.assertEqual({each["sprint"]: each["credit"] for each in account["earned"]},
                         {each["sprint"]: each["credit"] for each in with_shares})
        self.assertEqual(json.loads(self.ask("/account/bob")[2])["earned"], [])
        for path in ("/", "/status.json", "/metrics"):
            self.assertNotIn(b"alice", self.ask(path)[2])

        # The audit that is linked is the sprint's, and holds.
        code, head, audit = self.ask("/" + with_shares[0]["audit"])
        self.assertEqual((code, head["Content-Type"]), (200, "application/jsonl"))
        last = json.loads(audit.splitlines()[-1])
        self.assertEqual((last["total"], last["root"]), (with_shares[0]["credit"], with_shares[0]["root"]))
        with open(self.folder + "/audit", "wb") as file:
            file.write(audit)
        told = self.start_bare("sprintpool", "audit", self.folder + "/audit", "--verify-backend", "sim")
        self.assertEqual(told.finish(), 0, told.log() + told.out)

        # A restart forgets none of them.
        pool.signal(signal.SIGKILL)
        pool.finish()
        self.serve()
        again = {each["sprint"]: each for each in self.status()["ended"]}
        for each in with_shares:
            self.assertEqual(again[each["sprint"]], each)

    def test_a_miner_is_shown_while_it_is_there(self):
        self.serve("--sprint-seconds", "5")
        miners = [self.mine(login) for login in ("alice.one", "alice.two", "bob")]
        self.wait_until_fresh(lambda s: s["miners"] == {"accounts": 2, "sessions": 3, "devices": 3})
        self.wait_until_fresh(lambda s: any(each["state"] == "running" and each["shares"] for each in s["open"]))
        seen = json.loads(self.ask("/account/alice")[2])
        self.assertEqual((seen["sessions"], seen["devices"]), (2, 2))
        for miner in miners:
            miner.kill()
        self.wait_until_fresh(lambda s: s["miners"] == {"accounts": 0, "sessions": 0, "devices": 0})

    def test_one_connection_serves_many_requests(self):
        self.serve()
        connection = http.client.HTTPConnection(self.pages, timeout=60)
        connection.connect()
        own = connection.sock
        tag = self.ask("/status.css", connection=connection)[1]["ETag"]
        self.assertEqual(self.ask("/status.css", connection=connection, If_None_Match=tag)[0], 304)
        self.assertEqual(self.ask("/nothing", connection=connection)[0], 404)
        code, head, body = self.ask("/", "HEAD", connection=connection)
        self.assertEqual((code, body), (200, b""))
        self.assertGreater(int(head["Content-Length"]), 1000)
        for _ in range(20):
            self.assertEqual(self.ask("/", connection=connection)[0], 200)
        self.assertIs(connection.sock, own, "it was never closed")
        connection.close()

    def audit(self, text):
        """Puts an audit of this text where the pool keeps them; returns its path."""
        path = os.path.join(self.folder, "pool.audits", "9-0123456789ab.audit.jsonl")
        with open(path, "wb") as file:
            file.write(text)
        return path

    def test_a_long_audit_comes_in_pieces(self):
        self.serve()
        text = os.urandom(1_000_000)
        self.audit(text)
        connection = http.client.HTTPConnection(self.pages, timeout=60)
        for _ in range(2):
            code, head, body = self.ask("/audits/9-0123456789ab", connection=connection)
            self.assertEqual((code, int(head["Content-Length"])), (200, len(text)))
            self.assertTrue(body == text)
        self.assertEqual(self.ask("/audits/9-0123456789ab", If_None_Match=head["ETag"])[0], 304)
        self.audit(text[:-1])
        code, head, body = self.ask("/audits/9-0123456789ab", If_None_Match=head["ETag"])
        self.assertEqual((code, len(body)), (200, len(text) - 1), "it was replaced")
        code, head, body = self.ask("/audits/9-0123456789ab", "HEAD", connection=connection)
        self.assertEqual((code, int(head["Content-Length"]), body), (200, len(text) - 1, b""))
        connection.close()

    def test_a_file_that_becomes_shorter_ends_the_connection(self):
        self.serve()
        path = self.audit(b"")
        os.truncate(path, 1 << 30)  # more than sockets hold
        host, port = self.pages.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=60) as peer:
            peer.sendall(b"GET /audits/9-0123456789ab HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(peer.recv(1))
            os.truncate(path, 0)
            while peer.recv(1 << 20):
                pass
        self.assertEqual(self.ask("/")[0], 200)

    def test_who_asks_for_more_than_a_look_is_refused(self):
        self.serve("--http-name", "pool.example")
        for code, method, path, headers in (
                (200, "GET", "/", {"Host": "pool.example"}), (403, "GET", "/", {"Host": "evil.example"}),
                (403, "GET", "/status.json", {"Origin": "http://evil.example"}), (405, "POST", "/", {}),
                (405, "DELETE", "/status.json", {}), (413, "GET", "/", {"Content-Length": "5"}),
                (431, "GET", "/", {"X": "x" * 9000}), (404, "GET", "/audits/../pool.db", {}),
                (404, "GET", "/audits/1-0123456789ab", {})):
            got, head, _ = self.ask(path, method, **headers)
            self.assertEqual(got, code, (method, path, headers))
            self.assertEqual(head["Allow"], "GET, HEAD" if code == 405 else None)
            self.assertIn("default-src 'none'", head["Content-Security-Policy"])

    def test_the_node_s_door_is_another(self):
        self.serve("--http", "127.0.0.1:0", "--http-cookie", self.folder + "/cookie")
        call = json.dumps({"id": 1, "method": "gettime", "params": {}}).encode()
        with open(self.folder + "/cookie", encoding="ascii") as file:
            token = file.read().strip()
        connection = http.client.HTTPConnection(self.pages, timeout=60)
        connection.request("POST", "/", call, {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
        self.assertEqual(connection.getresponse().status, 405)
        connection.close()

    def test_a_peer_that_says_nothing_keeps_nobody_out(self):
        self.serve()
        host, port = self.pages.rsplit(":", 1)
        silent = [socket.create_connection((host, int(port))) for _ in range(20)]
        for each in silent[:10]:
            each.sendall(b"GET / HT")
        self.assertEqual(self.ask("/")[0], 200)
        for each in silent:
            each.close()

    def test_flags_that_do_not_fit(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for flags, says in ((("--status", "here"), "--status: 'here' is not HOST:PORT"),
                                (("--status", address), address),
                                (("--http-name", "pool.example"), "goes with --http or --status only")):
                pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "nano", *flags)
                self.assertEqual(pool.finish(), 2, pool.log())
                self.assertIn(says, pool.log())


if __name__ == "__main__":
    unittest.main()
