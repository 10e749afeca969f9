#!/usr/bin/env bash
# The contract of a stage: help, exit codes, signals, deadlines, done stages, resume.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
make_world
run=("${zero[@]}" --set r1-zero.steps=30)

# rank_of RUN: the process of its last rank, once the run has made some steps.
rank_of() {
  for _ in $(seq 600); do
    [ "$(grep -c . "$1/r1-zero/metrics.jsonl" 2>/dev/null)" -ge 4 ] 2>/dev/null && break
    sleep 0.1
  done
  ranks_of "$1" "$bin/r1-zero" | tail -n 1
}

expect 0 "--resume" "$bin/r1-zero" --help
expect 0 "r1-zero 0." "$bin/r1-zero" --version
expect 64 "--config is required" "$bin/r1-zero"
expect 0 "kl_coefficient = 0.001" "${run[@]}" --print-config
expect 0 "kl_coefficient = 0.001" "${run[@]}" --set 'r1-zero.base={run}/none' --print-config --check-files
expect 64 "configs/miniature.toml: 'r1-zero.base' names nowhere.h5: no such file (from $PWD)" "${run[@]}" \
  --check-files --set r1-zero.base=nowhere.h5
# Values that do not go together are found without a run as well.
expect 64 "[r1-zero] grpo.mini_batches_per_rollout is 33, but" "${run[@]}" --print-config \
  --set r1-zero.grpo.mini_batches_per_rollout=33
expect 64 "rollout: cache_tokens 64 is too small" "${run[@]}" --print-config \
  --set r1-zero.rollout.cache_tokens=64
expect 64 "[r1-sft] found the prompt template \"nothing\"" "$bin/r1-sft" --config configs/miniature.toml \
  --print-config --set r1-sft.template=nothing
expect 64 "[r1-evaluate] samples_of: 'x' is none of" "$bin/r1-evaluate" --config configs/miniature.toml \
  --print-config --set 'r1-evaluate.samples_of=["x=3"]'
[ ! -e runs/miniature ] || fail "--check-files began a run"

# Tools have the same exit codes, also where a file cannot be closed: a limit stands for a full disk.
for tool in chat claims export import inspect miniature plan preflight report; do
  expect 0 "r1-$tool 0." "$bin/r1-$tool" --version
  expect 64 "Run with --help" "$bin/r1-$tool" --no-such-option
done
expect 70 "r1-miniature: " bash -c "trap '' XFSZ; ulimit -f 64; '$bin/r1-miniature' --out runs/small"

expect 70 "cannot write standard output" bash -c "'$bin/r1-inspect' checkpoints/miniature-base/model.h5 >/dev/full"
expect 70 "cannot write standard output" bash -c "'$bin/r1-zero' --config configs/miniature.toml --print-config >/dev/full"

# The whole run, and once more: it is done.
expect 0 "pass@1" mpirun -n 2 "${run[@]}" --run runs/whole
expect 0 "r1-zero is done" mpirun -n 2 "${run[@]}" --run runs/whole
expect 64 "is done, so there is nothing to resume" "${run[@]}" --run runs/whole --resume never
expect 64 "was finished with another config (seed: 1 -> 9); choose another --run" "${run[@]}" \
  --run runs/whole --set seed=9
whole=$(fingerprint runs/whole/r1-zero/step-000030)
expect 0 "runs/whole/r1-zero/step-000030" "$bin/r1-inspect" runs/whole/r1-zero
expect 0 "checksums right" "$bin/r1-inspect" runs/whole/r1-zero
# A folder with a model is what base= takes, whether a stage wrote it as a checkpoint or not.
expect 0 "as it has no COMPLETE" "$bin/r1-inspect" checkpoints/miniature-base
base=checkpoints/miniature-base
[ "$(fingerprint $base)" = "$(fingerprint $base/model.h5)" ] || fail "r1-inspect $base: another model"

# SIGUSR1 to one rank: all stop with a checkpoint, exit 75; the same command goes on to equal bits.
mpirun -n 2 "${run[@]}" --run runs/stopped >log 2>&1 &
job=$!
last=$(rank_of runs/stopped)
kill -USR1 "$last"
wait "$job"
status=$?
[ "$status" -eq 75 ] || fail "SIGUSR1: exit code $status, $(cat log)"
[ -e runs/stopped/r1-zero/DONE ] && fail "SIGUSR1: the stage says it is done"
expect 64 "--resume never, but" "${run[@]}" --run runs/stopped --resume never
expect 0 "pass@1" mpirun -n 2 "${run[@]}" --run runs/stopped
[ "$(fingerprint runs/stopped/r1-zero/step-000030)" = "$whole" ] || fail "SIGUSR1: other weights"

# A deadline in the middle of the run.
expect 75 "time is nearly over" mpirun -n 2 "${run[@]}" --run runs/late --deadline 2 --set r1-zero.steps=5000

# Another number of ranks goes on from the same checkpoint; so does another run, told where.
expect 75 "" mpirun -n 2 "${run[@]}" --run runs/ranks --deadline 1 --set r1-zero.steps=5000
last=$(ls -d runs/ranks/r1-zero/step-* | tail -n 1)
further=("${run[@]}" --set r1-zero.steps=$((10#${last##*step-} + 12)))
expect 0 "resumed from runs/ranks" mpirun -n 3 "${further[@]}" --run runs/ranks
expect 0 "resumed from runs/ranks" "${further[@]}" --run runs/from \
  --resume "$(ls -d runs/ranks/r1-zero/step-* | head -n 1)"

# A stopped rank is noticed within the timeout, and the job ends with rank and operation named.
mpirun -n 2 "${run[@]}" --run runs/hung --timeout 3 --set r1-zero.steps=5000 >log 2>&1 &
job=$!
last=$(rank_of runs/hung)
kill -STOP "$last"
( sleep 30; kill -CONT "$last" 2>/dev/null; kill -9 "$last" 2>/dev/null ) >/dev/null 2>&1 &
guard=$!
wait "$job"
status=$?
kill "$guard" 2>/dev/null
kill -9 "$last" 2>/dev/null
[ "$status" -ne 0 ] || fail "a stopped rank: exit code 0"
grep -q "for the other ranks in" log || fail "a stopped rank: $(cat log)"
grep -q "r1-zero on rank [01] of 2 (.*), step [0-9]*, phase" log || fail "no rank, step and phase: $(cat log)"

# A fault of a rank ends the job, and the rank says where it was.
mpirun -n 2 "${run[@]}" --run runs/crashed --set r1-zero.steps=5000 >log 2>&1 &
job=$!
kill -SEGV "$(rank_of runs/crashed)"
wait "$job" && fail "a crashed rank: exit code 0"
grep -q "r1-zero on rank [01] of 2 (.*), step [0-9]*, phase .*: ended by SIGSEGV" log ||
  fail "a crashed rank: $(cat log)"
finish
