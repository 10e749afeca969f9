#!/usr/bin/env bash
# The executables themselves with compute.device=cuda, on emulated GPUs, which are preloaded:
# gpu_test.sh BIN SOURCE EMULATED_GPU FOLDER FOLDER; the folders have emulated NCCL and cuBLASLt.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
gpu=$3
make_world 200
export LD_LIBRARY_PATH=$4:$5
on_gpu=(env "LD_PRELOAD=$gpu")
zero=("$bin/r1-zero" --config configs/miniature.toml
  --set r1-zero.base=checkpoints/miniature-student/model.h5
  --set 'r1-zero.questions.sets=["arithmetic=runs/miniature-world/train-arithmetic.h5"]'
  --set 'r1-zero.evaluation.sets=[]' --set compute.max_positions=96
  --set compute.micro_batch_tokens=256 --set r1-zero.rollout.cache_tokens=4096
  --set r1-zero.rollout.max_sequences=32 --set r1-zero.rollout.max_new_tokens=16
  --set r1-zero.grpo.questions_per_rollout=6 --set r1-zero.grpo.group_size=4
  --set r1-zero.grpo.mini_batches_per_rollout=2 --set r1-zero.grpo.kl_coefficient=0.01
  --set r1-zero.checkpoint_every=1)
cuda=(--set compute.device=cuda)

# value RUN STEP KEY: from the metrics.
value() { sed -n "s|^{\"step\":$2,.*\"$3\":\([^,}]*\).*|\1|p" "runs/$1/r1-zero/metrics.jsonl"; }
# same_steps A B TOLERANCE KEY...: the numbers of two runs of two steps.
same_steps() {
  local a=$1 b=$2 tolerance=$3 key step
  shift 3
  for key in "$@"; do
    for step in 1 2; do
      awk -v x="$(value "$a" $step "$key")" -v y="$(value "$b" $step "$key")" -v t="$tolerance" \
        'BEGIN { exit !(x != "" && y != "" && (x - y) ^ 2 <= (t * t) * (1 + x * x)) }' ||
        fail "$a and $b, step $step, $key: $(value "$a" $step "$key"), $(value "$b" $step "$key")"
    done
  done
}

# f32: what a CPU does, on one rank and on several in every layout, optimizer here or there.
expect 0 "step 2/2" "${zero[@]}" --set r1-zero.steps=2 --run runs/cpu
[ "$(value cpu 2 updates)" -gt 0 ] || fail "nothing is learned here: this test shows nothing"
expect 0 "step 2/2" "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set r1-zero.steps=2 --run runs/gpu
expect 0 "step 2/2" "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set compute.offload_optimizer=true \
  --set r1-zero.steps=2 --run runs/offloaded
expect 0 "step 2/2" mpirun -n 4 "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set mesh.tp=2 \
  --set r1-zero.steps=2 --run runs/shared
for run in gpu offloaded shared; do
  same_steps cpu $run 2e-3 reward length/mean loss entropy kl grad_norm
  same_steps cpu $run 0 logprob_mismatch
done

# bf16: rollout and training to the bit, and what stops goes on to the same bits.
half=("${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set compute.dtype=bf16)
expect 0 "step 2/2" "${half[@]}" --set r1-zero.steps=2 --run runs/whole
[ "$(value whole 2 logprob_mismatch)" = 0.0 ] || fail "rollout and training differ: $(value whole 2 logprob_mismatch)"
expect 0 "step 1/1" "${half[@]}" --set r1-zero.steps=1 --run runs/halves
rm runs/halves/r1-zero/DONE
expect 0 "resumed from" "${half[@]}" --set r1-zero.steps=2 --run runs/halves
[ "$(fingerprint runs/whole/r1-zero/step-000002)" = "$(fingerprint runs/halves/r1-zero/step-000002)" ] ||
  fail "resume: other weights"

# Whose products: another's weights, and a refusal where there is no GPU to ask.
expect 0 "step 1/1" "${half[@]}" --set compute.products=fastest --set r1-zero.steps=1 --run runs/fastest
[ "$(value fastest 1 reward)" != "" ] || fail "no metrics with cuBLASLt"
expect 64 "set compute.device=cuda or compute.products=own" \
  "${zero[@]}" --set compute.products=fastest --set r1-zero.steps=1 --run runs/refused

# A checkpoint of a GPU is any checkpoint.
rm runs/gpu/r1-zero/DONE
expect 0 "resumed from" "${zero[@]}" --set r1-zero.steps=3 --run runs/gpu
finish
