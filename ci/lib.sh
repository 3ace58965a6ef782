# Sourced by the other scripts: where the project is, and how it gets what it needs.
set -euo pipefail
unset CDPATH
trap 'exit 130' INT TERM
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

# need PACKAGE...: installs the Debian packages among these that are missing.
need() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

need_build_tools() {
  need g++ cmake ninja-build libgtest-dev libbenchmark-dev libcli11-dev libfmt-dev \
    nlohmann-json3-dev relacy-dev libxxhash-dev
}

# build PRESET [TARGET...]: configures and builds; quiet unless something fails.
build() {
  local preset=$1 log
  shift
  say "building $preset"
  log=$(mktemp)
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1+--target "$@"}; } \
    >"$log" 2>&1; then
    tail -n 60 "$log"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
