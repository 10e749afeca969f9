#!/usr/bin/env bash
# Every stage of the recipe with tiny settings: killed with -9 and stopped by SIGUSR1 it makes what
# it makes undisturbed, bit for bit; when done it says so.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/interruptions.sh
. "$source_dir/tests/stages/interruptions.sh" || exit 1
make_base
make_judges
# shellcheck disable=SC2046
{
  survives r1-rejection-sampling examples.h5 $(stage r1-rejection-sampling)
  survives r1-cold-start model $(stage r1-cold-start)
  survives r1-sft model $(stage r1-sft)
  survives r1-distill model $(stage r1-distill)
  survives r1-reasoning-rl model $(stage r1-reasoning-rl)
  survives r1-all-scenario-rl model $(stage r1-all-scenario-rl)
}
finish
