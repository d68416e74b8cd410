#!/usr/bin/env python3
"""The end of what the first failed tests of a build folder said: scripts/failed_tests.py BUILD_DIR

ctest shows each failure where it happened, thousands of lines above its last one; this says it again, briefly, where
a person looks first.
"""

import os
import re
import sys

TESTS, LINES = 4, 12


def failures(text):
    """[(name, its output's lines)] of a LastTest.log."""
    found = []
    for part in re.split(r"^\d+/\d+ Testing: ", text, flags=re.MULTILINE)[1:]:
        if re.search(r"^Test Passed\.$|^Test time = .*\n-+\nTest Passed", part, flags=re.MULTILINE):
            continue
        output = re.search(r"^-{10,}\n(.*?)^<end of output>", part, flags=re.MULTILINE | re.DOTALL)
        found.append((part.splitlines()[0], output.group(1).splitlines() if output else []))
    return found


def telling(lines):
    """The lines from the first that names a fault on, or the last ones."""
    for number, line in enumerate(lines):
        if re.search(r"Failure$|^(FAIL|ERROR):|Error:|ERROR:|WARNING: ThreadSanitizer|runtime error", line):
            return lines[number:number + LINES]
    return lines[-LINES:]


def main():
    path = os.path.join(sys.argv[1], "Testing", "Temporary", "LastTest.log")
    with open(path, encoding="utf-8", errors="replace") as file:
        failed = failures(file.read())
    for name, lines in failed[:TESTS]:
        print(f"--- {name}")
        print("\n".join("    " + line[:300] for line in telling(lines)))
    if len(failed) > TESTS:
        print(f"--- and {len(failed) - TESTS} more in {path}")


if __name__ == "__main__":
    main()
