#!/usr/bin/env bash
# The executables themselves with compute.device=cuda: gpu_test.sh BIN SOURCE on this machine's GPU, or
#   gpu_test.sh BIN SOURCE EMULATED_GPU FOLDER FOLDER
# on emulated ones, which are preloaded; the folders have emulated NCCL and cuBLASLt.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
emulated=${3:-}
on_gpu=()
if [ -n "$emulated" ]; then
  export LD_LIBRARY_PATH=$4:$5
  on_gpu=(env "LD_PRELOAD=$emulated")
elif [ ! -e /dev/nvidiactl ]; then
  echo "SKIPPED: no GPU here"
  exit 77
fi
make_world 200
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

# f32: what a CPU does, on one rank and on several in every layout, optimizer here or there.
expect 0 "step 2/2" "${zero[@]}" --set r1-zero.steps=2 --run runs/cpu
[ "$(value runs/cpu/r1-zero 2 updates)" -gt 0 ] || fail "nothing is learned here: this test shows nothing"
expect 0 "step 2/2" "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set r1-zero.steps=2 --run runs/gpu
expect 0 "step 2/2" "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set compute.offload_optimizer=true \
  --set r1-zero.steps=2 --run runs/offloaded
runs=(gpu offloaded)
if [ -n "$emulated" ]; then  # there are four
  expect 0 "step 2/2" mpirun -n 4 "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set mesh.tp=2 \
    --set r1-zero.steps=2 --run runs/shared
  runs+=(shared)
fi
for run in "${runs[@]}"; do
  same_steps runs/cpu/r1-zero "runs/$run/r1-zero" 2 2e-3 reward length/mean loss entropy kl grad_norm
  same_steps runs/cpu/r1-zero "runs/$run/r1-zero" 2 0 logprob_mismatch
done

# bf16: rollout and training to the bit, and what stops goes on to the same bits.
half=("${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" --set compute.dtype=bf16)
expect 0 "step 2/2" "${half[@]}" --set r1-zero.steps=2 --run runs/whole
[ "$(value runs/whole/r1-zero 2 logprob_mismatch)" = 0.0 ] || fail "rollout and training differ: $(value runs/whole/r1-zero 2 logprob_mismatch)"
expect 0 "step 1/1" "${half[@]}" --set r1-zero.steps=1 --run runs/halves
rm runs/halves/r1-zero/DONE
expect 0 "resumed from" "${half[@]}" --set r1-zero.steps=2 --run runs/halves
[ "$(fingerprint runs/whole/r1-zero/step-000002)" = "$(fingerprint runs/halves/r1-zero/step-000002)" ] ||
  fail "resume: other weights"

# What does not fit is refused before anything is loaded; the emulated GPU has 8 GiB.
expect 64 "which has ${emulated:+8192 MiB free}" "${on_gpu[@]}" "${zero[@]}" "${cuda[@]}" \
  --set r1-zero.rollout.cache_tokens=100000000 --set r1-zero.steps=1 --run runs/large

# Whose products: another's weights, and a refusal where there is no GPU to ask.
if [ -n "$emulated" ]; then  # elsewhere cuBLASLt may not be installed; cuda_products_test says so
  expect 0 "step 1/1" "${half[@]}" --set compute.products=fastest --set r1-zero.steps=1 --run runs/fastest
  [ "$(value runs/fastest/r1-zero 1 reward)" != "" ] || fail "no metrics with cuBLASLt"
fi
expect 64 "set compute.device=cuda or compute.products=own" \
  "${zero[@]}" --set compute.products=fastest --set r1-zero.steps=1 --run runs/refused

# A checkpoint of a GPU is any checkpoint.
rm runs/gpu/r1-zero/DONE
expect 0 "resumed from" "${zero[@]}" --set r1-zero.steps=3 --run runs/gpu
finish
