#!/usr/bin/env bash
# All that is checked without running the program; scripts/lint.sh [STEP ...] runs only those named.
# Every step runs even if one before it failed, so that one call shows all faults.
set -euo pipefail
cd "$(dirname "$0")/.."

all_steps="packages format includes sizes text build tidy"

step_packages() { scripts/install_packages.sh build test lint; }
step_format() { scripts/format.sh --check; }
step_includes() { scripts/check_includes.py; }
step_sizes() { scripts/sizes.py; }
step_text() { scripts/check_text.sh; }
# clang's build of everything: its warnings are errors, -Wthread-safety among them. The tests under the
# address sanitizer need it, too.
step_build() { scripts/build.sh asan-ubsan all; }
# Needs what the build step made, generated headers among it.
step_tidy() { scripts/tidy.py; }

failed=""
run_step() {
  local began=$SECONDS word="ok"
  echo "== lint: $1"
  "step_$1" </dev/null || { word="FAILED"; failed+=" $1"; }
  echo "== lint: $1 $word, $((SECONDS - began)) s"
}

steps=${*:-$all_steps}
for step in $steps; do
  case " $all_steps " in
    *" $step "*) ;;
    *) echo "no step '$step'; there are: $all_steps" >&2; exit 2 ;;
  esac
done
for step in $steps; do
  case "$step $failed" in
    "tidy"*" build"*) echo "== lint: tidy skipped, the build failed" ;;
    *) run_step "$step" ;;
  esac
done
if [ -n "$failed" ]; then
  echo "lint FAILED:$failed"
  exit 1
fi
echo "lint ok, $SECONDS s"
