#!/usr/bin/env python3
"""docs/VERIFICATION.md names a test, or the reason why there is none, for each fault that it lists; the tests exist."""

import os
import re
import subprocess
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGE = os.path.join(ROOT, "docs", "VERIFICATION.md")
IDS = [f"S{n}" for n in range(1, 15)] + [f"A{n}" for n in range(1, 15)] + [f"T{n}" for n in range(1, 14)]
# TEST(Suite, Name), TEST_F, TEST_P; class Suite(..) .. def test_name of a Python test.
GTEST = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)")
PYTHON = re.compile(r"^class (\w+)\(|^    def (test_\w+)\(", re.MULTILINE)


def sources(*suffixes):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "tests"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout
    for path in listed.split("\0"):
        if path.endswith(suffixes) and os.path.isfile(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
                yield path, file.read()


def tests():
    """All names of tests: Suite.Name, and file.test_name for those in Python."""
    names = set()
    for _, text in sources(".cpp", ".h"):
        names.update(f"{suite}.{name}" for suite, name in GTEST.findall(text))
    for path, text in sources(".py"):
        module = os.path.basename(path).removesuffix(".py")
        names.update(f"{module}.{name}" for _, name in PYTHON.findall(text) if name)
    return names


def rows():
    """{id: the text of its last column} of the page's tables."""
    with open(PAGE, encoding="utf-8") as file:
        cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in file if line.startswith("| ")]
    return {row[0]: row[-1] for row in cells if row[0] in IDS}


class Verification(unittest.TestCase):
    def test_each_fault_has_its_row(self):
        self.assertEqual([name for name in IDS if name not in rows()], [])

    def test_each_row_names_tests_or_says_why_there_are_none(self):
        for name, text in rows().items():
            with self.subTest(id=name):
                self.assertTrue(re.search(r"`\w+\.\w+`", text) or text.startswith(("later: ", "dropped: ", "not here: ")), text)

    def test_each_test_that_is_named_exists(self):
        known = tests()
        for name, text in rows().items():
            for test in re.findall(r"`(\w+\.\w+)`", text):
                with self.subTest(id=name):
                    self.assertIn(test, known)

    def test_each_test_that_carries_an_id_is_named(self):
        named = set(re.findall(r"`(\w+\.\w+)`", " ".join(rows().values())))
        carriers = {test for test in tests() if re.search(r"\.(test_)?[SAT]\d{1,2}_", test)}
        self.assertGreater(len(carriers), 20)
        self.assertEqual(sorted(carriers - named), [])


if __name__ == "__main__":
    unittest.main()
