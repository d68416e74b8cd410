#!/usr/bin/env python3
"""Holds the golden lines of Sprint Stratum/1 and the schemas of docs/protocol/ against each other.

Every line must be of a conforming peer by the rules for lines and the schemas of docs/PROTOCOL.md, or its record must
say what it is not: see `form` in tests/stratum/golden/README.md.
"""

import hashlib
import json
import math
import os
import re
import struct
import unittest

import jsonschema  # Debian: python3-jsonschema

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GOLDEN = os.path.join(ROOT, "tests", "stratum", "golden")
SESSION = os.path.join(ROOT, "docs", "protocol", "session.txt")
NODE_SCHEMA = os.path.join(ROOT, "docs", "protocol", "node.schema.json")
SCHEMA = os.path.join(ROOT, "docs", "protocol", "sprint-stratum-1.schema.json")

MAX_DEPTH = 8
MAX_MEMBERS = 64
# What the miner of the golden lines has asked by the id of each answer: see ClientStage in tests/stratum/rigs.h.
ASKED = {1: "mining.subscribe", 2: "mining.authorize", 3: "mining.time", 4: "sprint.ready", 5: "mining.lease",
         6: "mining.submit", 7: "mining.withdraw", 8: "sprint.status"}


class BadLine(Exception):
    """A line that ends the session, whatever it says."""


def members(pairs):
    if len(pairs) > MAX_MEMBERS or len({name for name, _ in pairs}) < len(pairs):
        raise BadLine("members")
    return dict(pairs)


def fraction(text):
    """What is written with a fraction, an exponent or a sign is no integer here, 1.0 and -0 neither."""
    if math.isinf(float(text)):
        raise BadLine("number")
    return float(text) + 0.5 if float(text).is_integer() else float(text)


def integer(text):
    return fraction(text) if text.startswith("-") else int(text)


def refuse(text):
    raise BadLine(text)


def look_through(value, depth=1):
    if isinstance(value, str):
        value.encode()  # fails for lone surrogates
        if "\0" in value:
            raise BadLine("NUL")
    if isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            raise BadLine("depth")
        for inner in value.values() if isinstance(value, dict) else value:
            look_through(inner, depth + 1)
        for name in value if isinstance(value, dict) else ():
            look_through(name)


def read_line(line, limit):
    """The value of a line that comes without its LF, by the section "Lines" of the page."""
    if len(line) > limit or b"\0" in line:
        raise BadLine("size or NUL")
    try:
        value = json.loads(line.removesuffix(b"\r").decode(), object_pairs_hook=members, parse_int=integer,
                           parse_float=fraction, parse_constant=refuse)
        look_through(value)
    except (ValueError, RecursionError) as error:
        raise BadLine(str(error)) from None
    return value


class Schemas:
    def __init__(self, path=SCHEMA):
        with open(path, encoding="utf-8") as file:
            self.whole = json.load(file)
        jsonschema.Draft202012Validator.check_schema(self.whole)

    def conforms(self, value, name):
        schema = {"$schema": self.whole["$schema"], "$ref": f"#/$defs/{name}", "$defs": self.whole["$defs"]}
        return jsonschema.Draft202012Validator(schema).is_valid(value)


def records(file):
    with open(os.path.join(GOLDEN, file), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def bytes_of(record):
    line = bytes.fromhex(record["hex"]) if "hex" in record else record["line"].encode()
    return line.ljust(record.get("pad", 0))


class GoldenLines(unittest.TestCase):
    schemas = Schemas()

    def limit(self, file, record):
        before_login = file == "miner_to_pool.jsonl" and record["state"] in ("new", "subscribed")
        return 4096 if before_login else 16384

    def conforms(self, file, record):
        line = bytes_of(record)
        if not line.removesuffix(b"\r"):
            return True  # an empty line
        try:
            value = read_line(line, self.limit(file, record))
        except BadLine:
            return False
        direction = "pool_to_miner" if file == "pool_to_miner.jsonl" else "miner_to_pool"
        if not self.schemas.conforms(value, direction):
            return False
        # An answer, too, must be one of what was asked.
        asked = ASKED.get(value.get("id")) if direction == "pool_to_miner" and "method" not in value else None
        if asked and value.get("result") is not None:
            return self.schemas.conforms(value["result"], asked + ".result")
        return True

    def check(self, file):
        for record in records(file):
            with self.subTest(name=record["name"]):
                form, expect = record.get("form"), record["expect"]
                self.assertIn(form, (None, "bad", "rule", "lenient"))
                self.assertEqual(self.conforms(file, record), form not in ("bad", "lenient"))
                if file != "pool_to_miner.jsonl" and "over" in expect:
                    self.assertEqual(form, "bad", "what conforms ends no session")
                if file != "pool_to_miner.jsonl" and form == "bad" and "error" in expect:
                    self.assertIn(expect["error"], (20, 34))
                if file != "pool_to_miner.jsonl" and expect.get("error") == 20:
                    self.assertIn(form, ("bad", "rule"))

    def test_what_a_pool_reads(self):
        self.check("miner_to_pool.jsonl")

    def test_what_a_pool_reads_in_a_sprint(self):
        self.check("miner_to_pool_in_a_sprint.jsonl")

    def test_what_a_miner_reads(self):
        self.check("pool_to_miner.jsonl")

    def test_what_a_pool_answers(self):
        for file in ("miner_to_pool.jsonl", "miner_to_pool_in_a_sprint.jsonl"):
            for record in records(file):
                if "result" in record["expect"]:
                    with self.subTest(name=record["name"]):
                        method = json.loads(record["line"])["method"]
                        self.assertTrue(self.schemas.conforms(record["expect"]["result"], method + ".result"))

    def test_there_are_many_of_each_kind(self):
        total = 0
        for file, least in (("miner_to_pool.jsonl", 150), ("pool_to_miner.jsonl", 120),
                            ("miner_to_pool_in_a_sprint.jsonl", 25)):
            total += len(records(file))
            self.assertGreaterEqual(len(records(file)), least, file)
        self.assertGreaterEqual(total, 300)

    def test_each_message_has_lines_that_conform_and_lines_that_do_not(self):
        names = {name for name in self.schemas.whole["$defs"] if "." in name and not name.endswith(".result")}
        good, bad = set(), set()
        for file in ("miner_to_pool.jsonl", "pool_to_miner.jsonl"):
            for record in records(file):
                seen = {None: good, "bad": bad, "lenient": bad}.get(record.get("form"), set())
                seen.update(re.findall(r'"method":"([a-z_.]+)"', record.get("line", "")))
        self.assertEqual(names - good, set())
        self.assertEqual(names - bad, set())


class NodeCalls(unittest.TestCase):
    """The calls and answers of a node's golden files, against its schemas."""

    schemas = Schemas(NODE_SCHEMA)

    def conforms(self, text, *names):
        try:
            value = read_line(text.encode(), 64 * 1024)
        except BadLine:
            return False
        return self.schemas.conforms(value, names[0]) and (
            len(names) == 1 or value.get("result") is None or self.schemas.conforms(value["result"], names[1]))

    def test_what_a_node_reads(self):
        for record in records(os.path.join("node", "calls.jsonl")):
            with self.subTest(name=record["name"]):
                # A share that is none has its own verdict, and is no good form all the same.
                good = "no_share" not in record and ("code" not in record or record.get("form") == "rule")
                self.assertEqual(self.conforms(record["call"], "call"), good)

    def test_what_a_miner_reads(self):
        for record in records(os.path.join("node", "answers.jsonl")):
            with self.subTest(name=record["name"]):
                good = record["good"] or record.get("form") == "rule"
                self.assertEqual(self.conforms(record["answer"], "answer", record["to"] + ".result"), good)

    def test_each_call_has_lines_that_conform_and_lines_that_do_not(self):
        for method in ("getsprint", "leasenonces", "submitsprint", "withdrawshares", "getsprintresult", "gettime"):
            calls = [r for r in records(os.path.join("node", "calls.jsonl")) if f'"method":"{method}"' in r["call"]]
            answers = [r for r in records(os.path.join("node", "answers.jsonl")) if r["to"] == method]
            self.assertEqual({"code" in record for record in calls}, {True, False}, method)
            self.assertEqual({record["good"] for record in answers}, {True, False}, method)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Session(unittest.TestCase):
    """The session of the page is one: each line, and what is computed from the others."""

    def setUp(self):
        with open(SESSION, "rb") as file:
            lines = [(line[:2], read_line(line[2:].rstrip(b"\n"), 16384)) for line in file]
        self.asked = {value["id"]: value for mark, value in lines if mark == b"> "}
        self.answers = {value["id"]: value["result"] for mark, value in lines if mark == b"< " and "result" in value}
        self.told = {value["method"]: value["params"] for mark, value in lines if "method" in value and mark == b"< "}
        self.lines = lines

    def test_each_line_conforms_and_each_request_is_answered(self):
        schemas = GoldenLines.schemas
        for mark, value in self.lines:
            self.assertTrue(schemas.conforms(value, "miner_to_pool" if mark == b"> " else "pool_to_miner"), value)
        self.assertEqual(set(self.asked), set(self.answers))
        for number, result in self.answers.items():
            self.assertTrue(schemas.conforms(result, self.asked[number]["method"] + ".result"), result)

    def test_the_start_follows_from_the_announcement(self):
        announced, (name, start, _) = self.told["sprint.announce"], self.told["mining.notify"]
        secret = bytes.fromhex(start["secret"])
        self.assertEqual(announced["commitment"], sha256(b"sprint/1 secret\0", secret).hex())
        texts = [sha256(text.encode()) for text in (announced["pool"], name, start["beacon"])]
        self.assertEqual(start["start_seed"], sha256(b"sprint/1 start\0", *texts[:2], secret, texts[2]).hex())

    def test_the_shares_meet_the_target_and_make_credit_and_root(self):
        announced, result = self.told["sprint.announce"], self.told["sprint.result"]
        lease = next(answer["leases"][0] for answer in self.answers.values() if isinstance(answer, dict)
                     and "leases" in answer)
        account, leaves = sha256(announced["identity"].encode()), []
        seeds = bytes.fromhex(announced["model_seed"] + self.told["mining.notify"][1]["start_seed"])
        for request in self.asked.values():
            if request["method"] == "mining.submit":
                nonce, digest = int(request["params"][3], 16), bytes.fromhex(request["params"][4])
                key = sha256(b"sprint/1 input\0", struct.pack("<3I", *announced["profile"]), seeds, account,
                             struct.pack("<Q", nonce))
                ticket = int.from_bytes(sha256(b"sprint/1 ticket\0", key, digest), "big")
                self.assertLessEqual(ticket, (2**256 - 1) // lease["difficulty"])
                leaves.append(sha256(b"\0", struct.pack("<QQ", nonce, lease["difficulty"]), account, digest))
        self.assertEqual(len(leaves), 2)
        self.assertEqual(result["root"], sha256(b"\1", *leaves).hex())
        self.assertEqual(result["credit"], 2 * lease["difficulty"])


if __name__ == "__main__":
    unittest.main()
