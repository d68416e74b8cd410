#!/usr/bin/env bash
# Builds a preset and runs its tests: scripts/test.sh [PRESET]
# FILTER=regex picks tests by name; JOBS_TEST=n runs n at a time: three on two cores, since many only wait. Those labelled
# slow stay out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/presets.sh

preset=${1:-release}
check_preset "$preset"
scripts/build.sh "$preset" all

# clang 14's runtime takes what lies in front of a module's thread-local block for its length (glibc 2.36 has none there):
# its search for leaks then reads what is no memory. We have no such blocks.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:intercept_tls_get_addr=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# A program that is told twice to end leaves threads that nobody joined: no leak.
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1:report_thread_leaks=0}
# Platforms of the ICD loader were not compiled for sanitizers: they leak, and start threads in a forked process.
if [ "$preset" != release ]; then export OCL_ICD_VENDORS=/nowhere; fi

dir=$(build_dir "$preset")
status=0
$(sanitizer_prefix "$preset") ctest --test-dir "$dir" \
  --parallel "${JOBS_TEST:-3}" --output-on-failure --no-tests=error \
  --label-exclude '^slow$' ${FILTER:+--tests-regex "$FILTER"} || status=$?
if [ "$status" -ne 0 ]; then scripts/failed_tests.py "$dir"; fi
exit "$status"
