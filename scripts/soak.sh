#!/usr/bin/env bash
# The tests that take too long for every day, those labelled slow: scripts/soak.sh
# FILTER=regex picks tests by name. Results worth keeping go into docs/VERIFICATION.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/presets.sh

scripts/build.sh release all
exec ctest --test-dir "$(build_dir release)" --output-on-failure --no-tests=error \
  --label-regex '^slow$' ${FILTER:+--tests-regex "$FILTER"}
