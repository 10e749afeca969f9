#!/usr/bin/env bash
# The signal ahead of the limit, a preemption and a requeue by hand in the middle of every kind of
# stage: each goes on to the bits of the undisturbed run.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config
need_reference

intervals() { find "$run/r1-rejection-sampling/samples" -name 'interval-*.h5' 2>/dev/null | wc -l; }
has_intervals() {
  hurry "$(id_of r1-rejection-sampling)"
  [ "$(intervals)" -ge "$1" ]
}

# As Slurm does ahead of a limit (to the batch script), and at a preemption (to the ranks).
warn() { scancel --batch --signal=USR1 "$(id_of "$1")"; }
preempt() { scancel --signal=TERM "$(id_of "$1")"; }

pipeline >/dev/null
wait_until 60 "steps of base" has_steps base 12 && warn base
wait_until 60 "the second life of base" has_lives base 2
wait_end base
wait_until 60 "steps of r1-zero" has_steps r1-zero 3 && warn r1-zero
wait_until 60 "the second life of r1-zero" has_lives r1-zero 2
wait_until 60 "steps of r1-zero" has_steps r1-zero 8 && scontrol requeue "$(id_of r1-zero)"
wait_until 60 "the third life of r1-zero" has_lives r1-zero 3
# A signal to the ranks is lost before there are any.
wait_until 60 "its ranks" has_ranks r1-zero 3
wait_until 60 "steps of r1-zero" has_steps r1-zero $(($(steps_of r1-zero) + 2)) && preempt r1-zero
wait_until 60 "the fourth life of r1-zero" has_lives r1-zero 4
wait_end r1-zero
wait_until 60 "intervals" has_intervals 3 && warn r1-rejection-sampling
wait_until 60 "the second life of r1-rejection-sampling" has_lives r1-rejection-sampling 2
wait_until 60 "its ranks" has_ranks r1-rejection-sampling 3
wait_until 60 "intervals" has_intervals $(($(intervals) + 2)) && preempt r1-rejection-sampling
wait_end r1-rejection-sampling
wait_until 60 "steps of r1-sft" has_steps r1-sft 5 && warn r1-sft
wait_until 60 "steps of student" has_steps student 5 && preempt student
wait_end r1-sft
wait_end student
for job in base r1-sft student; do [ "$(lives_of $job)" -eq 2 ] || fail "$job: $(lives_of $job) lives"; done
[ "$(lives_of r1-rejection-sampling)" -eq 3 ] || fail "r1-rejection-sampling was not stopped twice"
same_as_reference base r1-zero r1-sft student
grep -q 'stopped with a checkpoint; requeued' "$run/slurm/r1-sft.history" ||
  fail "history: $(cat "$run/slurm/r1-sft.history")"

# A cancelled job stays cancelled, although its stage saves and says 75.
run=$work/runs/cancelled
pipeline --only base >/dev/null
wait_until 60 "steps" has_steps base 3
scancel "$(id_of base)"
wait_end base CANCELLED
sleep 1
jobs=$(squeue -h -o %k) || fail "squeue"
! grep -Fx "r1 base $run" <<<"$jobs" || fail "a cancelled job came back: $(squeue)"
finish
