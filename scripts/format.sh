#!/usr/bin/env bash
# Formats our C++ sources in place; with --check it only names those that are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

our_sources() {
  local file
  git ls-files -z --cached --others --exclude-standard --deduplicate -- '*.h' '*.cpp' '*.cu' '*.cuh' |
    while IFS= read -r -d '' file; do
      if [ -f "$file" ]; then printf '%s\0' "$file"; fi # one that git still lists may be deleted
    done
}

if [ "${1:-}" != --check ]; then
  our_sources | xargs -0 -r clang-format -i
  exit
fi
if ! complaints=$(our_sources | xargs -0 -r clang-format --dry-run -Werror 2>&1); then
  # One line a file, with the first place in it; anything else clang-format said as it is.
  grep -E '(error|warning): ' <<<"$complaints" | sort -t: -k1,1 -u || echo "$complaints"
  echo "make format puts this right"
  exit 1
fi
