#!/usr/bin/env bash
# What r1-plan says a rank takes, beside what the kernel counted (VmHWM): pretraining, SFT and RL of a
# model of SmolLM2-135M's shape with random weights, one rank of one thread, a step or two of each.
# About ten minutes, 5 GiB.   plan_memory.sh BIN [--set KEY=VALUE...]
set -euo pipefail
bin=$(cd "$1" && pwd)
shift
more=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$bin/r1-miniature" --out runs/miniature-world --documents 2000 --test-questions 4

cat >135m.toml <<'END'
[pipeline]
jobs = ["r1-pretrain", "r1-sft", "r1-zero"]
[compute]
micro_batch_tokens = 512
max_positions = 320
[r1-pretrain]
corpus = "runs/miniature-world/corpus.h5"
tokenizer = "runs/miniature-world"
steps = 2
tokens_per_step = 512
checkpoint_every = 2
[r1-pretrain.model]
vocab = 49152
hidden = 576
layers = 30
heads = 9
kv_heads = 3
head_dim = 64
intermediate = 1536
max_positions = 320
tied_head = true
[r1-sft]
base = "{run}/r1-pretrain"
template = "user {question} assistant"
examples = ["runs/miniature-world/examples-clean.h5"]
epochs = 0.005
batch = 8
[r1-zero]
base = "{run}/r1-pretrain"
template = "user {question} assistant <think>"
steps = 1
[r1-zero.questions]
sets = ["arithmetic=runs/miniature-world/train-arithmetic.h5"]
[r1-zero.evaluation]
sets = []
[r1-zero.grpo]
questions_per_rollout = 4
group_size = 8
mini_batches_per_rollout = 1
kl_coefficient = 0.01
[r1-zero.rollout]
max_new_tokens = 48
cache_tokens = 8192
END
for stage in r1-pretrain r1-sft r1-zero; do
  mpirun -n 1 "$bin/$stage" --config 135m.toml --run runs/p --threads 1 "${more[@]}" >log 2>&1 || {
    cat log
    exit 1
  }
  planned=$("$bin/r1-plan" 135m.toml --only $stage --ranks-per-node 1 "${more[@]}" | awk '
    function mib(v, u) { return u == "GiB" ? v * 1024 : v }
    /^    together .*iB/ && all == "" { all = mib($2, $3) }
    END { print all }')
  resident=$(tail -n 1 runs/p/$stage/metrics.jsonl | sed -n 's/.*"peak_rss_bytes":\([0-9.]*\).*/\1/p')
  awk -v s=$stage -v p="$planned" -v r="$resident" 'BEGIN {
    r /= 1048576
    printf "%-12s planned %.0f MiB, VmHWM %.0f MiB, %+.1f %%\n", s, p, r, 100 * (p - r) / r }'
done
