# Sourced by the other scripts: what they must agree on about a preset.

presets="release asan-ubsan tsan fuzz"

check_preset() {
  case " $presets " in
    *" $1 "*) ;;
    *) echo "no preset '$1'; there are: $presets" >&2; exit 2 ;;
  esac
}

build_dir() {
  if [ "$1" = release ]; then echo build; else echo "build-$1"; fi
}

# What must be installed to build a preset's programs.
build_purposes() {
  case "$1" in
    release) echo build ;;
    *) echo build clang ;;
  esac
}

# One job a core, but a compiler on our largest sources takes up to 1.5 GB.
build_jobs() {
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo "${JOBS:-$((cores < by_memory ? cores : by_memory))}"
}

# Prints a command prefix. The sanitizers of clang 14 die at start with "unexpected memory
# mapping" where the kernel moves mappings by more than 28 bits; setarch -R turns that off for one
# process tree. Test programs run during the build too (gtest_discover_tests), so builds need it as well.
sanitizer_prefix() {
  case "$1" in asan-ubsan | tsan | fuzz) ;; *) return 0 ;; esac
  local bits
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
  [ "$bits" -gt 28 ] || return 0
  if setarch -R true 2>/dev/null; then
    echo "setarch -R"
  else
    echo "vm.mmap_rnd_bits is $bits and this container forbids setarch -R: sanitizers may die at" \
      "start; as root on the host: sysctl vm.mmap_rnd_bits=28" >&2
  fi
}
