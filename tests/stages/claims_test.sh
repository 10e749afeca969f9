#!/usr/bin/env bash
# Long: the shipped bases are made again bit for bit, and the whole recipe with three seeds holds
# every claim in at least two.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"

# Sums have an order for each instruction set; the bases were made with AVX-512.
if grep -q avx512f /proc/cpuinfo; then
  "$bin/r1-miniature" --out runs/miniature-world --documents 400000 || exit 1
  configs/local.sh "$bin" configs/pretrain-miniature.toml runs/bases >log 2>&1 ||
    fail "pretraining: $(tail -n 3 log)"
  for pair in r1-pretrain/step-003000:base student/step-001500:student; do
    made=$(fingerprint "runs/bases/${pair%%:*}")
    shipped=$(fingerprint "checkpoints/miniature-${pair##*:}/model.h5")
    echo "${pair##*:}: made $made, shipped $shipped"
    [ "$made" = "$shipped" ] || fail "the ${pair##*:} is not the shipped one"
  done
else
  echo "SKIPPED: the bases bit for bit need AVX-512"
fi

"$bin/r1-miniature" --out runs/miniature-world || exit 1
for seed in 1 2 3; do
  start=$SECONDS
  configs/local.sh "$bin" configs/miniature.toml "runs/seed-$seed" --set "seed=$seed" >log 2>&1 ||
    fail "seed $seed: $(tail -n 5 log)"
  echo "seed $seed: $((SECONDS - start)) s"
  "$bin/r1-claims" "runs/seed-$seed" || fail "r1-claims, seed $seed"
done
# Of every claim, the seeds that hold it.
cat runs/seed-*/claims.json | sed -n 's/^ *"claim": "\(.*\)",$/\1/p; s/^ *"held": \(.*\),$/\1/p' |
  awk 'NR % 2 { claim = $0; next } { held[claim] += $0 == "true" }
    END { for (claim in held) { print held[claim] " of 3: " claim; bad += held[claim] < 2 } exit bad > 0 }' ||
  fail "a claim holds in fewer than two seeds"
finish
