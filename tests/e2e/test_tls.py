"""The programs over TLS: with each other, and the miner with peers that must not hear a byte of it."""

import json
import socket
import ssl
import tempfile
import threading
import unittest

from certificates import Certificates
from programs import ProgramTest

SPRINTS = ("--profile", "nano", "--sprint-seconds", "2", "--lead-seconds", "1")


class Peer:
    """Takes connections on a loopback port; `heard` is what came inside TLS, or all that came without it."""

    def __init__(self, serve):
        self.heard = b""
        self.connections = 0
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self.listener.close()

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(30)
            with connection:
                try:
                    self.serve(self, connection)
                except OSError:  # an alert, a reset: the miner would not go on
                    pass

    def read_to_end(self, stream):
        while True:
            some = stream.recv(4096)
            if not some:
                return
            self.heard += some


def tls_peer(certificate, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if version is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version

    def serve(peer, connection):
        with context.wrap_socket(connection, server_side=True) as stream:
            peer.read_to_end(stream)

    return Peer(serve)


class TlsTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.made = Certificates(folder.name)
        self.authority = self.made.self_signed("authority", "Test CA", "DNS:ca.test")

    def tls_pool(self, certificate, *arguments):
        """A pool that listens for TLS alone; returns it and the port."""
        pool = self.start("sprintpool", "--listen", "none", "--listen-tls", "127.0.0.1:0", "--tls-cert", certificate[0],
                          "--tls-key", certificate[1], *SPRINTS, *arguments)
        return pool, pool.wait_for(r"listens .*address=\S*:(\d+) tls=true").group(1)


class TwoPrograms(TlsTest):
    def mine_two_sprints(self, url, *arguments):
        miner = self.run_to_end("-o", url, "-u", "alice.rig1", "--sprints", "2", "--json", *arguments)
        summary = self.summary(miner)
        self.assert_adds_up(summary, miner.log())
        self.assertGreater(summary["shares"]["accepted"], 0, miner.log())
        return miner, summary

    def test_every_share_is_credited_over_tls(self):
        own = self.made.self_signed("own")
        pool, port = self.tls_pool(own, "--sprints", "2", "--json")
        miner, mined = self.mine_two_sprints(f"stratum+ssl://127.0.0.1:{port}", "--tls-ca", own[0],
                                             "--tls-pin", self.made.pin_of(own[0]))
        self.assertEqual(pool.finish(), 0, pool.log())
        served = json.loads(pool.out)
        self.assertEqual(mined["shares"]["accepted"], served["verified"], pool.log())
        self.assertEqual(mined["credit"], served["credit"], pool.log())
        self.assertEqual(miner.count("not encrypted"), 0, miner.log())

    def test_a_url_without_scheme_takes_tls_of_a_known_authority(self):
        pool, port = self.tls_pool(self.made.signed_by(self.authority, "known"))
        miner, _ = self.mine_two_sprints(f"127.0.0.1:{port}", "--tls-ca", self.authority[0], "--allow-plaintext")
        self.assertEqual(miner.count("not encrypted"), 0, miner.log() + pool.log())

    def test_a_url_without_scheme_takes_plain_text_only_where_that_is_allowed(self):
        _, url = self.pool(*SPRINTS)
        bare = url.removeprefix("stratum+tcp://")
        refused = self.run_to_end("-o", bare, "-u", "alice", "--exit-on-loss", code=6)
        refused.wait_for(r"the pool does not speak TLS on this port; write stratum\+tcp://\S+ or give --allow-plaintext")
        miner, _ = self.mine_two_sprints(bare, "--allow-plaintext")
        self.assertEqual(miner.count("warn .*not encrypted, as --allow-plaintext allows"), 1, miner.log())

    def test_plain_text_is_warned_of_where_it_leaves_the_machine(self):
        miner = self.run_to_end("-o", "stratum+tcp://pool.invalid:1", "-u", "alice", "--exit-on-loss", code=6)
        self.assertEqual(miner.count("warn .*not encrypted, as the URL asks"), 1, miner.log())
        miner = self.run_to_end("-o", "stratum+tcp://127.0.0.1:1", "-u", "alice", "--exit-on-loss", code=6)
        self.assertEqual(miner.count("not encrypted"), 0, miner.log())

    def test_both_listeners_serve_the_same_sprints(self):
        own = self.made.self_signed("own")
        pool = self.start("sprintpool", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--tls-cert", own[0],
                          "--tls-key", own[1], *SPRINTS)
        plain = pool.wait_for(r"listens .*address=(\S+)$").group(1)
        encrypted = pool.wait_for(r"listens .*address=(\S+) tls=true").group(1)
        miners = [self.miner("-o", f"stratum+tcp://{plain}", "-u", "alice", "--sprints", "1", "--json"),
                  self.miner("-o", f"stratum+ssl://{encrypted}", "-u", "bob", "--sprints", "1", "--json",
                             "--tls-ca", own[0])]
        for miner in miners:
            self.assertEqual(miner.finish(), 0, miner.log() + pool.log())
            self.assertGreater(self.summary(miner)["shares"]["accepted"], 0, miner.log())


class BadPeers(TlsTest):
    """S9: eight kinds of peers that are refused, and by their own record heard nothing."""

    def refused(self, peer, says, *arguments):
        self.addCleanup(peer.close)
        miner = self.run_to_end("-o", f"stratum+ssl://127.0.0.1:{peer.port}", "-u", "alice.secret", "-p", "hunter2",
                                "--exit-on-loss", "--allow-plaintext", *arguments, code=6)
        self.assertEqual(miner.count(rf"stratum\+ssl://127\.0\.0\.1:{peer.port}: .*{says}"), 1, miner.log())
        self.assertGreaterEqual(peer.connections, 1)
        return miner

    def refused_tls(self, certificate, says, *arguments, version=None):
        peer = tls_peer(certificate, version)
        self.refused(peer, says, *arguments)
        self.assertEqual(peer.heard, b"")

    def trust(self):
        return ("--tls-ca", self.authority[0])

    def test_S9_self_signed(self):
        self.refused_tls(self.made.self_signed("own"), r"self-signed: .* --tls-ca FILE", *self.trust())

    def test_expired(self):
        self.refused_tls(self.made.signed_by(self.authority, "old", days=-1), r"expired on \d{4}-\d\d-\d\d",
                         *self.trust())

    def test_wrong_name(self):
        self.refused_tls(self.made.signed_by(self.authority, "other", names="DNS:other.example"),
                         r"is for other\.example, not 127\.0\.0\.1", *self.trust())

    def test_wrong_authority(self):
        other = self.made.self_signed("evil", "Evil CA", "DNS:evil.test")
        self.refused_tls(self.made.signed_by(other, "own"), r"signed by 'Evil CA', which is not trusted", *self.trust())

    def test_wrong_pin(self):
        own = self.made.signed_by(self.authority, "own")
        expected, got = self.made.pin_of(self.authority[0]), self.made.pin_of(own[0])
        self.refused_tls(own, f"expected {expected}, got {got}".replace("+", r"\+"), *self.trust(),
                         "--tls-pin", expected)

    def test_old_version(self):
        self.refused_tls(self.made.signed_by(self.authority, "own"), r"TLS 1\.2|version 1\.2", *self.trust(),
                         version=ssl.TLSVersion.TLSv1)

    def test_plain_text(self):
        def serve(peer, connection):
            connection.recv(1, socket.MSG_PEEK)
            connection.sendall(b'{"id":null,"method":"client.show_message","params":["plain"]}\n')
            peer.read_to_end(connection)

        peer = Peer(serve)
        self.refused(peer, "does not speak TLS on this port")
        self.assertNotIn(b"alice", peer.heard)
        self.assertNotIn(b"mining.", peer.heard)

    def test_S9_none(self):
        peer = Peer(lambda peer, connection: None)
        self.refused(peer, "does not speak TLS on this port|[Cc]onnection")
        self.assertEqual(peer.heard, b"")


class Refused(TlsTest):
    def refused(self, name, code, *arguments, says):
        program = self.start(name, *arguments)
        self.assertEqual(program.finish(), code, program.log())
        self.assertRegex(program.lines[-1], says)
        return program

    def test_files_of_the_pool(self):
        one, two = self.made.self_signed("one"), self.made.self_signed("two")
        old = self.made.signed_by(self.authority, "old", days=-1)
        listen = ("--listen", "none", "--listen-tls", "127.0.0.1:0", "--profile", "nano")
        self.refused("sprintpool", 2, *listen, says="needs --tls-cert FILE and --tls-key FILE")
        self.refused("sprintpool", 2, *listen, "--tls-cert", one[0], "--tls-key", two[1], says="is not the key of")
        self.refused("sprintpool", 2, *listen, "--tls-cert", "/nowhere", "--tls-key", two[1], says="No such file")
        self.refused("sprintpool", 2, *listen, "--tls-cert", old[0], "--tls-key", old[1], says="has expired: renew it")
        self.refused("sprintpool", 2, "--listen", "none", says="nowhere to listen")
        self.refused("sprintpool", 2, "--tls-cert", one[0], "--tls-key", one[1], says="go with --listen-tls")

    def test_flags_of_the_miner(self):
        pool = ("-o", "stratum+ssl://127.0.0.1:1", "-u", "alice", "--dry-run")
        self.refused("sprintminer", 2, *pool, "--tls-ca", "/nowhere/ca.pem", says="--tls-ca: '/nowhere/ca.pem' No such")
        self.refused("sprintminer", 2, *pool, "--tls-pin", "abc", says="--tls-pin: 'abc' is not sha256//")
        self.refused("sprintminer", 2, *pool, "--proxy", "ftp://x:1", says="--proxy: proxy 'ftp://x:1': write socks5://")

    def test_a_proxy_is_named_and_its_password_is_not_shown(self):
        miner = self.run_to_end("-o", "stratum+ssl://127.0.0.1:1", "-u", "alice", "--exit-on-loss", "-v",
                                "--proxy", "socks5://bob:open-sesame@127.0.0.1:1", code=6)
        miner.wait_for(r"through socks5://127\.0\.0\.1:1: ")
        self.assertNotIn("open-sesame", miner.log())
        shown = self.run_to_end("config", "print", "--proxy", "socks5://bob:open-sesame@127.0.0.1:1")
        self.assertIn("socks5://..@127.0.0.1:1", shown.out)
        self.assertNotIn("open-sesame", shown.out + shown.log())


if __name__ == "__main__":
    unittest.main()
