#!/usr/bin/env bash
# Every config in configs/ is accepted by each stage whose table it has, and by at least one; a wrong
# key in any of these tables is refused. Those for GPUs fit GPUs of 80 GB.
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
  grep -q '^device = "cuda"' "$config" || continue
  nodes=$(sed -n 's/^nodes = //p' "$config" | head -n 1)
  expect 0 "of 74.51 GiB" "$bin/r1-plan" "$config" --cluster 8xH100 --nodes "${nodes:-1}"
done
finish
