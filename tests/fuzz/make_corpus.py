#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets: make_corpus.py GOLDEN_DIR SEEDS_DIR SESSION_FILE CORPUS_DIR.

A folder in CORPUS_DIR for each kind of input, a file for each seed:

  miner_to_pool, pool_to_miner   what a session reads: a byte for its state and one for the cuts, as fuzz_input.h
                                 reads them, then lines: the golden ones, those of other dialects, a whole session
  json                           the same lines alone
  urls, proxies, configurations, journals
                                 SEEDS_DIR/urls.jsonl, proxies.jsonl, configurations.jsonl, journals.jsonl
  spools                         SEEDS_DIR/spools.jsonl, each once as a file and once without its checksums, which
                                 fuzz_spool.cpp then makes
  http                           SEEDS_DIR/http.jsonl: requests to a node, with the byte for the cuts
  audits                         audit.jsonl beside SESSION_FILE, as it is and to get its checksum from fuzz_audit.cpp
  node                           SEEDS_DIR/node.jsonl: what a node answers, and what happens between the answers
"""

import json
import os
import re
import sys

# By their places in kStages of the targets; the states of a sprint at a pool are a working session's.
CLIENT_STATES = ["new", "ended", "working", "announced", "started"]
SERVER_STATES = ["new", "subscribed", "working"]
NEAREST = {"logging in": "subscribed"}
DIALECTS = ["stratum_v1", "xmrig", "kaspa", "ethereum_stratum_1", "ethereum_stratum_2"]


class Corpus:
    def __init__(self, folder):
        self.folder = folder
        self.counts = {}

    def add(self, kind, data):
        os.makedirs(os.path.join(self.folder, kind), exist_ok=True)
        number = self.counts[kind] = self.counts.get(kind, 0) + 1
        with open(os.path.join(self.folder, kind, f"{number:04}"), "wb") as out:
            out.write(data)

    def add_session(self, kind, state, lines):
        states = CLIENT_STATES if kind == "pool_to_miner" else SERVER_STATES
        state = NEAREST.get(state, state)
        index = states.index(state) if state in states else states.index("working")
        self.add(kind, bytes([index, 0]) + b"".join(line + b"\n" for line in lines))


def records(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def add_golden(corpus, golden):
    for file in sorted(os.listdir(golden)):
        if not file.endswith(".jsonl"):
            continue
        kind = "pool_to_miner" if file.startswith("pool_to_miner") else "miner_to_pool"
        for record in records(os.path.join(golden, file)):
            line = bytes.fromhex(record["hex"]) if "hex" in record else record["line"].encode()
            corpus.add_session(kind, record["state"], [line.ljust(record.get("pad", 0))])
            corpus.add("json", line)


def add_dialects(corpus, seeds):
    for dialect in DIALECTS:
        lines = [record["line"].encode() for record in records(os.path.join(seeds, dialect + ".jsonl"))]
        for line in lines:
            corpus.add("json", line)
            for kind in ("miner_to_pool", "pool_to_miner"):
                corpus.add_session(kind, "new", [line])
                corpus.add_session(kind, "working", [line])
        # A pool closes for little of this, a miner for most: its lines go on until then.
        corpus.add_session("miner_to_pool", "new", lines)


def add_whole_session(corpus, path):
    with open(path, "rb") as file:
        lines = file.read().splitlines()
    asked = [line[2:] for line in lines if line.startswith(b"> ")]
    told = [line[2:] for line in lines if line.startswith(b"< ")]
    corpus.add_session("miner_to_pool", "new", asked)
    # What our miner asks by itself, between what comes: 5 N of fuzz_input.h, a ready and submits.
    corpus.add_session("pool_to_miner", "new", told[:4] + [b"\5\x80" + told[4], b"\5\x82" + told[5]] + told[6:])


def add_texts(corpus, seeds, kind):
    for record in records(os.path.join(seeds, kind + ".jsonl")):
        corpus.add(kind, record["text"].encode("utf-8", "surrogatepass"))


def add_http(corpus, seeds):
    for record in records(os.path.join(seeds, "http.jsonl")):
        for cut in (0, 1, 7):
            corpus.add("http", bytes([cut]) + record["text"].encode("latin-1"))


def add_node(corpus, seeds):
    for record in records(os.path.join(seeds, "node.jsonl")):
        data = b"\0"
        for kind, value in record["steps"]:
            if kind == "line":
                data += value.encode() + b"\n"
            else:  # as fuzz_input.h reads them
                data += bytes([5, value] if kind == "act" else [value])
        corpus.add("node", data)


def add_audit(corpus, path):
    with open(path, "rb") as file:
        text = file.read()
    corpus.add("audits", b"\0" + text)
    corpus.add("audits", b"\1" + text)


def add_spools(corpus, seeds):
    for record in records(os.path.join(seeds, "spools.jsonl")):
        text = record["text"].encode("latin-1")
        corpus.add("spools", b"\0" + text)
        corpus.add("spools", b"\1" + re.sub(rb" crc32c=[0-9a-f]{8}$", b"", text, flags=re.MULTILINE))


def main():
    golden, seeds, session, folder = sys.argv[1:]
    corpus = Corpus(folder)
    add_golden(corpus, golden)
    add_dialects(corpus, seeds)
    add_whole_session(corpus, session)
    for kind in ("urls", "proxies", "configurations", "journals"):
        add_texts(corpus, seeds, kind)
    add_http(corpus, seeds)
    add_node(corpus, seeds)
    add_spools(corpus, seeds)
    add_audit(corpus, os.path.join(os.path.dirname(session), "audit.jsonl"))
    with open(os.path.join(folder, "made"), "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
