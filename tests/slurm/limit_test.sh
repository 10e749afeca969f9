#!/usr/bin/env bash
# The real time limit, which is a minute at least: every kind of stage runs into it and goes on to
# the bits of the undisturbed run. Once the stage sees the end coming by its own clock, once it is
# told by Slurm's signal.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config
need_reference

# Steps are held up so that a minute is too short for a stage: ranks hardly run before the stage
# knows of the end, by the signal that waits for a stopped rank or by its own clock.
hold_up() {
  local pids told=
  until [ -n "$told" ] || [ -e stop-holding ] || knows_the_end "$1"; do
    mapfile -t pids < <(ranks_of "$1")
    [ ${#pids[@]} -gt 0 ] || { sleep 0.02 && continue; }
    kill -STOP "${pids[@]}" 2>/dev/null
    for _ in $(seq "$2"); do
      # The stage's look at its config, before it is submitted, may be over by now.
      [ -e "/proc/${pids[0]}" ] || break
      has_signal "${pids[0]}" && told=yes && break
      sleep 1
    done
    kill -CONT "${pids[@]}" 2>/dev/null
    sleep 0.05
  done
}

# Whether SIGUSR1, number 10, waits for that process.
has_signal() {
  local pending
  pending=$(sed -n 's/^ShdPnd:\t//p' "/proc/$1/status" 2>/dev/null)
  ((0x${pending:-0} >> 9 & 1))
}

knows_the_end() { grep -qs 'time is nearly over\|asked to stop' "$run"/"$1"*/rank-0.log; }

# Whether the job, or a task of its array, began a second time.
begins_again() {
  hurry "$(id_of "$1")"
  grep -qs 'life 2 .*: begins' "$run/slurm/$1"*.history
}

# in_time JOB PAUSE: with limits of a minute, the job needs more than one life.
in_time() {
  local holder
  rm -f stop-holding
  hold_up "$1" "$2" &
  holder=$!
  pipeline --only "$1" >/dev/null
  wait_until 300 "the second life of $1" begins_again "$1"
  touch stop-holding
  wait "$holder"
  wait_end "$1"
  grep -q 'stopped with a checkpoint; requeued' "$run/slurm/$1"*.history ||
    fail "$1: $(cat "$run/slurm/$1"*.history)"
}

sed -i 's/^time = .*/time = "1"/; s/^signal_ahead_s = .*/signal_ahead_s = 20/; s/^hang_timeout_s = .*/hang_timeout_s = 60/' "$name.toml"
in_time base 3
in_time r1-zero 5
in_time r1-rejection-sampling 8
in_time r1-sft 3
pipeline --only student >/dev/null
wait_end student
in_time r1-evaluate 8
# A model's file holds the config too, whose settings of Slurm are others here.
same_evaluation model_checksum
same_as_reference base r1-zero r1-sft student
grep -h 'time is nearly over\|asked to stop' "$run"/*/rank-0.log | sort | uniq -c
finish
