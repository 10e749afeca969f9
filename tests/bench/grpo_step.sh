#!/usr/bin/env bash
# Where the time of a GRPO step goes: the miniature's run on two ranks, a mean over its steps.
# Takes the folder of the executables.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$1
"$bin/r1-miniature" --out runs/miniature-world --documents 0
rm -rf runs/bench
mpirun -n 2 "$bin/r1-zero" --config configs/miniature.toml --run runs/bench \
  --set r1-zero.evaluation.every=0 >/dev/null 2>&1
echo "a GRPO step of the miniature (24 questions x 16 samples, 4 updates, 2 ranks):"
tr ',' '\n' <runs/bench/r1-zero/metrics.jsonl | tr -d '"}' | awk -F: '
  /^seconds\/(rollout|reference|train|update)/ || /tokens_per_s/ { sum[$1] += $2; count[$1]++ }
  END { for (name in sum) printf "  %-22s %10.4g\n", name, sum[name] / count[name] }' | sort
