# Sourced by the scripts here: the command line that describes a campaign, which all of them share.
#   -n N -d FOLDER [--stop-on-fail] [-p PROGRAM] -- check|program ARGUMENT...
# shellcheck shell=bash disable=SC2034  # its variables are for those that source it
set -euo pipefail

# refuse TEXT: one line that says what was wrong and what would be right.
refuse() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

shards=
shard=
folder=
stop_on_fail=
program=
tries=5
# read_command_line ARGUMENT...: sets these, and arguments[] to what PROGRAM is given.
read_command_line() {
  while (($#)); do
    case $1 in
      -n | -i | -d | -p | --tries)
        (($# > 1)) || refuse "$1 needs a value"
        case $1 in
          -n) shards=$2 ;;
          -i) shard=$2 ;;
          -d) folder=$2 ;;
          -p) program=$2 ;;
          *) tries=$2 ;;
        esac
        shift 2
        ;;
      --stop-on-fail) stop_on_fail=1 && shift ;;
      --) shift && break ;;
      *) refuse "'$1' is not known; wanted: -n N -d FOLDER [--stop-on-fail] [-p PROGRAM] -- check ..." ;;
    esac
  done
  arguments=("$@")
  whole -n "$shards" 100000
  [[ -n $folder ]] || refuse '-d FOLDER is missing: a folder that all machines share'
  whole --tries "$tries" 1000
  find_program
  look_at_arguments
}

# whole NAME VALUE MOST: fails unless it is a whole number from 1 to MOST.
whole() {
  [[ $2 =~ ^[1-9][0-9]{0,5}$ && $2 -le $3 ]] || refuse "$1 '$2': a whole number from 1 to $3 is wanted"
}

find_program() {
  local built
  built=$(dirname "${BASH_SOURCE[0]}")/../../build/release/bin/poolproof
  if [[ -n $program ]]; then
    [[ -x $program && -f $program ]] || refuse "-p '$program': an installed or built poolproof is wanted"
  elif [[ -x $built ]]; then
    program=$(realpath "$built")
  else
    program=$(command -v poolproof) || refuse 'no poolproof is built or in PATH: name one with -p'
  fi
}

systematic=
jobs=1
# look_at_arguments: refuses what would not make a whole; finds out whether the search is systematic.
look_at_arguments() {
  local seed='' own=1 i value next
  [[ ${arguments[0]-} == check || ${arguments[0]-} == program ]] ||
    refuse "'${arguments[0]-}': check or program is wanted after --"
  for ((i = 1; i != ${#arguments[@]}; ++i)); do
    [[ ${arguments[i]} != *$'\n'* ]] || refuse 'an argument has a line break'
    [[ ${arguments[i]} != -- ]] || own=
    [[ -n $own ]] || continue  # what follows is for the program under check
    next=${arguments[i + 1]-}
    value=${arguments[i]#*=}
    [[ ${arguments[i]} == *=* ]] || value=$next
    case ${arguments[i]%%=*} in
      --shard | --resume | --report | --json) refuse "${arguments[i]%%=*} is given to each shard: leave it out" ;;
      --seed) seed=$value ;;
      --jobs) jobs=$value ;;
      --search) [[ $value != @(departures:*|preemptions:*|exhaustive*|interleavings) ]] || systematic=1 ;;
    esac
  done
  [[ -n $seed ]] || refuse '--seed is missing: only shards of one seed make a whole'
  whole --jobs "$jobs" 256
}

# write_command: FOLDER/command says which campaign this is. Another one is refused.
write_command() {
  mkdir -p "$folder" || refuse "-d '$folder' cannot be made"
  local mine lines=(-n "$shards" ${stop_on_fail:+--stop-on-fail} -p "$program" -- "${arguments[@]}")
  if [[ ! -e $folder/command ]]; then
    [[ -z $(ls -A "$folder") || -n ${shard-} ]] || refuse "-d '$folder': an empty folder is wanted, or that of this campaign"
    mine=$(mktemp "$folder/.command.XXXXXX")
    printf '%s\n' "${lines[@]}" >"$mine"
    mv -n "$mine" "$folder/command"  # whoever is second writes the same, or is refused below
    rm -f "$mine"
  fi
  cmp -s "$folder/command" <(printf '%s\n' "${lines[@]}") ||
    refuse "-d '$folder' has another campaign, see its file command: take another folder"
}

# find_missing: sets present[] and missing[] to the shards with a verdict and without.
find_missing() {
  present=()
  missing=()
  local i
  for ((i = 1; i <= shards; ++i)); do
    if has_verdict "$i"; then present+=("$i"); else missing+=("$i"); fi
  done
}

# has_verdict I: has shard I ended, for good? Not if a machine has ended it or one of its processes.
has_verdict() {
  local lost='^  "interrupted": true|^      "reason": "the process was (killed|stopped) from outside'
  [[ -f $folder/$1.report/report.json ]] || return 1
  [[ -e $folder/stop ]] || ! grep -qE "$lost" "$folder/$1.report/report.json"
}
