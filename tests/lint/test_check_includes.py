#!/usr/bin/env python3
"""Small trees that each break one rule of the house, and the line that scripts/check_includes.py prints."""

import os
import subprocess
import sys
import tempfile
import unittest

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "check_includes.py")

# A tree that keeps every rule; each test adds to it or replaces one file.
CLEAN = {
    "base/result.h": "#pragma once\n#include <string>\n#include <sys/types.h>\n",
    "poc/profile.h": '#pragma once\n#include "base/result.h"\n#include <array>\n',
    "backends/api/device.h": '#pragma once\n#include "poc/profile.h"\n',
    "backends/cpu/device.cpp": '#include "backends/api/device.h"\n#include <immintrin.h>\n',
    "backends/cpu/isa/avx2.cpp": '#include "backends/cpu/own.h"\n',
    "backends/cpu/own.h": "#pragma once\n// #include <ranges>\n",
    "backends/newcomer/entry.cpp": '#include "backends/api/device.h"\n',
    "backends/telemetry/cards/entry.cpp": '#include "backends/api/device.h"\n',
    "stratum/client_session.h": '#pragma once\n#include "poc/profile.h"\n#include <rapidjson/document.h>\n',
    "logging/options.h": '#pragma once\n#include "base/result.h"\n',
    "logging/sink.h": '#pragma once\n#include "logging/options.h"\n',
    "miner/control.h": '#pragma once\n#include "backends/api/device.h"\n',
    "miner/worker.h": "#pragma once\n",
    "settings/command_line.h": "#pragma once\n",
    "settings/command_line.cpp": '#include "settings/command_line.h"\n#include <CLI/CLI.hpp>\n',
    "miner/cli/options.cpp": '#include "miner/worker.h"\n#include "settings/command_line.h"\n',
    "miner/main.cpp": '#include "pool/server.h"\n#include "logging/sink.h"\n',
    "tui/view.cpp": '#include "miner/control.h"\n#include <ncurses.h>\n',
    "pool/server.h": '#pragma once\n#include "stratum/client_session.h"\n#include <boost/asio.hpp>\n',
    "tests/miner/worker_test.cpp": '#include "pool/server.h"\n#include <gtest/gtest.h>\n',
    "docs/DEVICES.md": "CUDA and OpenCL\n",
    "backends/cpu/README.md": "no CUDA here\n",
}


class CheckIncludes(unittest.TestCase):
    def check(self, changes):
        """The exit status and the output for CLEAN with these files on top."""
        with tempfile.TemporaryDirectory() as root:
            subprocess.run(["git", "init", "-q", root], check=True)
            for path, text in {**CLEAN, **changes}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, CHECKER, "--root", root], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def assert_fault(self, path, text, message):
        status, output = self.check({path: text})
        self.assertEqual(status, 1, output)
        self.assertTrue(any(line.startswith(path + ":") and message in line for line in output.splitlines()),
                        f"no '{message}' for {path} in:\n{output}")

    def test_clean_tree_passes(self):
        status, output = self.check({})
        self.assertEqual(status, 0, output)
        self.assertIn("0 faults", output)

    def test_edge_that_is_not_in_the_table(self):
        self.assert_fault("base/clock.h", '\n\n#include "poc/profile.h"\n', "3: base may not include poc")
        self.assert_fault("stratum/a.cpp", '#include "miner/worker.h"\n', "1: stratum may not include miner")
        self.assert_fault("miner/cli/a.cpp", '#include "pool/server.h"\n', "miner may not include pool")
        self.assert_fault("backends/api/a.cpp", '#include "backends/cpu/own.h"\n',
                          "backends/api may not include backends/cpu")

    def test_backends_never_include_each_other(self):
        for module in ("sim", "hip", "newcomer"):
            self.assert_fault(f"backends/{module}/a.cpp", '#include "backends/cpu/own.h"\n',
                              f"backends/{module} may not include backends/cpu")

    def test_screen_sees_two_headers_of_the_miner(self):
        self.assert_fault("tui/a.cpp", '#include "miner/worker.h"\n', "tui may not include miner (miner/worker.h)")

    def test_miner_sees_the_options_of_the_log_only(self):
        self.assert_fault("miner/a.cpp", '#include "logging/sink.h"\n', "miner may not include logging (logging/sink.h)")
        status, output = self.check({"miner/a.cpp": '#include "logging/options.h"\n'})
        self.assertEqual(status, 0, output)

    def test_flags_are_read_in_one_place(self):
        for path in ("miner/cli/a.cpp", "pool/cli/a.cpp"):
            self.assert_fault(path, "#include <CLI/CLI.hpp>\n", "may not include <CLI/CLI.hpp>")

    def test_cycle_between_folders(self):
        self.assert_fault("poc/profile.h", '#include "backends/api/device.h"\n',
                          "poc may not include backends/api")
        _, output = self.check({"poc/profile.h": '#include "backends/api/device.h"\n'})
        self.assertIn("cycle between folders: backends/api -> poc -> backends/api", output)

    def test_unknown_folder(self):
        self.assert_fault("helpers/text.h", "#pragma once\n", "folder 'helpers' is not in the table")
        self.assert_fault("backends/text.h", "#pragma once\n", "folder 'backends' is not in the table")
        self.assert_fault("text.cpp", "\n", "is not in the table")

    def test_include_of_ours_that_does_not_exist(self):
        self.assert_fault("poc/a.cpp", '#include "poc/gone.h"\n', 'no file "poc/gone.h"')
        self.assert_fault("poc/b.cpp", '#include "profile.h"\n', "ours are written from the top")
        self.assert_fault("base/c.cpp", '#include "base/../poc/profile.h"\n', "ours are written from the top")
        self.assert_fault("poc/d.cpp", "#include <poc/profile.h>\n", "ours are in quotes")

    def test_library_that_is_not_the_folders(self):
        self.assert_fault("base/a.cpp", "#include <fmt/format.h>\n", "base may not include <fmt/format.h>")
        self.assert_fault("miner/a.cpp", "#include <spdlog/spdlog.h>\n", "miner may not include <spdlog")
        self.assert_fault("backends/sim/a.cpp", "#include <immintrin.h>\n", "backends/sim may not include")
        self.assert_fault("poc/a.cpp", "#include <unistd.h>\n", "poc may not include <unistd.h>")

    def test_standard_headers_that_a_folder_does_without(self):
        self.assert_fault("poc/a.cpp", "#include <thread>\n", "poc does without <thread>")
        self.assert_fault("miner/a.cpp", "#include <ranges>\n", "clang 14")

    def test_include_by_macro(self):
        self.assert_fault("poc/a.cpp", "#include HEADER\n", "cannot be checked")

    def test_vendors_name_outside_backends(self):
        self.assert_fault("miner/a.cpp", "// only on CUDA cards\n", "vendor's name 'CUDA'")
        self.assert_fault("miner/b.cpp", "int open_nvml_library();\n", "vendor's name 'nvml'")
        self.assert_fault("packages.txt", "one\nan AMD card\n", "2: vendor's name 'AMD'")
        self.assert_fault("tests/miner/a.cpp", "// GeForce\n", "vendor's name 'GeForce'")

    def test_words_that_only_hold_a_vendors_name(self):
        status, output = self.check({"miner/a.cpp": "// ship, chip, whip, damd\n"})
        self.assertEqual(status, 0, output)

    def test_ignored_files_are_not_read(self):
        status, output = self.check({".gitignore": "/build/\n", "build/helpers/a.cpp": "// CUDA\n"})
        self.assertEqual(status, 0, output)


if __name__ == "__main__":
    unittest.main()
