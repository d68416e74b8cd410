#!/usr/bin/env bash
# Builds a preset into its folder: scripts/build.sh PRESET [all|programs|fuzz]
# "programs" leaves the tests out, and on a machine that has never run them needs no test packages; "fuzz" builds the fuzz
# targets alone, of the preset of that name.
# JOBS=n overrides the number of compilers.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/presets.sh

preset=${1:?usage: scripts/build.sh PRESET [all|programs|fuzz]}
what=${2:-all}
check_preset "$preset"
dir=$(build_dir "$preset")
stamp=$dir/configured_by_build_sh

tests_configured() { [ -f "$stamp" ] && grep -qs '^SPRINT_TESTS:[A-Z]*=ON' "$dir/CMakeCache.txt"; }

# Ninja sees edited CMake files by itself, but not new folders, which CMake finds by globbing.
needs_configure() {
  [ -f "$stamp" ] && [ -f "$dir/build.ninja" ] || return 0
  [ "$what" = programs ] || tests_configured || return 0
  [ -n "$(find . \( -name .git -o -name 'build' -o -name 'build-*' \) -prune -o \
    \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json \) \
    -newer "$stamp" -print -quit)" ]
}

configure() {
  local tests=ON log=$dir/configure.log
  if [ "$what" = programs ] && ! tests_configured; then tests=OFF; fi
  mkdir -p "$dir"
  echo "configuring preset $preset in $dir/"
  touch "$stamp.new" # a file edited while CMake runs is newer than this
  if ! cmake --preset "$preset" -DSPRINT_TESTS=$tests >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  sed -n 's/^-- \(backend .*\)/  \1/p' "$log"
  mv "$stamp.new" "$stamp"
}

# Everything that lands in bin/ and lib/sprintminer/.
program_targets() {
  ninja -C "$dir" -t targets all | sed -n 's,^\(\(bin\|lib/sprintminer\)/[^:]*\): .*,\1,p'
}

purposes=$(build_purposes "$preset")
if [ "$what" != programs ]; then purposes+=" test"; fi
scripts/install_packages.sh $purposes

if needs_configure; then configure; fi
targets=()
case "$what" in
  programs) readarray -t targets < <(program_targets) ;;
  fuzz) targets=(fuzz) ;;
esac
# Where ccache is installed, what one checkout compiled serves the others.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-true}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

prefix=$(sanitizer_prefix "$preset")
export NINJA_STATUS="[%f/%t, %e s] "
exec $prefix ninja -C "$dir" -j "$(build_jobs)" "${targets[@]}"
