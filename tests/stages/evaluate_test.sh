#!/usr/bin/env bash
# r1-evaluate: the same bytes on one rank and two, after kill -9 and SIGUSR1, and joined from parts;
# figures that follow from the transcripts; every wrong input is named.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
"$bin/r1-miniature" --out runs/miniature-world --documents 4000 --test-questions 12 || exit 1
"${pretrain[@]}" --run runs/base --set r1-pretrain.steps=300 --set r1-pretrain.checkpoint_every=100 \
  --set r1-pretrain.tokens_per_step=1024 --set r1-pretrain.model.layers=1 \
  --set r1-pretrain.model.hidden=64 --set r1-pretrain.model.heads=2 \
  --set r1-pretrain.model.kv_heads=2 --set r1-pretrain.model.intermediate=128 >log 2>&1 ||
  fail "r1-pretrain: $(tail -n 3 log)"
base=runs/base/r1-pretrain
world=runs/miniature-world
"$bin/evaluate_examples" reward-model $base judge.h5 || fail "evaluate_examples"
"$bin/evaluate_examples" rated $world/test-chain-hard.h5 rated.h5 || fail "evaluate_examples"
"$bin/evaluate_examples" empty empty.h5 || fail "evaluate_examples"

cat >config.toml <<END
[compute]
max_positions = 320
[r1-evaluate]
models = ["young=$base/step-000100", "old=$base"]
benchmarks = ["chain=$world/test-chain-easy.h5", "general=$world/test-helpful.h5", "rated=rated.h5"]
template = "user {question} assistant"
template_of = ["old=user {question} assistant <think>"]
samples = 4
samples_of = ["chain=8"]
max_new_tokens_of = ["rated=24"]
max_questions = 10
interval_samples = 4
[r1-evaluate.rollout]
max_new_tokens = 40
cache_tokens = 8192
END
evaluate=("$bin/r1-evaluate" --config config.toml)
markers() { find "$1" -name 'interval-*.h5' 2>/dev/null | wc -l; }
rows() { # NAME: every sample as a line of JSON; the HDF5 files differ by when they were made
  "$bin/r1-export" rows "runs/$1/r1-evaluate/evaluation.h5" --out "$1.jsonl" >/dev/null || fail "r1-export"
}
# same NAME: the files of runs/NAME are those of runs/whole.
same() {
  local file
  for file in evaluation.json metrics.jsonl; do
    cmp "runs/whole/r1-evaluate/$file" "runs/$1/r1-evaluate/$file" || fail "$1: $file differs"
  done
  rows "$1"
  cmp whole.jsonl "$1.jsonl" || fail "$1: evaluation.h5 differs"
}

# One rank, two ranks, and again.
"${evaluate[@]}" --run runs/whole >table 2>log || fail "the whole run: $(tail -n 5 log)"
cat table
rows whole
json=runs/whole/r1-evaluate/evaluation.json
expect 0 "r1-evaluate is done" "${evaluate[@]}" --run runs/whole
expect 0 "old - young = " mpirun -n 2 "${evaluate[@]}" --run runs/two
same two
rm runs/two/r1-evaluate/DONE  # as if killed at the very end
expect 0 "0 of 6 pairs are there" "${evaluate[@]}" --run runs/two
same two
[ "$(grep -c . runs/whole/r1-evaluate/metrics.jsonl)" = 6 ] || fail "lines of metrics.jsonl"
[ -e runs/whole/r1-evaluate/samples ] && fail "the samples were left behind"

# kill -9 of one of two ranks, at later and later intervals; then it goes on to the same bytes.
kills=0 attempts=0
while [ $kills -lt 4 ] && [ $((attempts++)) -lt 12 ]; do
  kill_at=$((1 + 12 * kills))
  mpirun -n 2 "${evaluate[@]}" --run runs/killed >log 2>&1 &
  job=$!
  while kill -0 $job 2>/dev/null && [ "$(markers runs/killed)" -lt $kill_at ]; do sleep 0.005; done
  mapfile -t ranks < <(ranks_of runs/killed "$bin/r1-evaluate")
  [ "${#ranks[@]}" -gt 0 ] && kill -9 "${ranks[$((kills % ${#ranks[@]}))]}" 2>/dev/null
  if wait_for "$job" runs/killed "$bin/r1-evaluate"; then
    rm -r runs/killed  # too fast: once more
    kills=0
  else
    kills=$((kills + 1))
    [ "$(markers runs/killed)" -ge $kill_at ] || fail "intervals were lost at $kill_at: $(tail -n 3 log)"
  fi
done
[ $kills -eq 4 ] || fail "only $kills kills"
echo "$kills kills in $attempts attempts, the last after $(markers runs/killed) of 60 intervals"
expect 64 "were drawn with seed 1, now it is 2" "${evaluate[@]}" --run runs/killed --set seed=2
expect 64 "were drawn with samples 8, now it is 4" "${evaluate[@]}" --run runs/killed \
  --set 'r1-evaluate.samples_of=[]'
expect 64 'were drawn with math_mode "symbolic", now it is "minerva"' "${evaluate[@]}" \
  --run runs/killed --set 'r1-evaluate.reward.math.mode="minerva"'
expect 64 "--resume never, but runs/killed/r1-evaluate/samples exists" "${evaluate[@]}" \
  --run runs/killed --resume never
expect 64 "it has no checkpoints" "${evaluate[@]}" --run runs/killed --resume "$base"
expect 0 "of 6 pairs are there" "${evaluate[@]}" --run runs/killed  # on one rank
grep -q "[1-5] of 6 pairs are there" runs/killed/r1-evaluate/rank-0.log || fail "it did not go on"
same killed

# SIGUSR1.
"${evaluate[@]}" --run runs/asked >log 2>&1 &
job=$!
while kill -0 $job 2>/dev/null && [ "$(markers runs/asked)" -lt 2 ]; do sleep 0.005; done
kill -USR1 $job
wait $job
[ $? -eq 75 ] || fail "SIGUSR1: $(tail -n 3 log)"
expect 0 "" "${evaluate[@]}" --run runs/asked
same asked

# Parts, as a job array has them, and what joins them.
expect 64 "runs/parts/r1-evaluate-1-of-4 is not a finished part" "${evaluate[@]}" --run runs/parts \
  --set r1-evaluate.join=4
for part in 3 1 4 2; do
  expect 0 "" "${evaluate[@]}" --run runs/parts --set r1-evaluate.part=$part/4
done
expect 64 "were drawn with seed 1, now it is 2" "${evaluate[@]}" --run runs/parts \
  --set r1-evaluate.join=4 --set seed=2
expect 64 "is not that of old on chain" "${evaluate[@]}" --run runs/parts \
  --set r1-evaluate.join=4 --set "r1-evaluate.models=[\"old=$base\", \"young=$base/step-000100\"]"
expect 0 "old - young = " mpirun -n 2 "${evaluate[@]}" --run runs/parts --set r1-evaluate.join=4
same parts

expect 0 "" "${evaluate[@]}" --run runs/parts --set r1-evaluate.part=7/7  # more parts than pairs
grep -q '"results": \[\]' runs/parts/r1-evaluate-7-of-7/evaluation.json || fail "an empty part"

# The figures are those of the transcripts: pass@1 of the chain benchmark, counted again.
[ "$(grep -c . whole.jsonl)" = $((2 * 10 * (8 + 4 + 4))) ] || fail "rows: $(grep -c . whole.jsonl)"
# figure MODEL BENCHMARK KEY: from evaluation.json.
figure() {
  tr -d '\n' <$json | sed 's/{ *"model"/\n&/g' |
    grep "^{ *\"model\": \"$1\", *\"benchmark\": \"$2\"" | sed -n "s#.*\"$3\": \([-0-9.e]*\).*#\1#p"
}
grep -q '"verdict":"correct"' whole.jsonl || fail "nothing was right: the figures are not tested"
for model in young old; do
  for benchmark in chain general rated; do
    rows=$(grep "\"model\":\"$model\",\"benchmark\":\"$benchmark\"" whole.jsonl)
    right=$(grep -c '"verdict":"correct"' <<<"$rows") all=$(grep -c . <<<"$rows")
    pass=$(figure $model $benchmark pass@1)
    awk "BEGIN { d = $right / $all - $pass; exit !(d < 1e-9 && d > -1e-9) }" ||
      fail "$model on $benchmark: $right of $all, pass@1 $pass"
  done
done
[ "$(figure old chain samples)" = 8 ] && [ "$(figure old general samples)" = 4 ] || fail "samples_of"
[ "$(figure old rated max_new_tokens)" = 24 ] || fail "max_new_tokens_of"
[ -n "$(figure old rated rating)" ] && [ -z "$(figure old chain rating)" ] || fail "ratings"
grep -q '"prompt":"user [^"]* assistant <think>"' whole.jsonl || fail "template_of"
expect 0 "verdict: " "$bin/r1-inspect" runs/whole/r1-evaluate/evaluation.h5

# "chat" is the model's own template: here the text that the others are given.
expect 0 "" "$bin/r1-export" model $base --out hf
sed -i '0,/{/s//{"chat_template": "user {{ messages[0].content }} assistant",/' hf/tokenizer_config.json
expect 0 "" "$bin/r1-import" model hf --out chat.h5
expect 0 "old - young = +0.000" "${evaluate[@]}" --run runs/chat \
  --set 'r1-evaluate.models=["young=chat.h5", "old=chat.h5"]' --set 'r1-evaluate.template_of=["old=chat"]'
rows chat
cmp <(grep '"model":"young"' chat.jsonl) \
  <(grep '"model":"old"' chat.jsonl | sed 's/"model":"old"/"model":"young"/') || fail "template chat"

# Greedy: one response, the same whatever the seed.
for seed in 1 2; do
  expect 0 "" "${evaluate[@]}" --run runs/greedy-$seed --set seed=$seed \
    --set r1-evaluate.rollout.temperature=0 --set 'r1-evaluate.benchmarks=["chain=rated.h5"]' \
    --set 'r1-evaluate.max_new_tokens_of=[]'
  rows greedy-$seed
done
[ "$(grep -c . greedy-1.jsonl)" = 20 ] && cmp greedy-1.jsonl greedy-2.jsonl || fail "greedy"

# Wrong input.
wrong() { expect 64 "$1" "${evaluate[@]}" --run runs/wrong "${@:2}"; }
wrong "'chian' is none of chain, general, rated; did you mean 'chain'?" --set 'r1-evaluate.samples_of=["chian=8"]'
wrong "found 'chain=0', expected a whole number" --set 'r1-evaluate.samples_of=["chain=0"]'
wrong "'new' is none of young, old" --set 'r1-evaluate.template_of=["new=r1-zero"]'
wrong "nowhere.h5: no such file" --set 'r1-evaluate.benchmarks=["chain=nowhere.h5"]' --set 'r1-evaluate.samples_of=[]' --set 'r1-evaluate.max_new_tokens_of=[]'
wrong "nowhere: no such file" --set 'r1-evaluate.models=["young=nowhere", "old=nowhere"]'
wrong "judge.h5 is a reward model; it cannot generate" --set 'r1-evaluate.models=["young=judge.h5","old=judge.h5"]'
wrong "empty.h5 has no questions" --set 'r1-evaluate.benchmarks=["chain=empty.h5","rated=rated.h5"]'
wrong "a reward model would have to judge" --set "r1-evaluate.benchmarks=[\"chain=$world/train-helpful.h5\",\"rated=rated.h5\"]"
wrong "models is empty" --set 'r1-evaluate.models=[]' --set 'r1-evaluate.template_of=[]'
wrong "has 'old' twice" --set "r1-evaluate.models=[\"old=$base\",\"old=$base\"]"
wrong "expected \"name=path\"" --set "r1-evaluate.models=[\"$base\"]"
wrong "must hold no /" --set "r1-evaluate.models=[\"a/b=$base\"]"
wrong "expected \"i/n\"" --set r1-evaluate.part=5/4
wrong "are both set" --set r1-evaluate.part=1/2 --set r1-evaluate.join=2
wrong "compute.max_positions is 50" --set compute.max_positions=50
wrong "{question}" --set r1-evaluate.template=nothing
wrong "this model has none" --set r1-evaluate.template=chat
expect 64 "holds no model and no complete checkpoint" "${evaluate[@]}" --run runs/base \
  --set 'r1-evaluate.models=["young={run}/r1-evaluate","old={run}/r1-pretrain"]'
grep -q . <(find runs/wrong -name '*.h5*') && fail "a refused evaluation left samples"
finish
