#!/usr/bin/env bash
# The benchmarks: scripts/bench.sh prints the table of docs/BENCHMARKS.md for this machine, each path of
# the processor beside oneDNN's products of the same shapes in the same run, every card, OpenCL beside
# CLBlast's products on the first device it finds (a processor where there is no card), and the protocol.
# With arguments it is `sprintminer bench ARGUMENTS`. Needs a quiet machine; takes a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/presets.sh

if [ $# -gt 0 ]; then exec scripts/run.sh bench "$@"; fi

dir=$(build_dir release)
mkdir -p "$dir"
{
  scripts/install_packages.sh bench
  scripts/build.sh release programs
  grep -qs '^SPRINT_BENCH:BOOL=ON' "$dir/CMakeCache.txt" || cmake -DSPRINT_BENCH=ON "$dir"
  for yardstick in cpu_yardstick opencl_products protocol_bench; do
    if ninja -C "$dir" -t query "$yardstick"; then ninja -C "$dir" -j "$(build_jobs)" "$yardstick"; fi
  done
} >"$dir/bench.log" 2>&1 || { cat "$dir/bench.log" >&2; exit 1; }
exec python3 scripts/bench_table.py "$dir"
