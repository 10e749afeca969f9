#!/usr/bin/env bash
# Every stage of the recipe with tiny settings: killed with -9 and stopped by SIGUSR1 it makes what
# it makes undisturbed, bit for bit; when done it says so.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/interruptions.sh
. "$source_dir/tests/stages/interruptions.sh" || exit 1
# joins STAGE OUTPUT COMMAND...: parts, made in any order on any ranks, joined: the same bytes.
joins() {
  local stage=$1 output=$2 run=runs/$1-parts part
  shift 2
  expect 64 "$stage-1-of-3 is not a finished part" "$@" --run "$run" --set "$stage.join=3"
  for part in 3 1 2; do
    expect 0 "" mpirun -n $((part == 1 ? 2 : 1)) "$@" --run "$run" --set "$stage.part=$part/3"
  done
  expect 64 "were drawn with samples 4, now it is 6" "$@" --run "$run" --set "$stage.join=3" \
    --set "$stage.samples=6"
  expect 0 "" mpirun -n 2 "$@" --run "$run" --set "$stage.join=3"
  [ "$(made "$run/$stage/$output")" = "$(made "runs/$stage-whole/$stage/$output")" ] ||
    fail "$stage: joined parts are not what one job makes"
}

make_base
make_judges
# shellcheck disable=SC2046
{
  survives r1-rejection-sampling examples.h5 $(stage r1-rejection-sampling)
  joins r1-rejection-sampling examples.h5 $(stage r1-rejection-sampling)
  survives r1-cold-start model $(stage r1-cold-start)
  survives r1-sft model $(stage r1-sft)
  survives r1-distill model $(stage r1-distill)
  survives r1-reasoning-rl model $(stage r1-reasoning-rl)
  survives r1-all-scenario-rl model $(stage r1-all-scenario-rl)
}
finish
