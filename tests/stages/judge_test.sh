#!/usr/bin/env bash
# Answers that a model judges: clear verdicts count, others are unverifiable and say why; the same on
# one rank and two and after interruptions, also where the judge's text is sampled.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/memorised.sh
. "$source_dir/tests/stages/memorised.sh"
# shellcheck source=tests/stages/interruptions.sh
. "$source_dir/tests/stages/interruptions.sh" || exit 1

# What is asked and answered, and what the judge says of it: right, wrong, nothing, and both.
for name in one two three four; do
  answer_line "name $name" "it is $name"
  printf '{"question": "name %s", "answer": "the %s"}\n' $name $name >>questions.jsonl
done >policy.txt
"$bin/r1-import" questions questions.jsonl --verifier judge --out questions.h5 || exit 1
echo 'asked {question} known the {reference} said {response} end' >rubric
verdict() { # NAME TEXT
  printf 'asked name %s known the the %s said it is %s end\t%s\n' "$1" "$1" "$1" "$2"
}
right='{ "analysis" : "same" , "correctness" : "correct" }'
wrong='{ "analysis" : "other" , "correctness" : "incorrect" }'
{
  verdict one "so $right"
  verdict two "so $wrong"
  verdict three "so it is"
  verdict four "$right $wrong"
} >judge.txt
memorise policy
memorise judge

cat >config.toml <<END
[compute]
max_positions = 256
micro_batch_tokens = 1024
[r1-evaluate]
models = ["policy=runs/policy/r1-sft"]
benchmarks = ["named=questions.h5"]
template = "$by_heart"
samples = 8
interval_samples = 8
rollout.temperature = 0
rollout.max_new_tokens = 32
[r1-evaluate.judge]
model = "runs/judge/r1-sft"
template = "$by_heart"
rubric = "rubric"
max_new_tokens = 40
[r1-rejection-sampling]
model = "runs/policy/r1-sft"
template = "$by_heart"
questions = ["named=questions.h5"]
samples = 2
rollout.temperature = 0
rollout.max_new_tokens = 32
[r1-rejection-sampling.judge]
model = "runs/judge/r1-sft"
template = "$by_heart"
rubric = "asked {question} known the {reference} said {response} end"
max_new_tokens = 40
[r1-zero]
base = "runs/policy/r1-sft"
template = "$by_heart"
steps = 30
checkpoint_every = 1
transcripts_every = 1
transcripts = 64
questions.sets = ["named=questions.h5"]
rollout.max_new_tokens = 32
grpo.questions_per_rollout = 4
grpo.group_size = 4
grpo.mini_batches_per_rollout = 1
[r1-zero.judge]
model = "runs/judge/r1-sft"
template = "$by_heart"
rubric = "rubric"
max_new_tokens = 40
temperature = 1.0
samples = 3
END
evaluate=("$bin/r1-evaluate" --config config.toml)
zero=("$bin/r1-zero" --config config.toml)
rows() {
  "$bin/r1-export" rows "$1" --out rows.out >/dev/null && cat rows.out
}

# r1-evaluate: one of two questions that could be judged.
expect 0 "pass@1" "${evaluate[@]}" --run runs/whole
json=runs/whole/r1-evaluate/evaluation.json
grep -q '"pass@1": 0.5,' $json || fail "pass@1: $(grep pass@1 $json)"
rows runs/whole/r1-evaluate/evaluation.h5 >judged
grep -q '"verdict":"correct","reason":"judged: same"' judged || fail "right: $(cat judged)"
grep -q '"verdict":"wrong","reason":"judged: other"' judged || fail "wrong: $(cat judged)"
grep -q '"verdict":"unverifiable","reason":"the judge gave no verdict: no JSON object' judged ||
  fail "nothing said: $(cat judged)"
grep -q '"verdict":"unverifiable","reason":"the judge gave no verdict: 2 objects' judged ||
  fail "both said: $(cat judged)"
expect 0 "pass@1" mpirun -n 2 "${evaluate[@]}" --run runs/two
cmp $json runs/two/r1-evaluate/evaluation.json || fail "two ranks differ"

# Sampled judgements: the same on any number of ranks, and after an interruption.
sampled=("${evaluate[@]}" --set r1-evaluate.judge.temperature=1.5 --set r1-evaluate.judge.samples=3
  --set r1-evaluate.rollout.temperature=1 --set r1-evaluate.rollout.top_p=1
  --set r1-evaluate.samples=96 --set r1-evaluate.interval_samples=1)
expect 0 "pass@1" "${sampled[@]}" --run runs/sampled
rows runs/sampled/r1-evaluate/evaluation.h5 >sampled
grep -q 'judged correct by [12] of 3' sampled || fail "no divided judgements: $(head sampled)"
mpirun -n 2 "${sampled[@]}" --run runs/stopped >log 2>&1 &
job=$!
while kill -0 $job 2>/dev/null && ! compgen -G 'runs/stopped/r1-evaluate/samples/*/*/interval-*.h5' >/dev/null; do
  sleep 0.005
done
kill -9 "$(ranks_of runs/stopped "$bin/r1-evaluate" | head -n 1)" 2>/dev/null
wait_for "$job" runs/stopped "$bin/r1-evaluate" && fail "it was faster than kill -9"
expect 64 "were drawn with judge" "${sampled[@]}" --run runs/stopped --set r1-evaluate.judge.samples=5
expect 0 "pass@1" mpirun -n 3 "${sampled[@]}" --run runs/stopped
cmp runs/sampled/r1-evaluate/evaluation.json runs/stopped/r1-evaluate/evaluation.json ||
  fail "an interruption and three ranks change the figures"
rows runs/stopped/r1-evaluate/evaluation.h5 | cmp sampled - || fail "an interruption changes judgements"

# r1-rejection-sampling keeps what the judge finds correct.
expect 0 "" "$bin/r1-rejection-sampling" --config config.toml --run runs/whole
rows runs/whole/r1-rejection-sampling/examples.h5 >kept
[ "$(grep -c . kept)" = 1 ] && grep -q '"response":"<think> so </think> <answer> it is one' kept ||
  fail "kept: $(cat kept)"

# r1-zero: judged rewards; unverifiable samples leave their groups; bits survive interruptions.
survives r1-zero model "${zero[@]}"
transcript=runs/r1-zero-whole/r1-zero/transcripts/step-1.jsonl
grep -q '"reward":2.0,"accuracy":"correct","accuracy_reason":"judged correct by [23] of 3' $transcript ||
  fail "no reward: $(cat $transcript)"
grep -q '"reward":1.0,"accuracy":"wrong","accuracy_reason":"judged correct by' $transcript ||
  fail "nothing wrong: $(cat $transcript)"
grep -q '"unverifiable":[1-9]' runs/r1-zero-whole/r1-zero/metrics.jsonl || fail "nothing was unverifiable"
grep -q "leaves its group: the judge gave no verdict" runs/r1-zero-whole/r1-zero/rank-*.log ||
  fail "no reason in the log"

# Wrong input.
refused() { expect 64 "$1" "${evaluate[@]}" --run runs/refused "${@:2}"; }
refused "questions.h5, row 0 is to be judged by a generative model, and judge.model names none" \
  --set 'r1-evaluate.judge.model=""'
refused "holds {reference} 2 times" --set 'r1-evaluate.judge.rubric="{question}{response}{reference}{reference}"'
refused "holds {question} 0 times" --set 'r1-evaluate.judge.rubric="{response}"'
refused "nowhere" --set 'r1-evaluate.judge.rubric="nowhere"'
refused "nowhere" --set 'r1-evaluate.judge.model="nowhere"'
refused "greedy judgements are all alike" --set r1-evaluate.judge.samples=3
"$bin/evaluate_examples" reward-model judge.h5 reward-model.h5 || fail "evaluate_examples"
refused "is a reward model; it cannot say why" --set 'r1-evaluate.judge.model="reward-model.h5"'
# An answer that does not fit beside the rubric is unverifiable.
expect 0 "" "${evaluate[@]}" --run runs/long --set r1-evaluate.judge.max_new_tokens=250
grep -q '"reason":"too long for the judge' <(rows runs/long/r1-evaluate/evaluation.h5) || fail "too long"
finish
