#!/usr/bin/env bash
# Installs what is missing, builds the programs, then becomes sprintminer with the arguments given.
# Progress goes to stderr, so that stdout is the program's alone (--json). Because of the exec a
# Ctrl-C, or a signal to the process group, reaches the program itself; make waits for its summary.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release programs >&2
exec build/bin/sprintminer "$@"
