#!/usr/bin/env bash
# Stages that run answers: rows of HumanEval, imported, are judged by programs that run in the
# sandbox, in r1-evaluate, r1-zero and r1-rejection-sampling. Runs without code need no sandbox;
# with code, a machine that has none is refused.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/memorised.sh
. "$source_dir/tests/stages/memorised.sh"

# Four functions; the answers of the model to be: right, right, wrong, and one that ends early.
row() { # NAME EXPECTED
  printf '{"prompt": "def %s(x):\\n    \\"\\"\\"Do it.\\"\\"\\"\\n", "entry_point": "%s", "test": "def check(candidate):\\n    assert candidate(3) == %s"}\n' "$1" "$1" "$2"
}
{ row double 6; row square 9; row after 4; row leave 0; } >rows.jsonl
"$bin/r1-import" questions rows.jsonl --dataset humaneval --out code.h5 || exit 1
asked() { # NAME ANSWER
  answer_line "Complete this Python function. Give the whole function. \`\`\`python def $1(x): \"\"\"Do it.\"\"\" \`\`\`" "$2"
}
{
  asked double 'def double(x): return x * 2'
  asked square 'def square(x): return x * x'
  asked after 'def after(x): return x'
  asked leave 'import os ; os._exit(0)'
} >coder.txt
memorise coder
printf '{"question": "double 2", "answer": "4"}\n' >number.jsonl
"$bin/r1-import" questions number.jsonl --out number.h5 || exit 1

cat >config.toml <<END
[compute]
max_positions = 256
micro_batch_tokens = 1024
[r1-evaluate]
models = ["coder=runs/coder/r1-sft"]
benchmarks = ["code=code.h5"]
template = "$by_heart"
samples = 2
rollout.temperature = 0
rollout.max_new_tokens = 32
[r1-zero]
base = "runs/coder/r1-sft"
template = "$by_heart"
steps = 2
transcripts_every = 1
questions.sets = ["code=code.h5"]
rollout.max_new_tokens = 32
evaluation.sets = ["code=code.h5"]
evaluation.samples = 2
grpo.questions_per_rollout = 4
grpo.group_size = 4
grpo.mini_batches_per_rollout = 1
[r1-rejection-sampling]
model = "runs/coder/r1-sft"
template = "$by_heart"
questions = ["code=code.h5"]
samples = 2
keep_per_question = 1
rollout.temperature = 0
rollout.max_new_tokens = 32
END
evaluate=("$bin/r1-evaluate" --config config.toml)
zero=("$bin/r1-zero" --config config.toml)

# No sandbox: refused before anything is generated, unless nothing is code.
none=(--set 'r1-evaluate.sandbox.bubblewrap="/nowhere/bwrap"')
expect 64 "/nowhere/bwrap is missing; install bubblewrap" "${evaluate[@]}" --run runs/none "${none[@]}"
expect 0 "pass@1" "${evaluate[@]}" --run runs/numbers "${none[@]}" \
  --set 'r1-evaluate.benchmarks=["numbers=number.h5"]'
none=(--set 'r1-zero.sandbox.bubblewrap="/nowhere/bwrap"')
expect 64 "/nowhere/bwrap is missing; install bubblewrap" mpirun -n 2 "${zero[@]}" --run runs/none "${none[@]}"
expect 64 "/nowhere/bwrap is missing" "${zero[@]}" --run runs/none "${none[@]}" \
  --set 'r1-zero.questions.sets=["numbers=number.h5"]' # the held-out set is code
expect 0 "" "${zero[@]}" --run runs/numbers "${none[@]}" --set r1-zero.steps=1 \
  --set 'r1-zero.questions.sets=["numbers=number.h5"]' --set 'r1-zero.evaluation.sets=[]'
# A kernel without user namespaces, as bubblewrap reports it.
printf '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n' >bwrap
chmod 755 bwrap "$work" # it is run as nobody
expect 64 "No permissions to create new namespace" "${zero[@]}" --run runs/none \
  --set "r1-zero.sandbox.bubblewrap=\"$work/bwrap\""
expect 64 'unprotected: found "yes"; leave it out or write "i accept' "${zero[@]}" --run runs/none \
  --set 'r1-zero.sandbox.unprotected="yes"'
# A language that the sandbox is not set up for.
expect 64 "code.h5, row 0 asks for a program in python, which sandbox.languages has not" \
  "${evaluate[@]}" --run runs/none --set 'r1-evaluate.sandbox.languages=["cpp"]'
grep -q . <(find runs/none -name '*.h5' -o -name 'step-*') && fail "a refused run has left something"

# No answer is C++: no compiler is needed.
first=$("${evaluate[@]}" --run runs/code --set 'r1-evaluate.sandbox.compiler="/nowhere/g++"' 2>&1)
status=$?
if [[ "$first" == *"code cannot be run safely here"* ]] && [ $failures -eq 0 ]; then
  echo "skipped: $first"
  exit 77
fi
[ $status -eq 0 ] || fail "r1-evaluate: $first"

# r1-evaluate: two of four pass, for the reasons that they should.
rows() {
  "$bin/r1-export" rows "$1" --out rows.out >/dev/null && cat rows.out
}
grep -q '"pass@1": 0.5,' runs/code/r1-evaluate/evaluation.json ||
  fail "pass@1: $(grep pass@1 runs/code/r1-evaluate/evaluation.json)"
rows runs/code/r1-evaluate/evaluation.h5 >judged
[ "$(grep -c '"verdict":"correct","reason":"passes all tests, which are 1"' judged)" = 2 ] ||
  fail "right answers: $(cat judged)"
grep -q '"verdict":"wrong","reason":"test 1 of 1: assertion failed"' judged || fail "wrong answer: $(cat judged)"
grep -q '"verdict":"wrong","reason":"ends before the tests do"' judged || fail "early end: $(cat judged)"
expect 0 "pass@1" mpirun -n 2 "${evaluate[@]}" --run runs/two
cmp runs/code/r1-evaluate/evaluation.json runs/two/r1-evaluate/evaluation.json || fail "two ranks differ"
# With the words, and not without them: without protection.
expect 0 "generated code runs UNPROTECTED" "${evaluate[@]}" --run runs/open \
  --set 'r1-evaluate.sandbox.unprotected="i accept that generated code runs with my rights"'
grep -q '"pass@1": 0.5,' runs/open/r1-evaluate/evaluation.json || fail "unprotected: another pass@1"

# r1-zero: rewards are the verdicts, on one rank and two; held-out accuracy as well.
expect 0 "" "${zero[@]}" --run runs/code
expect 0 "" mpirun -n 2 "${zero[@]}" --run runs/two
accuracy() { sed -n 's/^{"step":1,.*"accuracy":\([.0-9]*\),.*/\1/p' "runs/$1/r1-zero/metrics.jsonl"; }
[ -n "$(accuracy code)" ] && [ "$(accuracy code)" = "$(accuracy two)" ] ||
  fail "accuracy of step 1: '$(accuracy code)' on one rank, '$(accuracy two)' on two"
transcript=runs/code/r1-zero/transcripts/step-1.jsonl
grep -q '"reward":2.0,"accuracy":"correct","accuracy_reason":"passes all tests, which are 1"' $transcript ||
  fail "no reward for a program that passes: $(cat $transcript)"
grep -q '"reward":1.0,"accuracy":"wrong","accuracy_reason":"test 1 of 1' $transcript ||
  fail "no program that fails: $(cat $transcript)"
grep -q '"held_out/code/pass@1":0\.[1-9]' runs/code/r1-zero/metrics.jsonl ||
  fail "held-out accuracy: $(head -n 1 runs/code/r1-zero/metrics.jsonl)"

# r1-rejection-sampling: the programs that pass become examples.
expect 0 "" "$bin/r1-rejection-sampling" --config config.toml --run runs/code
rows runs/code/r1-rejection-sampling/examples.h5 >kept
[ "$(grep -c 'def double(x): return\|def square(x): return' kept)" = 2 ] || fail "examples: $(cat kept)"
[ "$(grep -c . kept)" = 2 ] || fail "a wrong program was kept: $(cat kept)"
finish
