#!/usr/bin/env bash
# One model on several ranks (mesh.tp): every stage runs, learns what one rank would, keeps rollout
# and training equal to the bit, and goes on with another layout.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
make_world 2000
zero+=(--set r1-zero.checkpoint_every=3 --set r1-zero.transcripts_every=1)

expect 64 "does not divide the model's heads" \
  mpirun -n 3 "${zero[@]}" --set mesh.tp=3 --set r1-zero.steps=6 --run runs/three

expect 0 "step 6/6" "${pretrain[@]}" --set r1-pretrain.steps=6 --run runs/base
expect 0 "step 6/6" mpirun -n 2 "${pretrain[@]}" --set r1-pretrain.steps=6 --set mesh.tp=2 --run runs/base-tp
same_steps runs/base/r1-pretrain runs/base-tp/r1-pretrain 6 1e-4 loss grad_norm

expect 0 "step 6/6" "${zero[@]}" --set r1-zero.steps=6 --run runs/one
expect 0 "step 6/6" mpirun -n 2 "${zero[@]}" --set mesh.tp=2 --set r1-zero.steps=6 --run runs/tp
expect 0 "step 6/6" mpirun -n 4 "${zero[@]}" --set mesh.tp=2 --set r1-zero.steps=6 --run runs/dp-tp
for layout in tp dp-tp; do
  same_steps runs/one/r1-zero runs/$layout/r1-zero 6 1e-3 reward length/mean loss entropy kl
  same_steps runs/one/r1-zero runs/$layout/r1-zero 6 0 logprob_mismatch
done
[ "$(value runs/tp/r1-zero 6 logprob_mismatch)" = 0.0 ] || fail "rollout and training differ"
diff runs/one/r1-zero/transcripts runs/tp/r1-zero/transcripts >log || fail "transcripts: $(head -n 4 log)"

# The same layout goes on to the same bits; another goes on at all.
half=("${zero[@]}" --set r1-zero.steps=3)
expect 0 "step 3/3" mpirun -n 2 "${half[@]}" --set mesh.tp=2 --run runs/again
rm runs/again/r1-zero/DONE
cp -r runs/again runs/fewer
expect 0 "resumed from" mpirun -n 2 "${zero[@]}" --set r1-zero.steps=6 --set mesh.tp=2 --run runs/again
[ "$(fingerprint runs/again/r1-zero/step-000006)" = "$(fingerprint runs/tp/r1-zero/step-000006)" ] || fail "resume: other weights"
expect 0 "resumed from" "${zero[@]}" --set r1-zero.steps=6 --run runs/fewer
same_steps runs/one/r1-zero runs/fewer/r1-zero 6 1e-3 reward loss

# What generates and does not train.
cat >evaluate.toml <<END
[compute]
max_positions = 320
[r1-evaluate]
models = ["zero=runs/one/r1-zero"]
benchmarks = ["chain=runs/miniature-world/test-chain-easy.h5"]
template = "user {question} assistant"
samples = 4
interval_samples = 8
[r1-evaluate.rollout]
max_new_tokens = 40
cache_tokens = 8192
END
evaluate=("$bin/r1-evaluate" --config evaluate.toml)
expect 0 "chain" "${evaluate[@]}" --run runs/one
expect 0 "chain" mpirun -n 4 "${evaluate[@]}" --set mesh.tp=2 --run runs/tp
diff runs/one/r1-evaluate/evaluation.json runs/tp/r1-evaluate/evaluation.json >log ||
  fail "evaluations: $(head -n 6 log)"
finish
