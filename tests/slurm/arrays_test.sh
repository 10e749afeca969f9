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
array_at_once = 1
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

# A task that cannot work fails alone. While another waits for its turn, so does who would join, which
# then waits for what is submitted again.
touch "$run/r1-rejection-sampling-2-of-3"
expect 0 "r1-rejection-sampling: submitted as" pipeline --only r1-rejection-sampling
first=$(id_of r1-rejection-sampling-parts) join=$(id_of r1-rejection-sampling)
scontrol hold "${first}_3" || fail "task 3 did not wait for its turn"
wait_until 60 "the end of task 2" task_ended r1-rejection-sampling 2
[ -e "$run/r1-rejection-sampling-1-of-3/DONE" ] || fail "task 1 is not done"
expect 0 "1/3 tasks" pipeline --status
expect 0 "r1-rejection-sampling: PENDING as $join" pipeline --only r1-rejection-sampling
second=$(id_of r1-rejection-sampling-parts)
[ "$second" != "$first" ] || fail "nothing was submitted again"
[ "$(squeue -h -r -t all -j "$second" -o %K)" = 2 ] ||
  fail "not task 2 alone was submitted again: $(squeue -r -t all)"
# It fails again, and takes that one along.
wait_end r1-rejection-sampling CANCELLED
[ "$(id_of r1-rejection-sampling)" -eq "$join" ] || fail "there are two that join"
[ ! -e "$run/r1-rejection-sampling/DONE" ] || fail "joined without a part"
rm "$run/r1-rejection-sampling-2-of-3"
output=$(pipeline --only r1-rejection-sampling)
third=$(id_of r1-rejection-sampling-parts)
[[ $output == *"dependency=afterok:${first}_3:$third,"* ]] || fail "who joins waits for: $output"
expect 0 " as $first" pipeline --only r1-rejection-sampling
[ "$(id_of r1-rejection-sampling-parts)" -eq "$third" ] || fail "submitted once too often"
wait_until 60 "the end of task 2" test -e "$run/r1-rejection-sampling-2-of-3/DONE"
sleep 2
[ "$(show "$(id_of r1-rejection-sampling)" JobState)" = PENDING ] || fail "joined without task 3"
scontrol release "${first}_3"
wait_end r1-rejection-sampling
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
wait_until 60 "more samples of task 1" has_parts r1-evaluate 1 2 30 &&
  scancel --signal=TERM "$(task_of r1-evaluate 1)"
for task in 1 2; do wait_until 90 "the end of task $task" task_ended r1-evaluate "$task"; done
wait_end r1-evaluate
same_evaluation
[ "$(lives_of r1-evaluate-parts-1)" -eq 4 ] || fail "task 1: $(lives_of r1-evaluate-parts-1) lives"
[ "$(lives_of r1-evaluate-parts-2)" -ge 2 ] || fail "task 2: $(lives_of r1-evaluate-parts-2) lives"
cat "$run"/slurm/r1-evaluate*.history
finish
