#!/usr/bin/env bash
# Dead and stopped ranks, lost nodes, a controller that goes away: the stage ends with a reason,
# comes back, and its final bits are those of the undisturbed run. Under srun, then under mpirun.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config
# Longer than all that happens to it, however fast the machine is; undisturbed first.
sed -i '/^\[r1-zero\]/,/^\[/s/^steps = .*/steps = 240/' "$name.toml"
disturbed=$run
reference=$work/runs/undisturbed-faults
run=$reference
for job in base r1-zero; do
  pipeline --only "$job" >/dev/null
  wait_end "$job"
done
run=$disturbed
sed -i 's/^hang_timeout_s = .*/hang_timeout_s = 15/' "$name.toml"
mkdir -p "$run" && cp -r "$reference/base" "$run/base"

# life N: waits for the N-th life of r1-zero to have made a step of its own.
life() {
  wait_until 90 "life $1" has_lives r1-zero "$1" || return 1
  local before
  before=$(steps_of r1-zero)
  wait_until 90 "steps of life $1" has_steps r1-zero $((before + 2))
}
rank() { ranks_of r1-zero | sed -n "$((1 + $1))p"; }

pipeline --only r1-zero >/dev/null
life 1 && kill -9 "$(rank 1)"
life 2 && cluster reboot-node 3
life 3
# While the controller is away, the ranks go on.
before=$(steps_of r1-zero)
cluster restart-controller 2
wait_until 30 "steps without a controller" has_steps r1-zero $((before + 3))
[ "$(lives_of r1-zero)" -eq 3 ] || fail "the controller's restart cost a life"
stopped=$(rank 2)
kill -STOP "$stopped"
life 4
log_says r1-zero -Eq 'r1-zero on rank [0-9] of 3 \(node[1-3]\), step [0-9]+, phase [a-z -]+: .*waited' ||
  fail "a stopped rank: nobody says which, where and when"$'\n'"$(log_of r1-zero | tail -n 40)"
[ ! -e "/proc/$stopped" ] || fail "the stopped rank is still there"
# The rank that hands out the work: the others wait in a one-sided operation.
kill -STOP "$(rank 0)"
life 5
wait_end r1-zero
same_as_reference r1-zero
cat "$run/slurm/r1-zero.history"

run=$work/runs/mpirun
write_site mpirun
mkdir -p "$run" && cp -r "$reference/base" "$run/base"
pipeline --only r1-zero >/dev/null
life 1 && scancel --batch --signal=USR1 "$(id_of r1-zero)"
life 2 && kill -9 "$(rank 0)"
life 3 && cluster kill-node 2
sleep 15  # mpirun ends at once, Slurm takes its time to notice
cluster start-node 2 -b
# A node that Slurm took for dead stays down until somebody says that it is well; that it was
# rebooted Slurm may notice only when the job is on it again, which costs one life more.
back() {
  scontrol update nodename=node2 state=resume 2>/dev/null
  sleep 1
  hurry "$(id_of r1-zero)"
  [ -e "$run/r1-zero/DONE" ]
}
wait_until 180 "the end with node2 back" back
wait_end r1-zero
[ "$(lives_of r1-zero)" -ge 4 ] || fail "the lost node cost no life"
same_as_reference r1-zero
cat "$run/slurm/r1-zero.history"
finish
