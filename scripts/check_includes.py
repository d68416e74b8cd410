#!/usr/bin/env python3
"""Checks the house: which folder may include what, no cycles, no vendor's name outside backends/.

Reads every #include line of the sources git knows or would add, and compares it with HOUSE below.
Each fault is one line, file:line: message; the exit status is then 1. `--root DIR` checks another tree.
"""

import argparse
import os
import re
import subprocess
import sys

# folder: (what of ours it may include, libraries it may include). A file belongs to the longest folder
# that holds it, so miner/cli/ counts as miner/. An entry that ends in .h admits that one header.
# `x/*` stands for each folder in x that has no line of its own. "*": anything.
HOUSE = {
    "base":                 ([], ["posix"]),
    "poc":                  (["base"], ["x86"]),
    "backends/api":         (["poc", "base"], ["posix"]),
    "backends/gpu":         (["poc", "backends/api", "base"], ["posix"]),
    "backends/cpu":         (["backends/api", "poc", "base"], ["posix", "x86"]),
    "backends/opencl":      (["backends/api", "poc", "base"], ["posix", "CL/"]),
    "backends/cuda":        (["backends/gpu", "backends/api", "poc", "base"], ["posix", "cuda", "nvrtc", "mma.h"]),
    "backends/hip":         (["backends/gpu", "backends/api", "poc", "base"], ["posix", "hip/"]),
    "backends/telemetry/sysfs": (["backends/api", "base"], ["posix"]),
    "backends/telemetry/*": (["backends/telemetry/sysfs", "backends/api", "base"], ["posix"]),
    "backends/*":           (["backends/api", "poc", "base"], ["posix"]),
    "logging":              (["base"], ["posix", "fmt/"]),
    "settings":             (["base"], ["posix", "rapidjson/", "CLI/", "fmt/"]),
    "stratum":              (["poc", "base"], ["posix", "rapidjson/", "curl/", "openssl/", "libpsl.h", "fmt/"]),
    "miner":                (["backends/api", "stratum", "logging/options.h", "settings", "poc", "base"],
                             ["posix", "rapidjson/", "httplib.h", "fmt/"]),
    "tui":                  (["miner/snapshot.h", "miner/control.h", "base"], ["posix", "ncurses", "curses.h", "term.h", "fmt/"]),
    "pool":                 (["stratum", "poc", "backends/api", "base"],
                             ["posix", "boost/", "sqlite3.h", "curl/", "openssl/", "fmt/"]),
    "pool/web":             (["pool", "stratum", "poc", "base"], ["posix", "boost/", "fmt/"]),
    "pool/cli":             (["pool", "pool/web", "logging", "settings", "stratum", "poc", "backends/api", "base"], ["posix", "fmt/"]),
    "tests":                (["*"], ["*"]),
    "packaging":            (["*"], ["*"]),
}

# Programs are tied together here, so these may include anything (pool/ nowhere else).
TIES_EVERYTHING = "main.cpp"

# A name in a folder's library list is the start of a header's path, or one of these groups.
LIBRARY_GROUPS = {
    "posix": ["arpa/", "dirent.h", "dlfcn.h", "errno.h", "execinfo.h", "fcntl.h", "langinfo.h", "limits.h", "link.h", "net/",
              "netdb.h", "netinet/", "poll.h", "pthread.h", "pwd.h", "sched.h", "signal.h", "spawn.h", "stddef.h",
              "stdint.h", "stdlib.h", "string.h", "sys/", "syslog.h", "termios.h", "time.h", "unistd.h"],
    "x86":   ["immintrin.h", "cpuid.h"],
}

# Standard headers that a folder does without. The proof is a function of its input: no threads, no files.
WITHOUT = {
    "poc": {"barrier", "condition_variable", "filesystem", "fstream", "future", "iostream", "latch", "mutex",
            "semaphore", "shared_mutex", "stop_token", "thread"},
}
NOWHERE = {
    "ranges": "clang 14 cannot compile libstdc++ 12's <ranges>",
    "source_location": "clang 14 has no std::source_location; take __builtin_FILE() and __builtin_LINE()",
}

# Headers that the build makes; they are not in the tree.
GENERATED = {"tests/places.h"}

VENDORS = "cuda|hip|opencl|nvml|rocm|nvidia|amd|amdgpu|geforce|radeon"
VENDORS_ALLOWED_IN = ("backends/", "docs/", "tests/backends/",
                      "tests/backends_cuda/", "tests/backends_opencl/", "tests/e2e/test_opencl", "tests/telemetry_", "tests/bench/", "tests/checker/", "tests/lint/", "packaging/", ".ci/", "README.md",
                      "CONTRIBUTING.md", "CMakePresets.json", "Makefile", "scripts/check_includes.py",
                      "scripts/install_packages.sh", "scripts/gpu-check", "scripts/bench")
BUILD_FILE = re.compile(r"(^|/)CMakeLists\.txt$|\.cmake$")

SOURCE = re.compile(r"\.(h|hpp|c|cc|cpp|inc|cu|cuh|hip|cl)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>|(\S+))')
STANDARD = re.compile(r"^[a-z][a-z0-9_]*$")
# An underscore ends a word here: the name is as much a leak in an identifier.
VENDOR = re.compile(r"(?<![a-z0-9])(" + VENDORS + r")(?![a-z0-9])", re.IGNORECASE)


def folder_of(path):
    """The line of HOUSE that a file falls under: (its folder by name, the key in HOUSE), or None."""
    parts = path.split("/")[:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in HOUSE:
            return name, name
        pattern = "/".join(parts[:length - 1] + ["*"])
        if pattern in HOUSE and not any(key.startswith(name + "/") for key in HOUSE):
            return name, pattern
    return None


def library_allowed(header, libraries):
    starts = [start for name in libraries for start in LIBRARY_GROUPS.get(name, [name])]
    return any(start == "*" or header.startswith(start) for start in starts)


class Checker:
    def __init__(self, root):
        self.root = root
        self.faults = []
        self.edges = {}  # (from folder, to folder) -> the first place where it is seen
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=root, check=True, capture_output=True).stdout.decode()
        self.files = sorted({f for f in listed.split("\0") if f and os.path.isfile(os.path.join(root, f))})
        self.top_folders = {key.split("/")[0] for key in HOUSE}

    def fault(self, place, message):
        self.faults.append(f"{place}: {message}")

    def lines(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            data = file.read()
        return [] if b"\0" in data else data.decode(errors="replace").splitlines()

    def check(self):
        for path in self.files:
            if SOURCE.search(path):
                self.check_source(path)
            if not path.startswith(VENDORS_ALLOWED_IN) and not BUILD_FILE.search(path):
                self.check_vendors(path)
        self.check_cycles()

    def check_source(self, path):
        here = folder_of(path)
        if here is None:
            self.fault(f"{path}:1", f"folder '{os.path.dirname(path)}' is not in the table of check_includes.py")
            return
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            place, (ours, library, macro) = f"{path}:{number}", match.groups()
            if macro:
                self.fault(place, f"an include by macro ({macro}) cannot be checked")
            elif ours:
                self.check_ours(place, path, here, ours)
            else:
                self.check_library(place, path, here, library)

    def check_ours(self, place, path, here, header):
        if header not in GENERATED and (".." in header.split("/") or not self.is_ours(header)):
            self.fault(place, f'no file "{header}"; ours are written from the top, libraries in <>')
            return
        there = folder_of(header)
        if there is None:
            self.fault(place, f'"{header}" lies in a folder that is not in the table')
            return
        if os.path.basename(path) == TIES_EVERYTHING or there[0] == here[0]:
            return
        self.edges.setdefault((here[0], there[0]), place)
        allowed = HOUSE[here[1]][0]
        if not {"*", there[0], there[1], header} & set(allowed):
            self.fault(place, f"{here[0]} may not include {there[0]} ({header}); "
                              f"it may: {', '.join(allowed) or 'nothing of ours'}")

    def check_library(self, place, path, here, header):
        if header in NOWHERE:
            self.fault(place, NOWHERE[header])
        elif "/" in header and header.split("/")[0] in self.top_folders and self.is_ours(header):
            self.fault(place, f'write "{header}": ours are in quotes')
        elif os.path.basename(path) == TIES_EVERYTHING:
            return
        elif STANDARD.match(header):
            if header in WITHOUT.get(here[1], ()):
                self.fault(place, f"{here[0]} does without <{header}>")
        elif not library_allowed(header, HOUSE[here[1]][1]):
            self.fault(place, f"{here[0]} may not include <{header}>; "
                              f"it may: std, {', '.join(HOUSE[here[1]][1])}".rstrip(", "))

    def is_ours(self, header):
        return os.path.isfile(os.path.join(self.root, header))

    def check_vendors(self, path):
        for number, line in enumerate(self.lines(path), 1):
            match = VENDOR.search(line)
            if match:
                self.fault(f"{path}:{number}", f"vendor's name '{match.group()}' outside backends/")

    def check_cycles(self):
        """Walks the edges depth first; an edge back into the path walked closes a cycle."""
        next_of, done = {}, set()
        for start, end in self.edges:
            next_of.setdefault(start, []).append(end)

        def walk(folder, path):
            if folder in path:
                cycle = path[path.index(folder):] + [folder]
                self.fault(self.edges[(cycle[-2], cycle[-1])], "cycle between folders: " + " -> ".join(cycle))
            elif folder not in done:
                for end in sorted(next_of.get(folder, [])):
                    walk(end, path + [folder])
                done.add(folder)

        for folder in sorted(next_of):
            walk(folder, [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    checker = Checker(parser.parse_args().root)
    checker.check()
    for fault in checker.faults:
        print(fault)
    folders = {found[0] for f in checker.files if SOURCE.search(f) and (found := folder_of(f))}
    print(f"includes: {len(folders)} folders, {len(checker.edges)} edges, {len(checker.faults)} faults")
    return 1 if checker.faults else 0


if __name__ == "__main__":
    sys.exit(main())
