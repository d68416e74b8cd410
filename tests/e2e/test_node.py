"""A miner that races by HTTP JSON-RPC, against our pool as a node."""

import http.server
import os
import select
import signal
import socket
import ssl
import stat
import tempfile
import threading
import time
import unittest

from certificates import Certificates
from programs import SANITIZED, ProgramTest

FAST = ("-d", "sim:0", "--opt", "sim.rate=300")
RACE = ("--profile", "nano", "--difficulty", 15, "--lead-seconds", 1)


class BusyNode(http.server.ThreadingHTTPServer):
    """Answers every call with 503, and when to come back."""

    def __init__(self, retry_after):
        self.calls = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(503)
                self.send_header("Retry-After", str(retry_after))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        threading.Thread(target=self.serve_forever, daemon=True).start()


class TlsFront:
    """What a reverse proxy is to a node: TLS outside, plain text to its port; `heard` is what came inside TLS."""

    def __init__(self, certificate, address):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        host, _, port = address.rpartition(":")
        self.to = (host, int(port))
        self.heard = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection):
        """Both ways on one thread, since a TLS socket of Python's is not to be used by two."""
        try:
            with self.context.wrap_socket(connection, server_side=True) as outside, \
                    socket.create_connection(self.to) as inside:
                while self._carry_some(outside, inside):
                    pass
        except OSError:  # an alert, a reset: the miner would not go on
            pass

    def _carry_some(self, outside, inside):
        ready = [outside] if outside.pending() else select.select([outside, inside], [], [])[0]
        for end in ready:
            some = end.recv(65536)
            if not some:
                return False
            if end is outside:
                self.heard += some
                inside.sendall(some)
            else:
                outside.sendall(some)
        return True


class Node(ProgramTest):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.cookie = os.path.join(self.folder, "node.cookie")

    def node(self, *arguments, address="127.0.0.1:0"):
        """A pool that listens by HTTP alone; returns it and where."""
        pool = self.start("sprintpool", "--listen", "none", "--http", address, "--http-cookie", self.cookie, *RACE, *arguments)
        return pool, pool.wait_for(r"listens .*address=(\S+) http=").group(1)

    def mine(self, address, *arguments):
        return self.miner("-o", "http://" + address, "-u", "alice.rig", *FAST, "--json", *arguments)

    def test_shares_are_credited(self):
        pool, address = self.node("--sprint-seconds", 3, "--json")
        self.assertEqual(stat.S_IMODE(os.stat(self.cookie).st_mode), 0o600)
        miner = self.mine(address, "--node-cookie", self.cookie, "--sprints", 5 if SANITIZED else 2)
        self.assertEqual(miner.finish(), 0, miner.log())
        mined = self.summary(miner)
        self.assert_adds_up(mined, miner.log())
        self.assertGreater(mined["shares"]["accepted"], 10, miner.log())
        self.assertEqual(sum(mined["shares"].values()), mined["shares"]["accepted"] + mined["shares"]["stale"], miner.log())
        pool.signal(signal.SIGTERM)
        self.assertEqual(pool.finish(), 0, pool.log())
        stored = self.summary(pool)
        self.assertEqual((stored["wrong"], stored["withdrawn"]), (0, 0))
        self.assertGreaterEqual(stored["verified"], mined["shares"]["accepted"])
        self.assertFalse(os.path.exists(self.cookie), "it goes with the pool")

    def test_a_pool_that_is_killed_in_mid_sprint_loses_nothing(self):
        database = ("--database", os.path.join(self.folder, "pool.db"))
        pool, address = self.node("--sprint-seconds", 7, *database)
        miner = self.mine(address, "--node-cookie", self.cookie, "--sprints", 1, "--spool", os.path.join(self.folder, "spool"),
                          "--log-level", "debug")
        miner.wait_for("share found")
        pool.signal(signal.SIGKILL)
        pool.finish()
        miner.wait_for("connection lost")
        pool, _ = self.node("--sprint-seconds", 7, "--json", *database, address=address)
        self.assertEqual(miner.finish(), 0, miner.log())
        mined = self.summary(miner)
        self.assert_adds_up(mined, miner.log())
        self.assertGreater(mined["shares"]["accepted"], 0, miner.log())
        for fate in ("lost", "rejected", "duplicate", "pending"):
            self.assertEqual(mined["shares"][fate], 0, miner.log())
        self.assertEqual(miner.count("login refused"), 0, miner.log())

    def test_a_token_that_is_refused_is_never_sent_again(self):
        pool, address = self.node("--log-level", "debug")
        miner = self.mine(address, "-p", "not-the-token")
        self.assertNotEqual(miner.finish(), 0)
        self.assertRegex(miner.log(), r"login refused.*HTTP 401")
        self.assertEqual(pool.count("request refused"), 1, pool.log())

    def test_over_tls(self):
        _, address = self.node("--sprint-seconds", 3)
        certificate = Certificates(self.folder).self_signed("front")
        front = TlsFront(certificate, address)
        self.addCleanup(front.close)
        to = ("-o", "https://" + front.address, "-u", "alice.rig", *FAST, "--json", "--node-cookie", self.cookie)
        miner = self.miner(*to, "--sprints", 5 if SANITIZED else 2, "--tls-ca", certificate[0])
        self.assertEqual(miner.finish(), 0, miner.log())
        mined = self.summary(miner)
        self.assert_adds_up(mined, miner.log())
        self.assertGreater(mined["shares"]["accepted"], 10, miner.log())
        with open(self.cookie, encoding="ascii") as file:
            self.assertIn(file.read().strip().encode(), front.heard)

    def test_a_certificate_that_does_not_verify_is_told_nothing(self):
        _, address = self.node()
        front = TlsFront(Certificates(self.folder).self_signed("front"), address)
        self.addCleanup(front.close)
        miner = self.miner("-o", "https://" + front.address, "-u", "alice.rig", *FAST, "--node-cookie", self.cookie,
                           "--exit-on-loss")
        self.assertEqual(miner.finish(), 6, miner.log())
        self.assertRegex(miner.log(), rf"https://{front.address}: .*certificate")
        self.assertEqual(front.heard, b"")

    def test_a_node_that_asks_to_be_left_alone_is(self):
        """Also by later connections: the login's time-out ends the first."""
        node = BusyNode(3600)
        self.addCleanup(node.shutdown)
        miner = self.mine(f"127.0.0.1:{node.server_address[1]}", "-p", "x", "--login-timeout", 1)
        miner.wait_for("did not answer the login")
        time.sleep(2)
        self.assertEqual(node.calls, 1)
        miner.signal_until_it_ends(signal.SIGINT)

    def test_a_node_that_is_not_there_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        miner = self.mine(f"127.0.0.1:{port}", "-p", "x", "--exit-on-loss")
        self.assertEqual(miner.finish(), 6, miner.log())
        self.assertRegex(miner.log(), rf"http://127.0.0.1:{port}: ")

    def test_flags_that_contradict_each_other(self):
        for flags, says in ((("--http-cookie", "x"), "go with --http only"),
                            (("--http", "nowhere"), "--http: 'nowhere' is not HOST:PORT"),
                            (("--http", "127.0.0.1:0", "--http-token-file", "/nowhere/token"), "cannot read '/nowhere/token'"),
                            (("--http", "127.0.0.1:0", "--http-cookie", "/nowhere/cookie"), "cannot write '/nowhere/cookie.new'")):
            pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--profile", "nano", *flags)
            self.assertEqual(pool.finish(), 2, pool.log())
            self.assertIn(says, pool.log())


if __name__ == "__main__":
    unittest.main()
