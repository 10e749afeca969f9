#!/usr/bin/env bash
# The miniature: r1-pretrain makes the shipped base again bit for bit, and R1-Zero from it lifts
# accuracy and length with every one of three seeds.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
"$bin/r1-miniature" --out runs/miniature-world || exit 1

# Sums have an order for each instruction set; the base was made with AVX-512.
if grep -q avx512_bf16 /proc/cpuinfo; then
  "${pretrain[@]}" >log 2>&1 || fail "r1-pretrain: $(tail -n 3 log)"
  made=$(fingerprint runs/pretrain-miniature/r1-pretrain/step-001800)
  shipped=$(fingerprint checkpoints/miniature-base/model.h5)
  echo "base: made $made, shipped $shipped"
  [ "$made" = "$shipped" ] || fail "the base is not the shipped one"
else
  echo "SKIPPED: the base bit for bit needs AVX-512 with bf16"
fi

# value STEP KEY: from metrics.jsonl of the run.
value() {
  grep "^{\"step\":$1," "runs/seed-$seed/r1-zero/metrics.jsonl" | tr ',' '\n' |
    sed -n "s#^\"$2\":\([-0-9.e]*\).*#\1#p"
}
# holds CONDITION: an awk expression.
holds() {
  awk "BEGIN { exit !($1) }" || fail "seed $seed: $1 ($2)"
}

for seed in 1 2 3; do
  mpirun -n 2 "$bin/r1-zero" --config configs/zero-miniature.toml --run "runs/seed-$seed" \
    --set seed=$seed >log 2>&1 || fail "seed $seed: $(tail -n 5 log)"
  grep -E "^ +(step|0|36|) " log
  for set in easy hard; do
    before=$(value 0 "held_out/$set/pass@1") after=$(value 36 "held_out/$set/pass@1")
    cons=$(value 36 "held_out/$set/cons@k")
    long=$(value 36 "held_out/$set/length") short=$(value 0 "held_out/$set/length")
    bar=$([ $set = easy ] && echo 0.75 || echo 0.65)
    holds "$before <= 0.30" "pass@1 of the base, $set"
    holds "$after >= $bar" "pass@1 after RL, $set"
    holds "$cons >= $after + 0.05" "cons@16 over pass@1, $set"
    holds "$long >= 2 * $short" "length of responses, $set"
  done
  halfway=$(value 12 "held_out/hard/cons@k")
  holds "$halfway >= $(value 12 "held_out/hard/pass@1") + 0.10" "cons@16 over pass@1 at step 12, hard"
  for step in 1 2 3; do
    holds "$(value $step logprob_mismatch) == 0" "log-probs of rollout and training, step $step"
  done
done
finish
