#!/usr/bin/env bash
# Random faults over one stage of reinforcement learning, R1_FAULTS [100] of them: the final weights
# are those of the undisturbed run bit for bit, every step and its transcripts are there once. Prints
# the wall time that a fault costs.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
faults=${R1_FAULTS:-100}
RANDOM=${R1_TEST_SEED:-$$}
echo "seed of the faults: R1_TEST_SEED=${R1_TEST_SEED:-$$}"
cluster up || exit 1
make_config
# A stage that is long enough: some steps between two faults.
steps=$((faults * 10 + 60))
sed -i "/^\[r1-zero\]/,/^\[/s/^steps = .*/steps = $steps/
  s/^time = .*/time = \"600\"/; s/^hang_timeout_s = .*/hang_timeout_s = 8/
  s/^max_requeues_without_progress = .*/max_requeues_without_progress = 20/" "$name.toml"
sed -i 's/^start_timeout_s = .*/start_timeout_s = 25/' "$name.site.toml"
reference=$work/runs/undisturbed

one_run() {
  run=$1
  pipeline --only base >/dev/null
  wait_end base
  pipeline --only r1-zero >/dev/null
}

kill_rank() { kill -9 "$1"; }
stop_rank() { kill -STOP "$1"; }
warn() { scancel --batch --signal=USR1 "$(id_of r1-zero)"; }
preempt() { scancel --signal=TERM "$(id_of r1-zero)"; }
requeue() { scontrol requeue "$(id_of r1-zero)"; }
reboot() { cluster reboot-node $((RANDOM % 3 + 1)); }
set_down() {
  local node=node$((RANDOM % 3 + 1))
  scontrol update nodename=$node state=down reason=test
  sleep 1
  scontrol update nodename=$node state=resume
}
restart_controller() { cluster restart-controller 1; }

started=$(date +%s%N)
one_run "$reference"
wait_until $((faults * 10 + 120)) "the undisturbed run" test -e "$reference/r1-zero/DONE"
quiet_ms=$((($(date +%s%N) - started) / 1000000))

kinds=(kill_rank stop_rank warn preempt requeue reboot set_down restart_controller)
declare -A made_of=()
started=$(date +%s%N)
one_run "$work/runs/$name"
id=$(id_of r1-zero)
made=0
while [ "$made" -lt "$faults" ] && [ ! -e "$run/r1-zero/DONE" ]; do
  hurry "$id"
  mapfile -t ranks < <(ranks_of r1-zero)
  [ ${#ranks[@]} -eq 3 ] || { sleep 0.1 && continue; }
  wait_until 60 "steps of this life" has_steps r1-zero $(($(steps_of r1-zero) + RANDOM % 4))
  sleep "0.0$((RANDOM % 90 + 10))"
  kind=${kinds[RANDOM % ${#kinds[@]}]}
  [[ $kind != *_rank ]] || [ -e "/proc/${ranks[0]}" ] || continue
  "$kind" "${ranks[RANDOM % 3]}" 2>/dev/null && made=$((made + 1)) && made_of[$kind]=$((${made_of[$kind]:-0} + 1))
  in_state "$id" FAILED CANCELLED TIMEOUT NODE_FAIL && break
done
wait_until $((faults * 10 + 120)) "the end after the faults" in_state "$id" COMPLETED FAILED
wait_end r1-zero
faulty_ms=$((($(date +%s%N) - started) / 1000000))
for kind in "${!made_of[@]}"; do echo "${made_of[$kind]} x $kind"; done | sort -rn
echo "$made faults, $(lives_of r1-zero) lives; undisturbed $((quiet_ms / 1000)) s, with faults" \
  "$((faulty_ms / 1000)) s: $(((faulty_ms - quiet_ms) / (made > 0 ? made : 1))) ms lost a fault"
[ "$made" -eq "$faults" ] || fail "only $made faults found the stage running"
same_as_reference r1-zero
[ "$(find "$run/r1-zero/transcripts" -type f | wc -l)" -eq "$steps" ] || fail "not a file a step"
finish
