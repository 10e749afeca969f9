# Sourced by the tests of executables and of slurm/, which have a fail of their own.
# shellcheck shell=bash

# expect CODE TEXT COMMAND...: the exit code, and a text in what is printed.
expect() {
  local code=$1 text=$2 output status
  shift 2
  output=$("$@" 2>&1)
  status=$?
  [ "$status" -eq "$code" ] || fail "exit code $status instead of $code: $*"$'\n'"$output"
  [[ "$output" == *"$text"* ]] || fail "no '$text' in the output of $*"$'\n'"$output"
}
