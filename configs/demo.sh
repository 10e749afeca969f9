#!/usr/bin/env bash
# R1-Zero in miniature, from the shipped base: generates questions, runs pure RL on two ranks, and
# prints the curve on held-out questions.   configs/demo.sh BIN [ARGUMENTS OF r1-zero...]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/cpu-release/bin}
"$bin/r1-miniature" --out runs/miniature-world
rm -rf runs/demo
echo "Held-out questions, which neither the base nor RL has seen: long chains of arithmetic, sums and"
echo "products digit by digit, searches for a number; 8 samples each at temperature 1."
mpirun -n "${R1_RANKS:-2}" "$bin/r1-zero" --config configs/miniature.toml --run runs/demo "${@:2}"
echo
echo "One response of the last transcripts (runs/demo/r1-zero/transcripts):"
tail -n 1 "$(ls -t runs/demo/r1-zero/transcripts/*.jsonl | head -n 1)"
