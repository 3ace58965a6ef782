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
  need g++ cmake ninja-build libgtest-dev libbenchmark-dev libcli11-dev libfmt-dev libxxhash-dev \
    nlohmann-json3-dev relacy-dev python3
}

# Whoever has ccache installed gets it; nothing here installs it. Precompiled headers are taken by
# ccache only with this.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros,include_file_mtime,include_file_ctime}
fi

# from_json EXPRESSION: Python's, of the report that standard input is the JSON of.
from_json() {
  /usr/bin/python3 -c "import json, sys; report = json.load(sys.stdin); print($1)"
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

# --- Checks that are counted and timed: for test and nightly --------------------------------------

passed=0
failed=0
parts=()
start=$SECONDS
# timed NAME COMMAND...: runs it, and keeps how long it took.
timed() {
  local name=$1 begin=$SECONDS status=0
  shift
  "$@" || status=$?
  parts+=("$(printf '%5d s  %s' $((SECONDS - begin)) "$name")")
  return "$status"
}

# count NAME COMMAND...: one test more, by the command's exit status.
count() {
  if timed "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    say "FAILED: $1"
  fi
}

# quietly COMMAND...: what it prints is shown only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  ((status == 0)) || cat "$log"
  rm -f "$log"
  return "$status"
}

# count_ctest PRESET [CTEST-ARGUMENT...]
count_ctest() {
  local preset=$1 log summary total bad status=0
  shift
  log=$(mktemp)
  say "testing $preset"
  ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error "$@" >"$log" 2>&1 || status=$?
  # "97% tests passed, 3 tests failed out of 107"
  summary=$(grep -E 'tests passed, .* tests failed out of' "$log" || true)
  total=${summary##* }
  bad=$(sed -n 's/.*passed, \([0-9]*\) tests failed.*/\1/p' <<<"$summary")
  if [[ -z $summary || $bad != 0 ]]; then
    grep -vE '^ *[0-9]+/[0-9]+ Test +#.* Passed|^ *Start +[0-9]+:' "$log" | tail -n 200
  fi
  [[ -n $summary ]] || { total=1 bad=1; }
  # Whatever ctest complains of beyond failed tests counts as one.
  if ((status != 0 && bad == 0)); then bad=1; fi
  say "$preset: $((total - bad)) of $total passed"
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  rm -f "$log"
}

# build_and_test PRESET [CTEST-ARGUMENT...]
build_and_test() {
  if timed "build $1" build "$1"; then
    timed "test $1" count_ctest "$@"
  else
    failed=$((failed + 1))
    say "FAILED: $1 does not build"
  fi
}

# The last lines of a script that counts, and its exit status.
conclude() {
  printf '%s\n' "${parts[@]}"
  printf '%5d s  in all\n' $((SECONDS - start))
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}
