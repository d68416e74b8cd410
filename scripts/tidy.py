#!/usr/bin/env python3
"""clang-tidy over our sources, one a core, with what passed remembered for all checkouts of this user.

Uses the compile commands of build-asan-ubsan/, which must be built, and joins sources into one as that does: most
of the time goes into headers. Looked at again is what has changed: a source, a header of ours that it includes, its
compile command, .clang-tidy or the program itself. Tests are left out: that build compiles them with all warnings,
and GoogleTest alone would take half of the time here.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time

BUILD = "build-asan-ubsan"
PASSED = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sprintminer", "tidy")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def headers_of_objects():
    """Object -> the headers of ours that its last compilation read, from ninja's log."""
    text = subprocess.run(["ninja", "-C", BUILD, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    root, headers, current = os.getcwd() + os.sep, {}, None
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = headers.setdefault(line.split(": #deps")[0], [])
        elif line.strip():
            path = os.path.normpath(os.path.join(BUILD, line.strip()))
            if not os.path.isabs(path) or path.startswith(root):
                current.append(os.path.relpath(path))
    return headers


def is_joined(source):
    """Whether CMake made it, of sources of ours."""
    return os.path.basename(source).startswith("unity_")


def our_commands():
    """{source: (compile command, headers)}, one of each source."""
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    headers, chosen = headers_of_objects(), {}
    for entry in entries:
        source = os.path.relpath(entry["file"])
        if is_joined(source) or not source.startswith(("..", "tests" + os.sep, BUILD)):
            command = entry["command"]
            words = command.split()
            object_file = words[words.index("-o") + 1]
            chosen.setdefault(source, (command, headers.get(object_file, [])))
    return chosen


def version():
    return subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout


def key_of(source, command, headers, program):
    here = os.getcwd() + os.sep
    state = hashlib.sha256(program + read(".clang-tidy") + command.replace(here, "").encode())
    for path in [source] + sorted(headers):
        state.update(hashlib.sha256(read(path).replace(here.encode(), b"")).digest())
    return state.hexdigest()


def tidy(source):
    """(passed, what it said, seconds)"""
    began = time.monotonic()
    joined = ["--checks=-bugprone-suspicious-include"] if is_joined(source) else []
    done = subprocess.run(["clang-tidy", "--quiet", "-p", BUILD, *joined, source], capture_output=True, text=True,
                          check=False)
    said = done.stdout + (done.stderr if done.returncode else "")
    return done.returncode == 0, said, time.monotonic() - began


def new_faults(said, seen):
    """What was said less the faults already seen; one in a header comes with every source that includes it."""
    fresh = []
    for fault in re.split(r"^(?=\S+:\d+:\d+: (?:error|warning): )", said, flags=re.MULTILINE):
        head = fault.splitlines()[0] if fault.strip() else ""
        if head and head not in seen:
            seen.add(head)
            fresh.append(re.sub(r"^(\d+ warning.*generated|Error while processing .*)\.\n", "", fault, flags=re.MULTILINE))
    return "".join(fresh).rstrip()


def main():
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    os.makedirs(PASSED, exist_ok=True)
    program = version()
    keys = {source: key_of(source, *rest, program) for source, rest in our_commands().items()}
    todo = [source for source, key in sorted(keys.items()) if not os.path.exists(os.path.join(PASSED, key))]
    print(f"clang-tidy: {len(todo)} of {len(keys)} sources to look at", flush=True)
    failed, seen = 0, set()
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "0")) or os.cpu_count()) as pool:
        running = {pool.submit(tidy, source): source for source in todo}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            source, (passed, said, seconds) = running[future], future.result()
            print(f"[{number}/{len(todo)}] {source} {seconds:.1f} s{'' if passed else ' FAILED'}", flush=True)
            if passed:
                open(os.path.join(PASSED, keys[source]), "wb").close()
            else:
                failed += 1
                print(new_faults(said, seen), flush=True)
    print(f"clang-tidy: {failed} sources with faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
