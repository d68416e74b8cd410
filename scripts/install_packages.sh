#!/usr/bin/env bash
# Installs, through apt, what is missing for the purposes named:
#   scripts/install_packages.sh build|test|browser|bench|clang|lint ...
# Exits 2 when something is missing and cannot be installed. SPRINT_INSTALL=no skips the whole step.
set -euo pipefail

packages_for() {
  case "$1" in
    build)
      echo g++ cmake ninja-build libfmt-dev libcli11-dev rapidjson-dev libncurses-dev
      echo libcurl4-openssl-dev libssl-dev libpsl-dev libboost-dev libsqlite3-dev opencl-headers
      ;;
    test)
      echo libgtest-dev libgmock-dev python3 python3-jsonschema openssl tmux
      echo ocl-icd-libopencl1 pocl-opencl-icd oclgrind
      ;;
    browser) echo chromium ;; # 120 MB: for test_status_browser alone, which is skipped without
    bench) echo libdnnl-dev libclblast-dev libgtest-dev python3 ;;
    clang) echo clang libclang-rt-dev ;;
    lint) echo clang libclang-rt-dev clang-format clang-tidy universal-ctags python3 ;;
    *) echo "install_packages.sh: no purpose '$1'; there are: build test browser bench clang lint" >&2; exit 2 ;;
  esac
}

# What the tests go on without: Ubuntu has no package of Chromium.
is_optional() {
  [ "$1" = chromium ]
}

# Prints those of "$@" that dpkg does not hold as installed.
missing_of() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    case $'\n'"$installed"$'\n' in
      *$'\n'"installed $package"$'\n'*) ;;
      *) echo "$package" ;;
    esac
  done
}

# Leaves in `missing` what must be installed, and what of the rest apt has.
leave_out_what_apt_has_not() {
  local package kept=()
  for package in "${missing[@]}"; do
    if is_optional "$package" && ! apt-cache show "$package" >/dev/null 2>&1; then
      echo "apt has no package '$package' here: going on without; the tests that need it are skipped" >&2
    else
      kept+=("$package")
    fi
  done
  missing=("${kept[@]}")
}

give_up() {
  echo "$1; an administrator must run: apt-get install ${missing[*]}" >&2
  exit 2
}

as_root() {
  if [ "$EUID" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@" # nobody is there to type a password
  fi
}

apt_get() {
  # Another apt at work (unattended upgrades, a second checkout) is waited for.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

main() {
  [ "${SPRINT_INSTALL:-yes}" != no ] || return 0
  local purpose words=() wanted=() missing=()
  for purpose in "$@"; do
    read -r -d '' -a words < <(packages_for "$purpose") || true
    [ "${#words[@]}" -gt 0 ] || exit 2
    wanted+=("${words[@]}")
  done
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "not Debian or Ubuntu: going on, in the hope that you have what these packages hold:" \
      "${wanted[*]}" >&2
    return 0
  fi
  readarray -t missing < <(missing_of "${wanted[@]}" | sort -u)
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$EUID" -ne 0 ] && ! command -v sudo >/dev/null; then
    leave_out_what_apt_has_not
    [ "${#missing[@]}" -eq 0 ] || give_up "neither root nor sudo"
    return 0
  fi
  echo "installing through apt: ${missing[*]}"
  apt_get update || echo "apt-get update failed; trying with the lists that are here" >&2
  leave_out_what_apt_has_not
  [ "${#missing[@]}" -gt 0 ] || return 0
  apt_get install -y --no-install-recommends "${missing[@]}" || give_up "apt could not install them"
}

main "$@"
