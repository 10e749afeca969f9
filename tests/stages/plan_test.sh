#!/usr/bin/env bash
# r1-plan against runs: the bytes that it counts are those that a stage counts, and the kernel's
# own count of the process is near; what cannot be planned is refused.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
plan=$bin/r1-plan
make_world

# field NAME FILE: the number of a metric in the last line.
field() { tail -n 1 "$2" | sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"; }

# together JOB: MiB that the plan of $config says, without the process itself.
together() {
  "$plan" "$config" --only r1-zero --ranks-per-node 1 "$@" | awk '
    function mib(v, u) { return u == "GiB" ? v * 1024 : u == "KiB" ? v / 1024 : v }
    /process itself/ { base = mib($3, $4) }
    /^    together .*iB/ && base != "" && all == "" { all = mib($2, $3) - base }
    END { print all }'
}

# compare WHAT METRICS PLANNED_MIB
compare() {
  local counted rss
  counted=$(field memory_bytes "$2")
  rss=$(field peak_rss_bytes "$2")
  awk -v c="$counted" -v p="$3" 'BEGIN { d = p - c / 1048576; exit !(d < 0.6 && d > -0.6) }' ||
    fail "$1: planned $3 MiB, the stage counts $counted bytes"
  # Beside the blocks that are counted a stage has itself, its libraries and its data.
  awk -v r="$rss" -v c="$counted" -v w="$1" 'BEGIN {
    base = (r - c) / 1048576
    printf "%s: counted %.1f MiB, resident at most %.1f MiB, the process itself %.1f MiB\n",
      w, c / 1048576, r / 1048576, base
    exit !(base > 10 && base < 100) }' || fail "$1: resident $rss bytes, counted $counted"
}

settings=(--set r1-zero.steps=1 --set r1-zero.grpo.questions_per_rollout=4
  --set r1-zero.evaluation.every=0 --set r1-zero.evaluation.max_questions=1
  --set r1-zero.evaluation.samples=1)
config=configs/miniature.toml
"$bin/r1-zero" --config "$config" --run runs/p "${settings[@]}" >/dev/null 2>&1 || fail "r1-zero"
compare r1-zero runs/p/r1-zero/metrics.jsonl "$(together "${settings[@]}")"

cat >sft.toml <<'EOF'
[compute]
micro_batch_tokens = 2048
max_positions = 320
recompute = true
[r1-sft]
base = "checkpoints/miniature-base/model.h5"
template = "user {question} assistant"
examples = ["runs/miniature-world/examples-clean.h5"]
epochs = 0.05
batch = 8
EOF
config=sft.toml
mpirun -n 2 "$bin/r1-sft" --config sft.toml --run runs/p >/dev/null 2>&1 || fail "r1-sft"
compare r1-sft runs/p/r1-sft/metrics.jsonl "$("$plan" sft.toml --ranks-per-node 2 | awk '
  function mib(v, u) { return u == "KiB" ? v / 1024 : v }
  /process itself/ { base = mib($3, $4) }
  /^    together .*iB/ && base != "" && all == "" { all = mib($2, $3) - base }
  END { print all }')"

# Without the files: a model by name, lengths by [plan]; the stage itself minds none of it.
cat >planned.toml <<'EOF'
[plan]
model = "Qwen2.5-7B"
response_tokens = 2000
[plan.r1-sft]
examples = 800000
example_tokens = 4000
[compute]
dtype = "bf16"
micro_batch_tokens = 8192
max_positions = 8192
[r1-sft]
base = "nowhere/model.h5"
examples = ["nowhere/examples.h5"]
EOF
expect 64 "does not fit: a rank needs" "$plan" planned.toml --cluster 8xH100
expect 64 "compute.recompute = true" "$plan" planned.toml --cluster 8xH100
sed -i 's/^max_positions/recompute = true\nmax_positions/' planned.toml
expect 0 "7615616512 parameters" "$plan" planned.toml --cluster 8xH200 --nodes 4
expect 0 "run: 12500 steps" "$plan" planned.toml --cluster 8xH200 --nodes 4
expect 0 "[slurm.r1-sft]" "$plan" planned.toml --cluster 8xH200 --nodes 4
expect 0 "gpus_per_node = 8" "$plan" planned.toml --cluster 8xH200 --nodes 4
expect 0 "gpus_per_node = 1" "$plan" planned.toml --cluster 8xH200 --nodes 4 --ranks-per-node 1
expect 64 "16 ranks on a node of 8 GPUs" "$plan" planned.toml --cluster 8xH200 --ranks-per-node 16
expect 0 "examples 800000 (given)" "$plan" planned.toml --cluster 8xH200 --nodes 4
sed '/^model/d' planned.toml >nameless.toml
expect 64 "the model nowhere/model.h5 is not here" "$plan" nameless.toml
sed 's/^response_tokens/respons_tokens/' planned.toml >misspelt.toml
expect 64 "did you mean 'plan.response_tokens'" "$plan" misspelt.toml
expect 64 "there is no cluster 9xH100" "$plan" planned.toml --cluster 9xH100
expect 64 "does not fit" "$plan" configs/miniature.toml --memory-gib 0.01
printf '[rates]\nmatmul_f32_gflops = -1\n' >cluster.toml
expect 64 "matmul_f32_gflops" "$plan" planned.toml --cluster cluster.toml
expect 0 "parameters 671026419200" "$plan" --paper
expect 64 "give a config" "$plan"

expect 0 "the model was made for" "$plan" configs/miniature.toml \
  --set compute.max_positions=8192 --set compute.micro_batch_tokens=8192

# What the config asks of Slurm is what is planned, unless the command line says otherwise.
recipe=(configs/qwen2.5-7b-r1.toml --cluster 8xH100)
own="(the config's)"
expect 0 "nodes 4 $own, ranks a node 8 $own" "$plan" "${recipe[@]}" --only r1-zero
expect 0 "8xH100: nodes and ranks of each job as [slurm] of the config" "$plan" "${recipe[@]}" \
  --only r1-sft
expect 0 "nodes 2 $own, ranks a node 8 $own" "$plan" "${recipe[@]}" --only r1-sft
expect 0 "nodes 1 $own, ranks a node 8 $own; one of the 4 tasks of an array" "$plan" "${recipe[@]}" \
  --only r1-rejection-sampling
expect 0 "run: 1 steps" "$plan" "${recipe[@]}" --only r1-rejection-sampling
expect 0 "nodes 3, ranks a node 8 $own" "$plan" "${recipe[@]}" --only r1-sft --nodes 3
expect 0 "nodes 2 $own, ranks a node 4" "$plan" "${recipe[@]}" --only r1-sft --ranks-per-node 4
expect 0 "8xH100: nodes 3, ranks a node 4; " "$plan" "${recipe[@]}" --only r1-sft --nodes 3 \
  --ranks-per-node 4
expect 0 "as the config's [slurm] is for nodes without GPUs" "$plan" configs/miniature.toml \
  --cluster 8xH100 --only r1-sft
expect 64 "3 ranks, which mesh.tp = 2 does not divide" "$plan" "${recipe[@]}" --only r1-sft \
  --nodes 1 --ranks-per-node 3

# Nothing is submitted that cannot be laid out.
cat >shared.toml <<'EOF'
seed = 1
[pipeline]
jobs = ["tune = r1-sft"]
[mesh]
tp = 2
[tune]
base = "nowhere/model.h5"
[slurm.tune]
nodes = 3
EOF
submit() { "$plan" "$1" --jobs --site "$source_dir/slurm/site.toml"; }
expect 64 "shared.toml: slurm.tune: 3 nodes of 1 ranks are 3 ranks, which mesh.tp = 2 does not divide" \
  submit shared.toml
sed 's/^nodes.*/nodes = 4\nmin_nodes = 2/' shared.toml >fewer.toml
expect 64 "3 nodes of 1 ranks" submit fewer.toml
sed 's/^base/mesh.tp = 3\nbase/' shared.toml >own.toml
expect 0 $'setting\ttune\tnodes\t3' submit own.toml

# Every job of the whole recipe.
output=$("$plan" configs/miniature.toml 2>&1) ||
  fail "configs/miniature.toml: $output"
for job in r1-zero without-language r1-rejection-sampling helpful r1-all-scenario-rl r1-evaluate; do
  [[ "$output" == *"[slurm.$job]"* ]] || fail "no plan for $job"
done
finish
