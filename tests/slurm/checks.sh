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

# shellcheck source=tests/expect.sh
. "$source_dir/tests/expect.sh"
