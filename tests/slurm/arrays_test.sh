#!/usr/bin/env bash
# Job arrays: parts of an evaluation and of a rejection sampling, each with faults of its own, make
# the files of one job; what failed is submitted again alone.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config
need_reference
cat >>"$name.toml" <<'END'
[slurm.r1-rejection-sampling]
array = 3
nodes = 1
END
task_of() { echo "$(id_of "$1-parts")_$2"; }

# has_parts JOB TASK OF COUNT: intervals that this task has sampled.
has_parts() {
  hurry "$(task_of "$1" "$2")"
  [ "$(find "$run/$1-$2-of-$3/samples" -name 'interval-*.h5' 2>/dev/null | wc -l)" -ge "$4" ]
}
task_ended() {
  local id state
  id=$(task_of "$1" "$2")
  hurry "$id"
  state=$(show "$id" JobState)
  [[ $state == COMPLETED || $state == FAILED ]]
}

mkdir -p "$run" && cp -r "$reference/base" "$reference/r1-zero" "$reference/r1-sft" "$run"

# A task that cannot work fails alone, and takes along who would join.
touch "$run/r1-rejection-sampling-2-of-3"
expect 0 "r1-rejection-sampling: submitted as" pipeline --only r1-rejection-sampling
wait_end r1-rejection-sampling CANCELLED
for task in 1 3; do
  wait_until 60 "the end of task $task" test -e "$run/r1-rejection-sampling-$task-of-3/DONE"
done
[ ! -e "$run/r1-rejection-sampling/DONE" ] || fail "joined without a part"
expect 0 "2/3 tasks" pipeline --status
rm "$run/r1-rejection-sampling-2-of-3"
first=$(id_of r1-rejection-sampling-parts)
pipeline --only r1-rejection-sampling >/dev/null
wait_end r1-rejection-sampling
[ "$(squeue -h -r -t all -j "$(id_of r1-rejection-sampling-parts)" | wc -l)" -eq 1 ] ||
  fail "finished tasks were submitted again: $(squeue -r -t all)"
[ "$(id_of r1-rejection-sampling-parts)" != "$first" ] || fail "nothing was submitted again"
for where in "$reference" "$run"; do
  "$bin/r1-export" rows "$where/r1-rejection-sampling/examples.h5" --out "$name.jsonl" >/dev/null &&
    mv "$name.jsonl" "$name-$(basename "$where").jsonl"
done
[ -s "$name-$name.jsonl" ] && cmp "$name-reference.jsonl" "$name-$name.jsonl" ||
  fail "the joined examples are not those of one job"

# Signals, a preemption, a dead rank and a requeue of single tasks.
pipeline --only r1-evaluate >/dev/null
wait_until 60 "samples of task 1" has_parts r1-evaluate 1 2 3 &&
  scancel --batch --signal=USR1 "$(task_of r1-evaluate 1)"
wait_until 60 "samples of task 2" has_parts r1-evaluate 2 2 5 &&
  kill -9 "$(pgrep -f "^$bin/r1-evaluate .*--run $run .*part=2/2" | tail -n 1)"
wait_until 60 "more samples of task 1" has_parts r1-evaluate 1 2 20 &&
  scontrol requeue "$(task_of r1-evaluate 1)"
wait_until 60 "more samples of task 1" has_parts r1-evaluate 1 2 40 &&
  scancel --signal=TERM "$(task_of r1-evaluate 1)"
for task in 1 2; do wait_until 90 "the end of task $task" task_ended r1-evaluate "$task"; done
wait_end r1-evaluate
same_evaluation
[ "$(lives_of r1-evaluate-parts-1)" -eq 4 ] || fail "task 1: $(lives_of r1-evaluate-parts-1) lives"
[ "$(lives_of r1-evaluate-parts-2)" -ge 2 ] || fail "task 2: $(lives_of r1-evaluate-parts-2) lives"
cat "$run"/slurm/r1-evaluate*.history
finish
