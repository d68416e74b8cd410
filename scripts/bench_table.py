#!/usr/bin/env python3
"""Runs the benchmarks of a release build and prints their table: scripts/bench_table.py [BUILD_DIR].

The paths of the processor come from cpu_yardstick, where it could be built: it lets our module and oneDNN
take turns. Everything else comes from `sprintminer bench`. Progress goes to stderr.
"""

import datetime
import json
import os
import subprocess
import sys

# What holds oneDNN to the instructions of a path; a path that is not here has no yardstick.
ISA_OF_PATH = {"amx": "AVX512_CORE_AMX", "avx512": "AVX512_CORE_VNNI", "avxvnni": "AVX2_VNNI", "avx2": "AVX2"}
ROUNDS = {"micro": 100, "base": 7}


def run(command, isa=None):
    """-> (the JSON lines on stdout, the last line on stderr)"""
    print("  " + " ".join(command), file=sys.stderr, flush=True)
    env = dict(os.environ, **({"ONEDNN_MAX_CPU_ISA": isa} if isa else {}))
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return lines, (done.stderr.strip().splitlines() or [""])[-1]


def cpu_paths(miner):
    """The paths that this build has, fastest first."""
    (listing, *_), _ = run([miner, "options", "--json"])
    for option in listing["options"]:
        if option["backend"] == "cpu" and option["key"] == "path":
            return [choice for choice in option["range"].split("|") if choice != "auto"]
    return []


def other_devices(miner):
    (listing, *_), _ = run([miner, "devices", "--json"])
    return [device["id"] for device in listing["devices"] if device["kind"] == "gpu"]


def rate(nonces, macs):
    digits = 1 if nonces < 100 else 0
    return f"{nonces:.{digits}f} nonces/s", f"{macs / 1e9:.0f} GMAC/s"


def yardstick_row(program, path, profile):
    lines, error = run([program, path, profile, str(ROUNDS[profile])], ISA_OF_PATH[path])
    if not lines:
        return None, error
    line = lines[0]
    nonces, macs = rate(line["nonces_per_second"], line["mac_per_second"])
    yardstick = f"{line['yardstick_mac_per_second'] / 1e9:.0f} GMAC/s"
    return ["cpu", path, profile, nonces, macs, yardstick, f"{line['ratio']:.2f}",
            f"{line['weights_seconds']:.2f} s", f"{line['verify_8_of_rate']:.2f}"], line


def bench_row(miner, arguments):
    lines, error = run([miner, "bench", "--json", *arguments])
    rows = []
    for line in lines:
        if line["nonces_per_second"] is None:
            error = f"{line['device']}: {line['mismatches']} digests are wrong"
            continue
        nonces, macs = rate(line["nonces_per_second"], line["mac_per_second"])
        rows.append([line["backend"], line["path"], line["profile"], nonces, macs, "–", "–",
                     f"{line['weights_seconds']:.2f} s", "–"])
    return rows, error


def collect(build):
    miner, program = os.path.join(build, "bin/sprintminer"), os.path.join(build, "bench/cpu_yardstick")
    rows, notes = [], set()
    for path in cpu_paths(miner):
        beside = path in ISA_OF_PATH and os.path.exists(program)
        for profile in ("micro", "base"):
            if beside:
                row, said = yardstick_row(program, path, profile)
                if row:
                    rows.append(row)
                    notes.add(f"{path}: {said['yardstick']}")
                else:
                    notes.add(f"{path}: {said}")
            elif path != "scalar" or profile == "micro":  # scalar on base takes minutes
                rows += bench_row(miner, ["--backend", "cpu", "--opt", f"cpu.path={path}", "--profile", profile])[0]
    for device in other_devices(miner):
        for profile in ("micro", "base"):
            rows += bench_row(miner, ["-d", device, "--profile", profile])[0]
    return rows, sorted(notes)


def opencl_rows(build):
    """Our products on the first OpenCL device beside CLBlast's, and the whole pass beside our products."""
    program, miner = os.path.join(build, "bench/opencl_products"), os.path.join(build, "bin/sprintminer")
    if not os.path.exists(program):
        return [], "opencl: CLBlast (libclblast-dev) is missing, or the module opencl"
    lines, error = run([program, "micro"])
    if len(lines) < 2:
        return [], f"opencl: {error}"
    device, *products = lines
    rows = [[f"product {line['product']}", "micro", f"{line['mac_per_second'] / 1e9:.1f} GMAC/s",
             f"{line['clblast_mac_per_second'] / 1e9:.1f} GMAC/s", f"{line['ratio']:.2f}", "–"] for line in products]
    passes, error = run([miner, "bench", "--json", "-d", "opencl:0", "--opt", "opencl.path=fp32", "--profile", "micro"])
    for line in passes:
        if line["mac_per_second"]:
            bus = line["bus_bytes_per_second"]
            rows.append(["whole pass", "micro", f"{line['mac_per_second'] / 1e9:.1f} GMAC/s", "–",
                         f"{line['mac_per_second'] / products[-1]['mac_per_second']:.2f} of our products",
                         "–" if bus is None else f"{bus / 1e3:.1f} kB/s"])
    return rows, f"opencl: {device['device']}, path fp32{'; ' + error if not passes else ''}"


# What protocol_bench measures: its name in the table, and the aim.
PROTOCOL = {
    "submit stored": ("a submit parsed, let through the gate and answered", "200,000 lines/s/core"),
    "submit refused above its target": ("a submit parsed and refused by its ticket", "200,000 lines/s/core"),
    "new sprint to cancel": ("a new sprint's bytes at the socket to the device's cancel", "p99 1 ms"),
    "candidate to submit": ("a candidate known to its submit at the pool", "1 ms"),
    "candidate to submit, spooled": ("the same, written to the spool's file first", "1 ms"),
}


def protocol_rows(build):
    """The pool's gate and the miner's ways on loopback, beside what is aimed at."""
    program = os.path.join(build, "bench/protocol_bench")
    if not os.path.exists(program):
        return [], "protocol: protocol_bench is not built"
    lines, error = run([program])
    rows = []
    for line in lines:
        name, aim = PROTOCOL[line["what"]]
        if "samples" in line:
            times = [f"{line[key] * 1e6:.0f} us" for key in ("p50_seconds", "p99_seconds", "most_seconds")]
            rows.append([name, "–", *times, str(line["samples"]), aim])
        else:
            rows.append([name, f"{line['lines_per_second_and_core']:,.0f} lines/s/core", "–", "–", "–", "–", aim])
    return rows, "" if len(rows) == len(PROTOCOL) else f"protocol: {error}"


def print_table(head, rows):
    for row in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(row) + " |")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(": ", 1)[1].strip() for line in file if line.startswith("model name")]
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=False).stdout
    return f"{len(os.sched_getaffinity(0))} x {names[0] if names else 'unknown processor'}, {compiler.splitlines()[0]}"


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    print("measuring; a busy machine spoils it", file=sys.stderr)
    rows, notes = collect(build)
    head = ["backend", "path", "profile", "rate", "MAC/s", "oneDNN's products", "ratio", "weights", "verify 8"]
    print(f"{datetime.date.today()}, {machine()}\n")
    print_table(head, rows)
    for note in notes:
        print(f"\n{note}")
    rows, note = opencl_rows(build)
    if rows:
        print()
        print_table(["OpenCL", "profile", "MAC/s", "CLBlast", "ratio", "over the bus"], rows)
    print(f"\n{note}")
    rows, note = protocol_rows(build)
    if rows:
        print()
        print_table(["protocol", "rate", "p50", "p99", "most", "samples", "aim"], rows)
    if note:
        print(f"\n{note}")


if __name__ == "__main__":
    main()
