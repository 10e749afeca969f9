#!/usr/bin/env bash
# R1-Zero in miniature, from the shipped base: generates questions, runs pure RL on two ranks, and
# prints the curve on held-out questions. Takes the folder of the executables.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/cpu-release/bin}
ranks=${R1_DEMO_RANKS:-2}

"$bin/r1-miniature" --out runs/miniature-world --documents 0
rm -rf runs/demo
echo "Held-out questions are chains of arithmetic that neither the base nor RL has seen: easy ones of"
echo "3 to 5 operands, hard ones of 8 to 10; 16 samples each at temperature 1."
mpirun -n "$ranks" "$bin/r1-zero" --config configs/zero-miniature.toml --run runs/demo "${@:2}"
echo
echo "One response of the last transcripts (runs/demo/r1-zero/transcripts):"
tail -n 1 "$(ls -t runs/demo/r1-zero/transcripts/*.jsonl | head -n 1)"
