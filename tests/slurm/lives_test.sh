#!/usr/bin/env bash
# What stage.sh makes of each way that a life can end, with stand-ins for Slurm's commands and for
# the ranks: tests/slurm/lives_test.sh BIN SOURCE. Needs neither a cluster nor root.
set -uo pipefail
source_dir=$(cd "$2" && pwd)
name=lives
# shellcheck source=tests/slurm/checks.sh
. "$source_dir/tests/slurm/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/stub"
export R1_STUB=$work PATH=$work/stub:$PATH
run=$work/run

# Each call of scontrol is a line in $R1_STUB/calls. As many ask in vain about the job as $R1_STUB/busy
# has lines, and as many of requeue and requeuehold are refused as $R1_STUB/refused has. A job that was
# put back is told to end, with all that it runs.
cat >"$work/stub/scontrol" <<'STUB'
#!/bin/bash
echo "$*" >>"$R1_STUB/calls"
case $1 in
  show)
    [ "$2" != hostnames ] || exec seq -f 'node%g' "$SLURM_JOB_NUM_NODES"
    if [ -s "$R1_STUB/busy" ]; then
      sed -i 1d "$R1_STUB/busy"
      echo "slurm_load_jobs error: Unable to contact slurm controller" >&2
      exit 1
    fi
    state=$(cat "$R1_STUB/state" 2>/dev/null || echo RUNNING)
    echo "JobId=7 JobState=$state ExcNodeList=$(cat "$R1_STUB/excluded" 2>/dev/null || echo '(null)') End=x"
    ;;
  requeue*)
    if [ -s "$R1_STUB/refused" ]; then
      sed -i 1d "$R1_STUB/refused"
      echo "slurm_requeue error: Requested operation is presently disabled" >&2
      exit 1
    fi
    parent=$PPID
    (/bin/sleep 0.1 && kill -TERM "$parent" $(pgrep -P "$parent")) &
    ;;
  update)
    /bin/sleep 0.3
    echo "${3#excnodelist=}" >"$R1_STUB/excluded"
    ;;
esac
STUB
# Nodes that are asked for a word answer as $R1_STUB/answering says. The ranks: $R1_STUB/NAME.code is what they exit with, $R1_STUB/NAME.sh what they do before.
cat >"$work/stub/srun" <<'STUB'
#!/bin/bash
[[ " $* " != *" --mpi=none "* ]] || exec cat "$R1_STUB/answering"
for word; do [[ $word != */r1-* ]] || what=${word##*/}; done
echo "$what $*" >>"$R1_STUB/launched"
: >"$R1_STARTED"
[ ! -e "$R1_STUB/$what.sh" ] || . "$R1_STUB/$what.sh"
exit "$(cat "$R1_STUB/$what.code" 2>/dev/null || echo 0)"
STUB
# Waits of seconds are over at once; longer ones are not waited for.
cat >"$work/stub/sleep" <<'STUB'
#!/bin/bash
[ "$1" -lt 60 ] || exec /bin/sleep "$1"
STUB
printf '#!/bin/bash\nexit 1\n' | tee "$work/stub/squeue" >"$work/stub/sinfo"
chmod 755 "$work"/stub/*

# begin_job [KEY VALUE]...: a run whose job has these settings beside the usual ones.
begin_job() {
  rm -rf "$run" "$work"/{calls,launched,busy,refused,state,excluded,*.code,*.sh}
  seq -f 'node%g' 4 >"$work/answering"
  mkdir -p "$run/slurm"
  {
    printf '%s\t%s\n' name zero stage r1-zero run "$run" config c.toml folder zero bin /opt/r1 \
      tasks_per_node 2 gpus_per_node 0 cpus_per_task 1 hang_timeout_s 600 ahead 60 \
      max_requeues_without_progress 3 slow_factor 1.6 start_timeout_s 600 launcher srun-pmix
    [ $# -eq 0 ] || printf '%s\t%s\n' "$@"
    printf '%s\t%s\n' preflight yes free_space_gib 0
  } >"$run/slurm/zero.job"
  life=0 num_nodes=4
}

# live CODE: one more life, and what it exits with.
live() {
  local code pid
  : >"$work/launched"
  : >"$work/calls"
  SLURM_JOB_ID=7 SLURM_RESTART_COUNT=$life SLURM_JOB_NODELIST="node[1-$num_nodes]" \
    SLURM_JOB_NUM_NODES=$num_nodes setsid timeout 60 \
    bash "$source_dir/slurm/stage.sh" "$run" zero "$source_dir/slurm" >"$work/log" 2>&1 &
  pid=$!
  wait "$pid" 2>/dev/null
  code=$?
  kill -- "-$pid" 2>/dev/null  # watches of minutes
  life=$((life + 1))
  [ "$code" -eq "$1" ] || fail "life $life exits with $code instead of $1: $(cat "$work/log")"
}

called() { grep -qx "$1" "$work/calls" || fail "no scontrol $1: $(cat "$work/calls" "$work/log")"; }
history_says() { grep -q "$1" "$run/slurm/zero.history" || fail "no '$1': $(cat "$run/slurm/zero.history")"; }
checked() { grep -q '^r1-preflight' "$work/launched"; }
started() { grep -q '^r1-zero' "$work/launched"; }

# A life that ends well, one that stopped with a checkpoint, and one with wrong input.
begin_job
echo 'touch "$R1_STUB/run/zero/DONE"' >"$work/r1-zero.sh"
live 0
history_says 'life 1 on node\[1-4\]: done'
begin_job
echo 75 >"$work/r1-zero.code"
live 75
called 'requeue 7'
history_says 'stopped with a checkpoint; requeued'
begin_job
echo 64 >"$work/r1-zero.code"
live 64

# A node without the run's folder, or the scripts: another one is tried, three times.
export SLURMD_NODENAME=node2
begin_job
rm "$run/slurm/zero.job"
echo node9 >"$work/excluded"
for _ in 1 2 3; do
  live 70
  called 'requeue 7'
  called 'update jobid=7 excnodelist=node9.*,node2'
done
live 70
! grep -q requeue "$work/calls" || fail "the run's folder is nowhere, and the job comes back for ever"
unset SLURMD_NODENAME

# A module that does not load is a life like any other: counted, in the history, bounded.
begin_job modules openmpi/4.1
# shellcheck disable=SC2317  # stage.sh calls it
module() { return 1; }
export -f module
for _ in 1 2 3; do
  live 70
  called 'requeue 7'
done
live 70
history_says 'life 4 .*4 lives in a row made no checkpoint'
! started || fail "started without its modules"
# What 'module' runs may use variables that are not set.
# shellcheck disable=SC2317  # stage.sh calls it
module() { [ -z "$no_such_variable" ] && echo "loaded $2"; }
begin_job modules openmpi/4.1
live 70
history_says 'there is no .*/DONE; requeued'
unset -f module

# slurmctld may be away for an hour; then the job comes back all the same.
begin_job
echo 70 >"$work/r1-zero.code"
seq 120 >"$work/busy"
live 70
[ "$(grep -c '^show job 7' "$work/calls")" -ge 121 ] || fail "gave up: $(tail -n 3 "$work/log")"
called 'requeue 7'
# A refusal or two may be an accident; one that stays ends the job, with all that was said.
begin_job
echo 70 >"$work/r1-zero.code"
seq 5 >"$work/refused"
live 70
[ "$(grep -c '^requeue 7' "$work/calls")" -eq 6 ] || fail "gave up: $(tail -n 3 "$work/log")"
[ "$(grep -c 'code 70; requeued' "$run/slurm/zero.history")" -eq 1 ] || fail "said more than once"
seq 100 >"$work/refused"
live 70
history_says 'Slurm refuses it'
[ "$(grep -c '^requeue 7' "$work/calls")" -eq 60 ] || fail "$(wc -l "$work/calls")"
# Being signalled is no decision of somebody's; being cancelled is.
for state in SIGNALING CANCELLED; do
  begin_job
  echo 75 >"$work/r1-zero.code"
  echo "$state" >"$work/state"
  live 75
  put_back=$(grep -c "^requeue 7" "$work/calls")
  [ "$put_back" -eq "$([ "$state" = SIGNALING ] && echo 1 || echo 0)" ] ||
    fail "$state: $(cat "$work/calls")"
done

# Nodes that passed the preflight are not asked again, until a life on them fails.
begin_job
echo 75 >"$work/r1-zero.code"
live 75
checked || fail "no preflight in the first life"
live 75
! checked || fail "a preflight after a life that stopped with a checkpoint"
echo 70 >"$work/r1-zero.code"
live 70
! checked || fail "a preflight too much"
live 70
checked || fail "no preflight after a failure"
# Neither is a life's silence a good sign: the node went down with it.
begin_job
echo 'kill -9 0' >"$work/r1-zero.sh"
live 137
rm "$work/r1-zero.sh"
echo 75 >"$work/r1-zero.code"
live 75
checked || fail "no preflight after a life that ended without a word"

# findings LINE...: the next preflight says so.
findings() {
  echo 70 >"$work/r1-preflight.code"
  printf '%s\n' "$@" >"$work/found"
  # shellcheck disable=SC2016  # expanded by the stand-in for the ranks
  echo 'mkdir -p "$R1_STUB/run/slurm/preflight-7"
    cp "$R1_STUB/found" "$R1_STUB/run/slurm/preflight-7/findings"' >"$work/r1-preflight.sh"
}

# A node that the preflight names is avoided, beside those that the user excluded; a person is asked
# when that has not helped often enough.
begin_job
echo 'node[8-9]' >"$work/excluded"
findings $'node2\tarithmetic' $'node2\tmemory' $'node1\tmemory'
live 70
called 'requeue 7'
called 'update jobid=7 excnodelist=node\[8-9\],node1,node2'
[ "$(cat "$work/excluded")" = 'node[8-9],node1,node2' ] || fail "its exclusion was ended with the job"
history_says 'from now on without node1,node2; requeued'
live 70
live 70
live 70
called 'requeuehold 7'
! started || fail "started in spite of the preflight"
# Released, the job has all its lives again.
rm "$work"/r1-preflight.*
echo 70 >"$work/r1-zero.code"
for _ in 1 2 3; do
  live 70
  called 'requeue 7'
done
live 70
history_says 'life 8 .*4 lives in a row made no checkpoint'

# Findings of no one node are for a person at once; slurmctld may be away.
begin_job
findings $'-\tfree space'
seq 70 >"$work/busy"
live 70
called 'requeuehold 7'
history_says 'the job is held'
# Those of most nodes may pass, as when a file server was slow; else they are too.
begin_job
findings $'node1\tfcntl\nnode2\tfcntl\nnode3\tfcntl'
for _ in 1 2 3; do
  live 70
  called 'requeue 7'
  ! grep -q excnodelist "$work/calls" || fail "most nodes are excluded"
done
live 70
called 'requeuehold 7'
begin_job
num_nodes=1
findings $'node1\tGPUs'
live 70
called 'update jobid=7 excnodelist=node1'
# A preflight that ends without findings is a failure like others, of the node that does not answer.
begin_job
echo 70 >"$work/r1-preflight.code"
live 70
called 'requeue 7'
! grep -q excnodelist "$work/calls" || fail "excluded nodes that answer"
sed -i /node3/d "$work/answering"
live 70
called 'update jobid=7 excnodelist=node3'
history_says 'ended with code 70; from now on without node3; requeued'
: >"$work/answering"  # srun itself does not work
live 70
! grep -q excnodelist "$work/calls" || fail "all nodes are excluded"
# A disk so full that lives cannot be counted is for a person, too: no life would be the last.
begin_job
echo 75 >"$work/r1-zero.code"
mkdir "$run/slurm/zero.lives.new"
live 70
called 'requeuehold 7'
history_says 'cannot be written, as when its disk is full'

# A config that was put aside is no progress.
begin_job
echo 70 >"$work/r1-zero.code"
echo ': >"$R1_STUB/run/zero/effective-before-step-$(date +%N).toml"' >"$work/r1-zero.sh"
for _ in 1 2 3 4; do live 70; done
history_says 'life 4 .*4 lives in a row made no checkpoint'

# Space is looked at in every life.
begin_job
echo 75 >"$work/r1-zero.code"
live 75
sed -i 's/^free_space_gib.*/free_space_gib\t1000000000/' "$run/slurm/zero.job"
live 70
called 'requeuehold 7'
history_says 'free_space_gib asks for 1000000000'

# How ranks are laid out: neighbours on one node, unless the site says otherwise.
begin_job
echo 75 >"$work/r1-zero.code"
live 75
grep -q '^r1-zero .*--distribution=block' "$work/launched" || fail "$(cat "$work/launched")"
grep -q '^r1-zero .*/r1-zero --config c.toml --run' "$work/launched" || fail "$(cat "$work/launched")"
grep -q '^r1-preflight .*--timeout 600' "$work/launched" || fail "$(cat "$work/launched")"
for option in --distribution=cyclic -m; do
  begin_job launcher_options "$option" launcher_options cyclic
  live 70
  ! grep -q block "$work/launched" || fail "$option: $(cat "$work/launched")"
done
finish
