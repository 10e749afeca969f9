#!/usr/bin/env bash
# HumanEval and MBPP as r1-import brings them: the data sets' own solutions, put as responses, earn
# the whole reward; those of other questions earn none. solutions_test.sh BIN SOURCE [EVERY]: of
# every 20th question, unless EVERY says otherwise.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
every=${3:-20}
if [ -z "${R1_TEST_DATA:-}" ]; then
  echo "skipped: R1_TEST_DATA is not set"
  exit 77
fi
score() { # SET ROWS PROMPT SOLUTION SHIFT
  output=$("$bin/score_solutions" "$1" "$R1_TEST_DATA/$2" "$3" "$4" "$every" "$5") || {
    [[ "$output" == *"code cannot be run safely here"* ]] && echo "skipped: $output" && exit 77
    fail "score_solutions: $output"
  }
  echo "$1, solutions shifted by $5: $output"
}
all_pass() { [[ "$output" =~ ([0-9]+)\ of\ ([0-9]+)\ pass ]] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]; }
for name in humaneval mbpp; do
  "$bin/r1-import" questions "$R1_TEST_DATA/code/$name.jsonl.gz" --dataset $name --out $name.h5 || exit 1
done
score humaneval.h5 code/humaneval.jsonl.gz prompt canonical_solution 0
all_pass || fail "HumanEval"
score humaneval.h5 code/humaneval.jsonl.gz prompt canonical_solution 1
[[ "$output" == "0 of "* ]] || fail "HumanEval: a solution of another question passes"
score mbpp.h5 code/mbpp.jsonl.gz - code 0
all_pass || fail "MBPP"
score mbpp.h5 code/mbpp.jsonl.gz - code 1
[[ "$output" == "0 of "* ]] || fail "MBPP: a solution of another question passes"
finish
