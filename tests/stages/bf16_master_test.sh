#!/usr/bin/env bash
# compute.master=bf16: no second copy of the weights, updates rounded at random. Training goes where
# it goes with a master of f32, goes on to the same bits, and files hold bf16.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
make_world 2000
wide=(--set compute.dtype=bf16)
narrow=("${wide[@]}" --set compute.master=bf16)

expect 64 "compute.dtype=bf16 or compute.master=f32" \
  "${pretrain[@]}" --set compute.master=bf16 --run runs/refused

# Updates far below half a step of bf16, for which rounding to the nearest would learn next to
# nothing: the loss falls as with f32.
slow=("${pretrain[@]}" "${small_model[@]}" --set r1-pretrain.steps=40 --set r1-pretrain.optimizer.lr=2e-4)
expect 0 "step 40/40" "${slow[@]}" "${wide[@]}" --run runs/wide
expect 0 "step 40/40" "${slow[@]}" "${narrow[@]}" --run runs/narrow
same_steps runs/wide/r1-pretrain runs/narrow/r1-pretrain 40 0.02 loss
fallen() {
  awk -v a="$(value "$1" 1 loss)" -v b="$(value "$1" 40 loss)" 'BEGIN { print a - b }'
}
awk -v w="$(fallen runs/wide/r1-pretrain)" -v n="$(fallen runs/narrow/r1-pretrain)" \
  'BEGIN { exit !(n > 0.9 * w && n < 1.1 * w) }' ||
  fail "the loss falls by $(fallen runs/narrow/r1-pretrain), with f32 by $(fallen runs/wide/r1-pretrain)"
size() { stat -c %s "$1"; }
[ "$(size runs/narrow/r1-pretrain/step-000040/model.h5)" -lt \
  $(($(size runs/wide/r1-pretrain/step-000040/model.h5) * 6 / 10)) ] || fail "model.h5 is no smaller"

# RL with a reference, alone and on ranks that share the work and the model.
zero+=(--set r1-zero.checkpoint_every=3 --set r1-zero.grpo.kl_coefficient=0.01 "${narrow[@]}")
for layout in 1x1 2x1 4x2; do
  start=(mpirun -n "${layout%x*}")
  rl=("${start[@]}" "${zero[@]}" --set "mesh.tp=${layout#*x}")
  expect 0 "step 4/4" "${rl[@]}" --set r1-zero.steps=4 --run "runs/$layout"
  expect 0 "step 3/3" "${rl[@]}" --set r1-zero.steps=3 --run "runs/half-$layout"
  rm "runs/half-$layout/r1-zero/DONE"
  expect 0 "resumed from" "${rl[@]}" --set r1-zero.steps=4 --run "runs/half-$layout"
  [ "$(fingerprint "runs/half-$layout/r1-zero/step-000004")" = "$(fingerprint "runs/$layout/r1-zero/step-000004")" ] ||
    fail "$layout: resumed to other weights"
  for step in 1 4; do
    [ "$(value "runs/$layout/r1-zero" $step logprob_mismatch)" = 0.0 ] || fail "$layout: rollout and training differ"
  done
done
finish
