#!/usr/bin/env bash
# Every stage with compute.device=cuda, on emulated GPUs (gpu_test.sh), makes in f32 what it makes on
# a CPU: the same losses, the same samples, the same verdicts of reward models.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
gpu=$3
make_world 200
export LD_LIBRARY_PATH=$4:$5
recipe=$source_dir/tests/stages/recipe.toml

# A few rows of each data set.
rows() { "$bin/r1-export" rows "runs/miniature-world/$1.h5" --out rows.jsonl >/dev/null || exit 1; }
rows examples-clean
"$bin/r1-import" examples rows.jsonl --out examples.h5 --limit 8 >/dev/null || exit 1
rows helpful-train
"$bin/r1-import" pairs rows.jsonl --out pairs.h5 --limit 8 >/dev/null || exit 1
rows safe-train
sed 's/"safe":1/"label":true/; s/"safe":0/"label":false/' rows.jsonl >labelled.jsonl
"$bin/r1-import" labelled labelled.jsonl --out labelled.h5 --limit 8 >/dev/null || exit 1

# both NAME STAGE ARGUMENTS...: the stage on a CPU in runs/cpu and on a GPU in runs/gpu.
both() {
  local name=$1 stage=$2
  shift 2
  expect 0 "" "$bin/$stage" --config "$recipe" --as "$name" --run runs/cpu "$@"
  expect 0 "" env "LD_PRELOAD=$gpu" "$bin/$stage" --config "$recipe" --as "$name" --run runs/gpu \
    --set compute.device=cuda "$@"
}
# same_numbers NAME STEPS KEY...
same_numbers() { same_steps "runs/cpu/$1" "runs/gpu/$1" "$2" 2e-3 "${@:3}"; }
# same_file NAME FILE
same_file() {
  diff "runs/cpu/$1/$2" "runs/gpu/$1/$2" >log 2>&1 || fail "$1: $2 differs: $(head -n 4 log)"
}
student=checkpoints/miniature-student/model.h5
small=(--set compute.max_positions=96 --set compute.micro_batch_tokens=192)
generation() {
  echo --set "$1.rollout.max_new_tokens=20" --set "$1.rollout.cache_tokens=2048" \
    --set "$1.rollout.max_sequences=16"
}

both r1-sft r1-sft "${small[@]}" --set r1-sft.base=$student --set 'r1-sft.examples=["examples.h5"]' \
  --set r1-sft.epochs=2 --set r1-sft.batch=4
same_numbers r1-sft 2 loss grad_norm
for kind in helpful:pairs safe:labelled; do
  both ${kind%:*} r1-reward-model "${small[@]}" --set ${kind%:*}.base=$student \
    --set "${kind%:*}.examples=[\"${kind#*:}.h5\"]" --set ${kind%:*}.epochs=1 --set ${kind%:*}.batch=4
  same_numbers ${kind%:*} 2 loss grad_norm
done

# Rewards of both kinds, from models on the same GPU.
# shellcheck disable=SC2046
both r1-all-scenario-rl r1-all-scenario-rl "${small[@]}" $(generation r1-all-scenario-rl) \
  --set r1-all-scenario-rl.base=$student --set r1-all-scenario-rl.steps=2 \
  --set 'r1-all-scenario-rl.questions.from_step=[0,0,0]' \
  --set r1-all-scenario-rl.grpo.questions_per_rollout=4 --set r1-all-scenario-rl.grpo.group_size=3 \
  --set r1-all-scenario-rl.reward_models.helpful_model=runs/cpu/helpful \
  --set r1-all-scenario-rl.reward_models.safe_model=runs/cpu/safe \
  --set 'r1-all-scenario-rl.evaluation.sets=[]' --set r1-all-scenario-rl.transcripts_every=1
same_numbers r1-all-scenario-rl 2 reward loss kl grad_norm logprob_mismatch
[ "$(value runs/gpu/r1-all-scenario-rl 2 updates)" -gt 0 ] || fail "nothing is learned here"

# What generates and does not train.
# shellcheck disable=SC2046
both r1-rejection-sampling r1-rejection-sampling "${small[@]}" $(generation r1-rejection-sampling) \
  --set r1-rejection-sampling.model=$student --set r1-rejection-sampling.samples=2 \
  --set 'r1-rejection-sampling.questions=["sum=runs/miniature-world/test-arithmetic-easy.h5"]' \
  --set 'r1-rejection-sampling.per_domain=[0]' --set r1-rejection-sampling.interval_questions=4
for device in cpu gpu; do
  "$bin/r1-export" rows runs/$device/r1-rejection-sampling/examples.h5 \
    --out runs/$device/r1-rejection-sampling/rows.jsonl >/dev/null || fail "no examples"
done
same_file r1-rejection-sampling rows.jsonl
recipe=evaluate.toml
cat >evaluate.toml <<END
[compute]
max_positions = 96
[r1-evaluate]
models = ["student=$student"]
benchmarks = ["sum=runs/miniature-world/test-arithmetic-easy.h5"]
template = "user {question} assistant"
samples = 3
[r1-evaluate.rollout]
max_new_tokens = 20
cache_tokens = 2048
END
both r1-evaluate r1-evaluate
same_file r1-evaluate evaluation.json

recipe=configs/pretrain-miniature.toml
both r1-pretrain r1-pretrain "${small_model[@]}" --set r1-pretrain.steps=2 \
  --set r1-pretrain.tokens_per_step=256 --set compute.micro_batch_tokens=336
same_numbers r1-pretrain 2 loss grad_norm
finish
