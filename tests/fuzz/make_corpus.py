#!/usr/bin/env python3
"""Makes seeds of the golden lines: golden_to_corpus.py GOLDEN_DIR CORPUS_DIR.

One file a line in CORPUS_DIR/<name of the jsonl file>/: a byte for the session's state and one for the
cuts, as the fuzz targets read them, then the line with its newline.
"""

import json
import os
import sys

STATES = ["new", "subscribed", "working", "announced", "started"]
NEAREST = {"logging in": "subscribed", "left": "working", "ended": "started"}


def seeds(path):
    with open(path, encoding="utf-8") as file:
        for number, record in enumerate(map(json.loads, file)):
            line = bytes.fromhex(record["hex"]) if "hex" in record else record["line"].encode()
            line = line.ljust(record.get("pad", 0))
            state = NEAREST.get(record["state"], record["state"])
            # The states of a sprint at a pool are a working session's.
            yield f"{number:04}", bytes([STATES.index(state) if state in STATES else 2, 0]) + line + b"\n"


def main():
    golden, corpus = sys.argv[1:]
    for file in sorted(os.listdir(golden)):
        if not file.endswith(".jsonl"):
            continue
        folder = os.path.join(corpus, file.removesuffix(".jsonl"))
        os.makedirs(folder, exist_ok=True)
        for name, data in seeds(os.path.join(golden, file)):
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
    with open(os.path.join(corpus, "made"), "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
