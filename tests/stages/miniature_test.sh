#!/usr/bin/env bash
# The first half of the miniature's R1-Zero: accuracy and length rise together, the vote is ahead of
# the single sample, and the rollout's log-probabilities are those of training, bit for bit.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
"$bin/r1-miniature" --out runs/miniature-world || exit 1
mpirun -n 2 "$bin/r1-zero" --config configs/miniature.toml --run runs/zero --set r1-zero.steps=24 \
  --set r1-zero.evaluation.every=24 >log 2>&1 || fail "r1-zero: $(tail -n 5 log)"
grep -E "^ +(step|0|24|) " log

# of_run STEP KEY: from its metrics.
of_run() { value runs/zero/r1-zero "$1" "$2"; }
# holds CONDITION MEANING: an awk expression.
holds() {
  awk "BEGIN { exit !($1) }" || fail "$1 ($2)"
}
for set in chain-hard arithmetic-hard; do
  before=$(of_run 0 "held_out/$set/pass@1") after=$(of_run 24 "held_out/$set/pass@1")
  holds "$after >= $before + 0.2" "pass@1 after RL, $set"
  holds "$(of_run 24 "held_out/$set/cons@k") >= $after + 0.03" "the vote over pass@1, $set"
  holds "$(of_run 24 "held_out/$set/length") >= 2 * $(of_run 0 "held_out/$set/length")" "length, $set"
done
holds "$(of_run 24 held_out/countdown-hard/length) >= 2 * $(of_run 0 held_out/countdown-hard/length)" \
  "length of searches"
holds "$(of_run 24 reflections) >= 2 * $(of_run 1 reflections)" "words of reflection"
for step in 1 12 24; do
  holds "$(of_run $step logprob_mismatch) == 0" "log-probs of rollout and training, step $step"
done
finish
