# Sourced by the tests of executables: tests/stages/NAME.sh BIN SOURCE
# shellcheck shell=bash disable=SC2034  # for the tests that source this
set -uo pipefail
export LC_ALL=C  # a decimal point is none everywhere
bin=$(cd "$1" && pwd)
source_dir=$(cd "$2" && pwd)
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_mpi_yield_when_idle=1
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
ln -s "$source_dir/checkpoints" checkpoints
ln -s "$source_dir/configs" configs
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

finish() {
  if [ "$failures" -gt 0 ]; then
    echo "$failures failures"
    exit 1
  fi
  echo "all passed"
}

# shellcheck source=tests/expect.sh
. "$source_dir/tests/expect.sh"

# ranks_of RUN PROGRAM: the processes of this test's job in that run; other tests' runs have the same names.
ranks_of() {
  local rank
  for rank in $(pgrep -f "^$2 .*--run $1( |\$)"); do
    [ "$(readlink "/proc/$rank/cwd")" != "$work" ] || echo "$rank"
  done
}
# wait_for JOB RUN PROGRAM: the exit code of an mpirun whose rank was killed. Open MPI 4's may wait for
# a lock of its own for ever when a rank dies while it connects: without ranks it has 30 s to end.
wait_for() {
  local alone=0
  while kill -0 "$1" 2>/dev/null; do
    if [ -n "$(ranks_of "$2" "$3")" ]; then alone=0; else alone=$((alone + 1)); fi
    [ "$alone" -lt 150 ] || kill -9 "$1"
    sleep 0.2
  done
  wait "$1"
}

# flip FILE OFFSET: all bits of one byte, whatever it is.
flip() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf '%b' "\\x$(printf %02x $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# The fingerprint of a model's parameters; of no two paths the same where there is none.
fingerprint() {
  local found
  found=$("$bin/r1-inspect" "$1" | sed -n 's/.*fingerprint //p')
  echo "${found:-no model in $1}"
}

# value FOLDER STEP KEY: from the metrics of a stage.
value() { sed -n "s|^{\"step\":$2,.*\"$3\":\([^,}]*\).*|\1|p" "$1/metrics.jsonl"; }
# same_steps FOLDER FOLDER STEPS TOLERANCE KEY...: the numbers of the first steps of two runs.
same_steps() {
  local a=$1 b=$2 steps=$3 tolerance=$4 key step
  shift 4
  for key in "$@"; do
    for step in $(seq "$steps"); do
      awk -v x="$(value "$a" "$step" "$key")" -v y="$(value "$b" "$step" "$key")" -v t="$tolerance" \
        'BEGIN { exit !(x != "" && y != "" && (x - y) ^ 2 <= (t * t) * (1 + x * x)) }' ||
        fail "$a and $b, step $step, $key: $(value "$a" "$step" "$key"), $(value "$b" "$step" "$key")"
    done
  done
}

# A small run of r1-zero: questions, and arguments that make its steps short.
make_world() {
  "$bin/r1-miniature" --out runs/miniature-world --documents "${1:-0}" --test-questions 4 || exit 1
}
zero=("$bin/r1-zero" --config configs/miniature.toml --set r1-zero.grpo.questions_per_rollout=4
  --set r1-zero.grpo.group_size=8 --set r1-zero.evaluation.every=0
  --set r1-zero.evaluation.samples=2 --set r1-zero.rollout.cache_tokens=8192
  --set r1-zero.rollout.max_new_tokens=64 --set r1-zero.checkpoint_every=12)
pretrain=("$bin/r1-pretrain" --config configs/pretrain-miniature.toml)
small_model=(--set r1-pretrain.model.hidden=64 --set r1-pretrain.model.layers=2
  --set r1-pretrain.model.head_dim=16 --set r1-pretrain.model.intermediate=176)
