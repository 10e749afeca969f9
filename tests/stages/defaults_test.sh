#!/usr/bin/env bash
# The defaults of each stage do not contradict one another: with the required keys, data and a small
# amount of work alone, it runs to its end.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/memorised.sh
. "$source_dir/tests/stages/memorised.sh"
make_world 400
"$bin/r1-export" model checkpoints/miniature-base/model.h5 --out miniature >/dev/null || exit 1
answer_line "2 + 2" "4" >tiny.txt
memorise tiny
base=runs/tiny/r1-sft
printf '{"question": "2 + 2", "answer": "4"}\n' >sum.jsonl
printf '{"chosen": "\\n\\nHuman: a\\n\\nAssistant: b", "rejected": "\\n\\nHuman: a\\n\\nAssistant: c"}\n' >pair.jsonl
"$bin/r1-import" questions sum.jsonl --out sum.h5 && "$bin/r1-import" pairs pair.jsonl --out pair.h5 ||
  exit 1
cat >config.toml <<END
[r1-pretrain]
corpus = "runs/miniature-world/corpus.h5"
tokenizer = "miniature"
steps = 1
[r1-pretrain.model]
vocab = 141
hidden = 16
layers = 1
heads = 2
kv_heads = 2
head_dim = 8
intermediate = 16
[r1-cold-start]
base = "$base"
examples = ["tiny-examples.h5"]
epochs = 1
[r1-rejection-sampling]
model = "$base"
questions = ["sums=sum.h5"]
mix_in = ["tiny-examples.h5"]
[r1-sft]
base = "$base"
examples = ["tiny-examples.h5"]
epochs = 1
[r1-distill]
base = "$base"
examples = ["tiny-examples.h5"]
epochs = 1
[r1-reward-model]
base = "$base"
examples = ["pair.h5"]
epochs = 1
[r1-evaluate]
models = ["base=$base"]
benchmarks = ["sums=sum.h5"]
END
for stage in zero reasoning-rl all-scenario-rl; do
  printf '%s\n' "[r1-$stage]" "base = \"$base\"" "steps = 1" "grpo.questions_per_rollout = 1" \
    "grpo.group_size = 2" "grpo.mini_batches_per_rollout = 2" \
    "questions.sets = [\"sums=sum.h5\"]" >>config.toml
done
while read -r stage; do
  expect 0 "" "$bin/$stage" --config config.toml --run runs/defaults
  [ -e "runs/defaults/$stage/DONE" ] || fail "$stage is not done"
done <"$bin/stages.txt"
# A cold start on given examples needs no model that answers; with questions it does.
expect 64 "[r1-cold-start.collect] questions names question sets, but model is empty" "$bin/r1-cold-start" \
  --config config.toml --run runs/unasked --set 'r1-cold-start.collect.questions=["sums=sum.h5"]'
expect 0 "per_domain = [3]" "$bin/r1-cold-start" --config config.toml --print-config \
  --set 'r1-cold-start.collect.per_domain=[3]'
# Without what is mixed in nothing is left of these answers: refused, and the samples stay.
expect 64 "no sample can be an example (sampled 4, wrong answer 4)" "$bin/r1-rejection-sampling" \
  --config config.toml --run runs/none --set 'r1-rejection-sampling.mix_in=[]'
compgen -G 'runs/none/r1-rejection-sampling/samples/interval-*.h5' >/dev/null || fail "the samples are gone"
# ... and a setting of a user's that contradicts the other is refused, with both.
expect 64 "micro_batch_tokens 4096 is less than the longest sequence, 8192" "$bin/r1-sft" \
  --config config.toml --run runs/wrong --set compute.max_positions=8192
finish
