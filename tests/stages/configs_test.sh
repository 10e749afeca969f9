#!/usr/bin/env bash
# Every config in configs/ is accepted by each stage whose table it has, and by at least one; a wrong
# key in any of these tables is refused. What names Slurm can be submitted to it, and says what cores
# and memory it takes. Those for GPUs fit GPUs of 80 GB. local.sh looks for files before the first stage
# runs, and mixes no two runs of a stage.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
for config in configs/*.toml; do
  found=0
  while read -r stage; do
    grep -q "^\[$stage\]" "$config" || continue
    found=$((found + 1))
    expect 0 "[$stage]" "$bin/$stage" --config "$config" --print-config
    expect 64 "unknown key '$stage.no_such_key'" "$bin/$stage" --config "$config" --print-config \
      --set "$stage.no_such_key=1"
  done <"$bin/stages.txt"
  [ "$found" -gt 0 ] || fail "$config has no stage's table"
  if grep -q '^\[slurm' "$config"; then
    expect 0 $'sbatch\t' "$bin/r1-plan" "$config" --jobs --site "$source_dir/slurm/site.toml"
    plan=$("$bin/r1-plan" "$config" --jobs --site "$source_dir/slurm/site.toml")
    for asked in 'mem=' 'cpus-per-task='; do
      [ "$(grep -c $'^job\t' <<<"$plan")" -eq "$(grep -c $'^sbatch\t.*\t--'"$asked" <<<"$plan")" ] ||
        fail "$config: not every job says --$asked"
    done
    # Several ranks of a node with a core each would leave most of its cores idle.
    ! awk -F'\t' '$3 == "gpus_per_node" { gpus[$2] = $4 }
      $3 == "cpus_per_task" && $4 == 1 && gpus[$2] > 0 { few = 1 } END { exit !few }' <<<"$plan" ||
      fail "$config: one core a GPU"
    ! grep -q '^device = "cuda"' "$config" || grep -q $'\t--gpus-per-node=' <<<"$plan" ||
      fail "$config computes on GPUs and asks for none"
  fi
  grep -q '^device = "cuda"' "$config" || continue
  expect 0 "of 74.51 GiB" "$bin/r1-plan" "$config" --cluster 8xH100
done
expect 64 "'r1-zero.questions.sets' names runs/miniature-world/train-chain.h5: no such file" configs/local.sh \
  "$bin" configs/miniature.toml runs/redo
make_world
[ ! -e runs/redo ] || fail "local.sh began"
mkdir -p runs/redo/helpful/step-000002 runs/redo/r1-distill
touch runs/redo/helpful/step-000002/COMPLETE runs/redo/r1-distill/DONE
for made in helpful r1-distill; do
  expect 64 "$made is made already, and r1-zero, which it reads, is yet to be made: remove runs/redo/$made" \
    configs/local.sh "$bin" configs/miniature.toml runs/redo
done
finish
