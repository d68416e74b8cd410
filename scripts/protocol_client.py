#!/usr/bin/env python3
"""A small miner that speaks Sprint Stratum/1, written from docs/PROTOCOL.md and docs/PROOF.md alone.

It shares no code with the programs here and computes no forward pass: a command prints, for a run of nonces, a JSON
line each with "nonce" and "digest", as does

    --evaluate "sprintminer ticket --json --profile {profile} --model-seed {model_seed} --start-seed {start_seed}
                --identity {identity} --nonce {nonce} --count {count}"

At the end: one JSON line with what became of every share. Exits 0 when the results of --sprints came.
"""

import argparse
import collections
import hashlib
import json
import random
import select
import shlex
import socket
import struct
import subprocess
import sys
import time

FATES = {21: "stale", 28: "stale", 22: "duplicate"}  # of final errors; others: rejected
NOT_FINAL = (26, 29, 31, 40)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def now_us():
    return time.monotonic_ns() // 1000


class Sprint:  # from its announcement to its result
    def __init__(self, told):
        self.told, self.start = told, None  # the announcement, and the start of mining.notify
        self.ended = self.over = False      # no more work; the result came
        self.leases = []    # with "first", "next" (to be drawn) and "end"
        self.shares = {}    # by nonce, until they are decided
        self.seq = 0        # the last one used in this session
        self.ask_at = 0     # for a lease; None: asked, and not answered

    def fault_of(self, start):
        told, secret = self.told, bytes.fromhex(start["secret"])
        if sha256(b"sprint/1 secret\0", secret).hex() != told["commitment"]:
            return "the secret does not match the commitment"
        pool, name, beacon = (sha256(text.encode()) for text in (told["pool"], told["sprint"], start["beacon"]))
        seed = sha256(b"sprint/1 start\0", pool, name, secret, beacon).hex()
        if seed != start["start_seed"] or (told["beacon"] == "none" and start["beacon"] != "none"):
            return "the start seed does not follow"
        return None if start["t_end"] - start["t0"] == told["t_end"] - told["t0"] else "not as long as announced"

    def ticket(self, nonce, digest):
        seeds = bytes.fromhex(self.told["model_seed"] + self.start["start_seed"])
        key = sha256(b"sprint/1 input\0", struct.pack("<3I", *self.told["profile"][:3]), seeds,
                     sha256(self.told["identity"].encode()), struct.pack("<Q", nonce))
        return int.from_bytes(sha256(b"sprint/1 ticket\0", key, digest), "big")


class Miner:
    def __init__(self, options):
        self.options = options
        host, _, port = options.address.rpartition(":")
        self.address = (host.strip("[]"), int(port))
        self.sprints, self.seen, self.token, self.logged_in = {}, set(), "", False
        self.counts = dict.fromkeys(("logins", "resumed", "leases", "found", "sent_again", "accepted", "stale",
                                     "duplicate", "rejected", "lost", "verified", "credit", "results"), 0)
        self.codes = collections.Counter()  # of errors, by code

    def log_in(self):
        self.received, self.waiting, self.last_id, self.logged_in = b"", {}, 0, False
        self.heard, self.connected, self.best = now_us(), now_us(), None  # best round trip, and its offset
        self.ask("mining.subscribe", ["protocol_client/1", self.token or None, "SprintStratum/1"], self.subscribed)
        self.ask("mining.authorize", [self.options.user, ""], self.authorized)

    def send(self, message):
        self.stream.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def ask(self, method, params, then):
        self.last_id += 1
        self.waiting[self.last_id] = (then, now_us())
        self.send({"id": self.last_id, "method": method, "params": params})

    def hear(self, seconds):
        """Takes what is there, or comes within so many seconds."""
        if not select.select([self.stream], [], [], seconds)[0]:
            return
        chunk = self.stream.recv(65536)
        self.heard = now_us()
        *lines, self.received = (self.received + chunk).split(b"\n")
        if not chunk or max(map(len, [self.received] + lines)) > 16384:
            raise ConnectionError("the end, or a line that is too long")
        for line in lines:
            if line.removesuffix(b"\r"):
                self.take(json.loads(line.decode()))

    def take(self, message):
        method, number = message.get("method"), message.get("id")
        if method is not None and number is None:
            getattr(self, "on_" + method.replace(".", "_"), lambda _: None)(message.get("params"))
        elif method is not None:
            result = {"mining.ping": True, "client.get_version": "protocol_client/1"}.get(method)
            self.send({"id": number, "result": result, "error": None if result else [20, "method: not known here"]})
        elif number in self.waiting:
            then, sent = self.waiting.pop(number)
            self.codes.update([message["error"][0]] if message.get("error") else [])
            then(message.get("result"), message.get("error"), sent)

    def subscribed(self, result, error, sent):
        self.token, resumed = result[3].get("resume") or "", bool(result[3].get("resumed"))
        self.counts["resumed"] += resumed
        for sprint in self.sprints.values():  # again, whatever has no answer; in a new session all, under new numbers
            sprint.ask_at, sprint.seq = 0, sprint.seq * resumed
            for share in (share for share in sprint.shares.values() if not resumed or share["state"] != "stored"):
                share.update(state="kept", retry_at=0, seq=share["seq"] * resumed)
        self.exchange(sent, result[3]["server_us"], result[3]["server_us"])

    def authorized(self, result, error, _):
        if result is not True:
            for_good = error and error[0] not in (29, 40, 41)
            raise (SystemExit if for_good else ConnectionError)(f"the pool refused the login: {error}")
        self.logged_in = True
        self.counts["logins"] += 1
        self.ask_time()

    def ask_time(self):
        self.exchanged = now_us()
        self.ask("mining.time", {"c0": self.exchanged},
                 lambda result, error, sent: error or self.exchange(sent, result["s1"], result["s2"]))

    def exchange(self, sent, s1, s2):
        back = now_us()
        trip = (back - sent) - (s2 - s1)
        if 0 <= trip and s1 <= s2 and (self.best is None or trip <= self.best[0]):
            self.best = (trip, ((s1 - sent) + (s2 - back)) // 2)

    def on_sprint_announce(self, told):
        ours = self.options.user.split(".")[0] in told["identity"]
        if ours and told["sprint"] not in self.seen and 1e6 <= told["t_end"] - told["t0"] <= 3600e6:
            self.seen.add(told["sprint"])
            self.sprints[told["sprint"]] = Sprint(told)

    def on_mining_notify(self, params):
        sprint = self.sprints.get(params[0])
        if sprint is not None and sprint.start is None:
            sprint.start, fault = params[1], sprint.fault_of(params[1])
            if fault:
                print(f"sprint {params[0]} refused: {fault}", file=sys.stderr)
                del self.sprints[params[0]]

    def on_mining_set_lease(self, params):
        sprint = self.sprints.get(params["sprint"])
        if sprint is not None:
            self.add_leases(sprint, params.get("leases") or [])
            for lease in [lease for lease in sprint.leases if lease["lease"] in (params.get("close") or [])]:
                lease["next"] = lease["end"]

    def on_sprint_end(self, params):
        self.sprints.get(params["sprint"], Sprint({})).ended = True

    def on_sprint_cancel(self, params):
        sprint = self.sprints.pop(params["sprint"], None)
        self.counts["rejected"] += len(sprint.shares) if sprint else 0

    def on_sprint_verdict(self, params):
        sprint = self.sprints.get(params["sprint"])
        if sprint is not None:
            self.counts["verified"] += params["verified"]
            codes = {seq: code for seq, code, *_ in params["void"]}
            self.codes.update(codes.values())
            for nonce in [nonce for nonce, share in sprint.shares.items() if share["seq"] in codes]:
                self.decide(sprint, nonce, "rejected")

    def on_sprint_result(self, params):
        sprint = self.sprints.get(params["sprint"])
        if sprint is not None and not sprint.over:
            sprint.ended = sprint.over = True
            self.counts.update(results=self.counts["results"] + 1, credit=self.counts["credit"] + params["credit"])
            for nonce in [nonce for nonce, share in sprint.shares.items() if share["state"] == "stored"]:
                self.decide(sprint, nonce, "accepted")  # the others have their answers to come

    def ask_lease(self, sprint):
        """At first says that the device is ready; later asks for one more."""
        def answered(result, error, _):
            sprint.ask_at = now_us() + (1_000_000 if error else 0)
            sprint.ended |= bool(error) and error[0] == 21
            self.add_leases(sprint, [] if error else result["leases"])

        sprint.ask_at, name = None, sprint.told["sprint"]
        if sprint.leases:
            return self.ask("mining.lease", {"sprint": name, "n": 0}, answered)
        self.ask("sprint.ready", {"sprint": name, "devices": [{"n": 0, "name": "python", "rate": 0}]}, answered)

    def add_leases(self, sprint, leases):
        for lease in leases:
            base, end = int(lease["base"], 16), int(lease["base"], 16) + (1 << lease["bits"])
            good = lease["n"] == 0 and 16 <= lease["bits"] <= 48 and base % (end - base) == 0 < lease["difficulty"]
            if good and all(end <= other["first"] or other["end"] <= base for other in sprint.leases):
                sprint.leases.append(dict(lease, first=base, next=base, end=end))
                self.counts["leases"] += 1

    def submit(self, sprint, nonce, share):
        def answered(result, error, _):
            code = error[0] if error else 20
            if result is True and not sprint.over:
                share["state"] = "stored"
            elif code in NOT_FINAL:
                after = (error[2:] or [None])[0] or {}
                share.update(state="kept", retry_at=now_us() + 1000 * max(after.get("retry_ms", 0), 200))
            else:
                self.decide(sprint, nonce, "accepted" if result is True else FATES.get(code, "rejected"))

        sprint.seq += not share["seq"]
        self.counts["sent_again"] += "sent" in share
        share.update(state="sent", seq=share["seq"] or sprint.seq, sent=True)
        self.ask("mining.submit", [self.options.user, sprint.told["sprint"], share["lease"], f"{nonce:016x}",
                                   share["digest"], share["seq"]], answered)

    def decide(self, sprint, nonce, fate):
        self.counts[fate] += sprint.shares.pop(nonce, None) is not None

    def evaluated(self, sprint, lease, nonce, digest):
        if sprint.ticket(nonce, digest) <= (2**256 - 1) // lease["difficulty"]:
            self.found(sprint, lease, nonce, digest)

    def found(self, sprint, lease, nonce, digest):
        self.counts["found"] += 1
        sprint.shares[nonce] = dict(lease=lease["lease"], digest=digest.hex(), seq=0, state="kept", retry_at=0)
        if now_us() + self.best[1] > sprint.start["t_end"]:
            self.decide(sprint, nonce, "stale")

    def race(self, sprint):
        lease = next((lease for lease in sprint.leases if lease["next"] < lease["end"]), None)
        if sprint.start is None or sprint.ended or not lease or now_us() + self.best[1] >= sprint.start["t_end"]:
            return False
        values = dict(sprint.told, start_seed=sprint.start["start_seed"], nonce=f"{lease['next']:016x}",
                      profile="{},{},{}".format(*sprint.told["profile"]), count=min(32, lease["end"] - lease["next"]))
        lease["next"] += values["count"]
        command = [word.format(**values) for word in shlex.split(self.options.evaluate)]
        for line in subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines():
            self.evaluated(sprint, lease, int(json.loads(line)["nonce"], 16), bytes.fromhex(json.loads(line)["digest"]))
        return True

    def step(self):
        """Does what is due; waits only when there is nothing to compute."""
        now, busy = now_us(), False
        if now - self.heard > 90e6 or (not self.logged_in and now - self.connected > 10e6):
            raise ConnectionError("the pool is silent")
        if self.logged_in and now - self.exchanged > 20e6:
            self.ask_time()  # a sign of life, too
        for sprint in list(self.sprints.values()) if self.logged_in else []:
            left = sum(lease["end"] - lease["next"] for lease in sprint.leases)
            low = left <= 0.2 * sum(lease["end"] - lease["first"] for lease in sprint.leases)
            if low and not sprint.ended and sprint.ask_at is not None and now >= sprint.ask_at:
                self.ask_lease(sprint)
            busy |= self.race(sprint)
            for nonce, share in list(sprint.shares.items()):
                if share["state"] == "kept" and now >= share["retry_at"]:
                    self.submit(sprint, nonce, share)
        self.hear(0 if busy else 0.05)

    def run(self):
        def done():  # answers that come after the result are waited for, as long as they can come
            waits = self.logged_in and any(sprint.over and sprint.shares for sprint in self.sprints.values())
            return time.monotonic() >= end or (self.counts["results"] >= self.options.sprints and not waits)
        end, wait = time.monotonic() + self.options.seconds, 0.25
        while not done():
            try:
                with socket.create_connection(self.address, timeout=10) as self.stream:
                    self.log_in()
                    while not done():
                        self.step()
                        wait = 0.25 if self.logged_in else wait
                    self.ask("mining.bye", [], None)
            except (OSError, ValueError, LookupError, TypeError) as error:  # the network, or a line without sense
                print(f"session lost: {error!r}", file=sys.stderr)
                self.logged_in = False
                time.sleep(random.uniform(wait / 2, wait))
                wait = min(2 * wait, 5)
        self.counts["lost"] += sum(len(sprint.shares) for sprint in self.sprints.values())
        print(json.dumps(dict(self.counts, codes=self.codes)))
        return 0 if self.counts["results"] >= self.options.sprints else 1


def options_of(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", metavar="HOST:PORT")
    parser.add_argument("--user", required=True, metavar="ACCOUNT.WORKER")
    parser.add_argument("--evaluate", required=True, metavar="COMMAND")
    parser.add_argument("--sprints", type=int, default=1, help="stop after so many results")
    parser.add_argument("--seconds", type=float, default=600, help="stop after so long")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(Miner(options_of()).run())
