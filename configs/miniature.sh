#!/usr/bin/env bash
# The whole recipe in miniature, on two ranks: the world, every stage of configs/miniature.toml, the
# table of claims and the report.   configs/miniature.sh BIN [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/cpu-release/bin} seed=${2:-1}
run=runs/miniature-$seed
"$bin/r1-miniature" --out runs/miniature-world
configs/local.sh "$bin" configs/miniature.toml "$run" --set "seed=$seed"
echo
echo "The paper's claims, in miniature (what is designed into this world: checkpoints/README.md)"
"$bin/r1-claims" "$run"
echo
"$bin/r1-report" "$run"
