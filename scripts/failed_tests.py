#!/usr/bin/env python3
"""The end of what the first failed tests of a build folder said: scripts/failed_tests.py BUILD_DIR

ctest shows each failure where it happened, thousands of lines above its last one; this says it again, briefly, where
a person looks first.
"""

import os
import re
import sys

TESTS, LINES = 4, 30


def failed_names(text):
    """The names in a LastTestsFailed.log, of lines "NUMBER:NAME". A test that is meant to fail, and does, isn't there."""
    return [line.partition(":")[2] for line in text.splitlines()]


def outputs(text):
    """{name: its output's lines} of a LastTest.log."""
    found = {}
    for part in re.split(r"^\d+/\d+ Testing: ", text, flags=re.MULTILINE)[1:]:
        output = re.search(r"^-{10,}\n(.*?)^<end of output>", part, flags=re.MULTILINE | re.DOTALL)
        found[part.splitlines()[0]] = output.group(1).splitlines() if output else []
    return found


def read(folder, name):
    """The text of one of ctest's logs; nothing if there is none."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def telling(lines):
    """The lines from the first that names a fault on, or the last ones."""
    for number, line in enumerate(lines):
        if re.search(r"Failure$|^(FAIL|ERROR):|Error:|ERROR:|WARNING: ThreadSanitizer|runtime error", line):
            return lines[number:number + LINES]
    return lines[-LINES:]


def main():
    folder = os.path.join(sys.argv[1], "Testing", "Temporary")
    names = failed_names(read(folder, "LastTestsFailed.log"))
    said = outputs(read(folder, "LastTest.log"))
    for name in names[:TESTS]:
        print(f"--- {name}")
        print("\n".join("    " + line[:300] for line in telling(said.get(name, []))))
    if len(names) > TESTS:
        print(f"--- and {len(names) - TESTS} more in {folder}")


if __name__ == "__main__":
    main()
