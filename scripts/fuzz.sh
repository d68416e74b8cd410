#!/usr/bin/env bash
# Builds the fuzz targets and runs each for FUZZ_SECONDS (60), one after another; then a table. FILTER=regex picks targets.
# What a target finds beside its seeds is kept in build-fuzz/fuzz/TARGET/found and is where the next run goes on. Exits 1
# when a target crashed, ran out of time or memory, or leaked: the input that makes it so again is named.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/presets.sh

seconds=${FUZZ_SECONDS:-60}
dir=$(build_dir fuzz)
scripts/build.sh fuzz fuzz

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
prefix=$(sanitizer_prefix fuzz)
table="| target | runs | seeds | new units | edges covered | peak RSS | result |
| --- | --- | --- | --- | --- | --- | --- |"
failed=0

# The value of a line "stat::NAME: VALUE" of a log, or "-".
stat_of() {
  local value
  value=$(sed -n "s/^stat::$2: *//p" "$1" | tail -n 1)
  echo "${value:--}"
}

# A target's run, in the foreground; its log is kept beside what it found.
run_target() {
  local program=$1 seeds=$2 words=$3 home=$4
  mkdir -p "$home/found" "$home/crashes"
  $prefix "$program" -max_total_time="$seconds" -max_len=20000 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -dict="$words" -artifact_prefix="$home/crashes/" "$home/found" "$seeds" </dev/null >"$home/log" 2>&1
}

while read -r program seeds words; do
  name=$(basename "$program")
  [[ $name =~ ${FILTER:-.} ]] || continue
  home=$dir/fuzz/$name
  echo "$name: $seconds s, $(find "$seeds" -type f | wc -l) seeds, log in $home/log"
  result=clean
  if ! run_target "$program" "$seeds" "$words" "$home"; then
    input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$home/log" | tail -n 1)
    result="FAILED: ${input:-see $home/log}"
    failed=1
    grep -E -m 3 'check failed|ERROR: |SUMMARY: ' "$home/log" | sed 's/^/  /' || true
  fi
  edges=$(grep -o 'cov: [0-9]*' "$home/log" | tail -n 1 | cut -d' ' -f2)
  runs=$(stat_of "$home/log" number_of_executed_units)
  rss=$(stat_of "$home/log" peak_rss_mb)
  echo "$name: $runs runs, $rss MiB, $result"
  table+="
| $name | $runs | $(find "$seeds" -type f | wc -l) | $(stat_of "$home/log" new_units_added) | ${edges:--} | $rss MiB | $result |"
done <"$dir/fuzz_targets"

echo
echo "$table"
exit "$failed"
