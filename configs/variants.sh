#!/usr/bin/env bash
# The variants of GRPO side by side: R1-Zero in miniature with each, from the same base on the same
# questions, and a table of what became of it.   configs/variants.sh BIN [STEPS] [RANKS]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/cpu-release/bin} steps=${2:-40} ranks=${3:-2}
[ -e runs/miniature-world/tokenizer.json ] || "$bin/r1-miniature" --out runs/miniature-world

# variant NAME KEY=VALUE...: keys under r1-zero.grpo
names=()
variant() {
  local name=$1 key settings=()
  shift
  for key in "$@"; do settings+=(--set "r1-zero.grpo.$key"); done
  names+=("$name")
  mpirun -n "$ranks" "$bin/r1-zero" --config configs/miniature.toml --run "runs/variants/$name" \
    --set "r1-zero.steps=$steps" --set r1-zero.evaluation.every=0 "${settings[@]}" \
    >"runs/variants-$name.log" 2>&1 </dev/null || { tail -n 5 "runs/variants-$name.log" >&2; exit 1; }
}
mkdir -p runs
variant grpo loss_average=sequence-mean
variant grpo-token-mean loss_average=token-mean
variant dr-grpo advantage=mean loss_average=sequence-sum loss_length=64 kl_coefficient=0
variant dapo loss_average=token-mean clip_epsilon_high=0.28 kl_coefficient=0 extra_rollouts=4 \
  overlong_buffer=64
variant gspo ratio=sequence clip_epsilon=3e-4 clip_epsilon_high=4e-4 loss_average=token-mean \
  kl_coefficient=0
variant cispo objective=cispo clip_epsilon=1 clip_epsilon_high=4 loss_average=token-mean \
  kl_coefficient=0
variant rloo advantage=leave-one-out loss_average=token-mean kl_coefficient=0.03

# value NAME KEY: in the last line of metrics.jsonl.
value() { tail -n 1 "runs/variants/$1/r1-zero/metrics.jsonl" | tr ',{}' '\n' | sed -n "s#^\"$2\":##p"; }
sets=$(tail -n 1 "runs/variants/grpo/r1-zero/metrics.jsonl" | tr ',' '\n' |
  sed -n 's#^"held_out/\(.*\)/pass@1":.*#\1#p')
{
  printf 'variant\t%s\tlength\tmixed\tclipped\tentropy\n' "$(tr '\n' '\t' <<<"$sets" | sed 's/\t$//')"
  for name in "${names[@]}"; do
    printf '%s' "$name"
    for set in $sets; do printf '\t%.3f' "$(value "$name" "held_out/$set/pass@1")"; done
    printf '\t%.1f\t%.2f\t%.4f\t%.2f\n' "$(value "$name" length/mean)" "$(value "$name" mixed)" \
      "$(value "$name" clip_fraction)" "$(value "$name" entropy)"
  done
} | column -t -s $'\t'
