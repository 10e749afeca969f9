# Sourced by the tests of slurm/: what a test expects, and its end. $name is the test's.
# shellcheck shell=bash disable=SC2154
failures=0

fail() {
  echo "FAILED: $name: $*"
  failures=$((failures + 1))
}

finish() {
  [ "$failures" -eq 0 ] || { echo "$name: $failures failures" && exit 1; }
  echo "$name: all passed"
}

# expect CODE TEXT COMMAND...: the exit code, and a text in what is printed.
expect() {
  local code=$1 text=$2 output status
  shift 2
  output=$("$@" 2>&1)
  status=$?
  [ "$status" -eq "$code" ] || fail "exit code $status instead of $code: $*"$'\n'"$output"
  [[ $output == *"$text"* ]] || fail "no '$text' in the output of $*"$'\n'"$output"
}
