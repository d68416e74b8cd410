#!/usr/bin/env bash
# No path of one machine, no blanks at a line's end, scripts executable. One line a fault; exits 1.
set -euo pipefail
cd "$(dirname "$0")/.."

faults=0

# Runs grep over our text files, less those whose bytes are fixed from outside; every hit is a fault.
refuse() {
  local why=$1 pattern=$2 hits status=0
  hits=$(git grep --untracked -I -n -E -e "$pattern" -- . ':!tests/vectors' ':!tests/fuzz/corpus' \
    ':!*.jsonl' ':!LICENSE') || status=$?
  [ "$status" -le 1 ] || exit 1 # 1 means no hit; more, that git could not look
  [ -n "$hits" ] || return 0
  sed "s/\$/   <- $why/" <<<"$hits"
  faults=$((faults + $(wc -l <<<"$hits")))
}

check_executable() {
  local file
  while IFS= read -r -d '' file; do
    if [ -f "$file" ] && [ ! -x "$file" ] && [ "$(head -c 2 "$file")" = '#!' ]; then
      echo "$file:1: starts with #! and is not executable: chmod +x"
      faults=$((faults + 1))
    fi
  done < <(git ls-files -z --cached --others --exclude-standard --deduplicate -- '*.sh' '*.py' .ci)
}

# The brackets keep this file from being a hit of its own.
refuse "a path of one machine" '(^|[^A-Za-z0-9_./-])/([w]ork|[r]oot|home/[a-z]+)/|\.\./[s]hared'
refuse "blanks at the line's end" '[[:blank:]]+$'
check_executable
echo "text: $faults faults"
[ "$faults" -eq 0 ]
