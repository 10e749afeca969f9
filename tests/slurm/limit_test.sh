#!/usr/bin/env bash
# The real time limit, which is a minute at least: every kind of stage runs into it and goes on to
# the bits of the undisturbed run. Once the stage sees the end coming by its own clock, once it is
# told by Slurm's signal.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config
need_reference

# Steps are held up so that a minute is too short for a stage: ranks run half of the time.
hold_up() {
  local pids
  while [ ! -e stop-holding ]; do
    mapfile -t pids < <(ranks_of "$1")
    [ ${#pids[@]} -gt 0 ] || { sleep 0.02 && continue; }
    kill -STOP "${pids[@]}" 2>/dev/null
    sleep "$2"
    kill -CONT "${pids[@]}" 2>/dev/null
    sleep 0.05
  done
}

# in_time JOB PAUSE [HISTORY]: with limits of a minute, the job needs more than one life.
in_time() {
  local history=${3:-$1} holder
  rm -f stop-holding
  hold_up "$1" "$2" &
  holder=$!
  pipeline --only "$1" >/dev/null
  wait_until 300 "the second life of $history" has_lives "$history" 2
  touch stop-holding
  wait "$holder"
  wait_end "$1"
  grep -q 'stopped with a checkpoint; requeued' "$run/slurm/$history.history" ||
    fail "$1: $(cat "$run/slurm/$history.history")"
}

sed -i 's/^time = .*/time = "1"/; s/^signal_ahead_s = .*/signal_ahead_s = 10/; s/^hang_timeout_s = .*/hang_timeout_s = 60/' "$name.toml"
in_time base 3
in_time r1-zero 5
in_time r1-rejection-sampling 8
in_time r1-sft 3
pipeline --only student >/dev/null
wait_end student
in_time r1-evaluate 8 r1-evaluate-parts-1
same_evaluation
same_as_reference base r1-zero r1-sft student
grep -h 'time is nearly over\|asked to stop' "$run"/*/rank-0.log | sort | uniq -c
finish
