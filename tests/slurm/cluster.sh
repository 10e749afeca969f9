#!/usr/bin/env bash
# A Slurm cluster on this machine for tests: munged, slurmctld and slurmd for node1..nodeN, each node
# in namespaces of its own (host name, processes, mounts), so that kill -9 of one process is a power
# cut. Everything lives in one folder and one range of ports. Needs root.
#   cluster.sh up | down | kill-node K | start-node K [SLURMD OPTIONS] | reboot-node K |
#              restart-controller | in-node K COMMAND...
# Settings: R1_LAB (folder, short: sockets lie in it), R1_LAB_NODES [3], R1_LAB_CPUS [4],
# R1_LAB_GPUS [2] a node, R1_LAB_PORT [17000, and one more a node].
set -uo pipefail
lab=${R1_LAB:?the folder of the cluster}
nodes=${R1_LAB_NODES:-3} cpus=${R1_LAB_CPUS:-4} gpus=${R1_LAB_GPUS:-2} port=${R1_LAB_PORT:-17000}
export SLURM_CONF=$lab/slurm.conf

# Runs, is no zombie, and was started from this folder: pid files alone say none of that.
alive() {
  [ -n "${1:-}" ] && grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status" &&
    grep -qF "$lab/" <(tr '\0' ' ' <"/proc/$1/cmdline")
}

# wait_for TRIES COMMAND...: polls ten times a second.
wait_for() {
  local tries=$1
  shift
  for ((; tries > 0; tries--)); do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}

write_config() {
  cat >"$lab/slurm.conf" <<END
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits as long as credentials live: 5 s, the least, instead of two minutes.
AuthInfo=socket=$lab/munge/socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$lab/controller
SlurmdSpoolDir=$lab/spool/%n
TmpFS=$lab/tmp/%n
SlurmctldPidFile=$lab/controller.pid
SlurmdPidFile=$lab/spool/%n/slurmd.pid
SlurmctldLogFile=$lab/log/slurmctld.log
SlurmdLogFile=$lab/log/slurmd-%n.log
# No cgroups, no binding: all nodes share these cores.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog=$lab/task-prolog
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
# A node that returns without having been rebooted stays down: its lost jobs are noticed.
ReturnToService=1
JobFileAppend=1
KillWait=2
MinJobAge=3600
MessageTimeout=3
SlurmdTimeout=5
SlurmctldTimeout=10
InactiveLimit=0
MailProg=/bin/true
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName=node[1-$nodes] NodeHostname=node[1-$nodes] NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus RealMemory=4000 Gres=gpu:$gpus State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  : >"$lab/gres.conf"
  local gpu
  for ((gpu = 0; gpu < gpus; gpu++)); do
    mknod "$lab/dev/nvidia$gpu" c 1 3
    echo "NodeName=node[1-$nodes] Name=gpu File=$lab/dev/nvidia$gpu" >>"$lab/gres.conf"
  done
  cat >"$lab/task-prolog" <<END
#!/bin/sh
echo export TMPDIR=$lab/tmp/\$SLURMD_NODENAME
END
  chmod 755 "$lab/task-prolog"
}

start_node() {
  local k=$1
  shift
  # What a reboot would clear: a requeued step has the same id, and stale sockets would break it.
  rm -rf "$lab/spool/node$k" "$lab/tmp/node$k"
  mkdir -p "$lab/spool/node$k" "$lab/tmp/node$k"
  chmod 1777 "$lab/tmp/node$k"
  # shellcheck disable=SC2016  # expanded by the node's own shell
  setsid unshare --uts --mount-proc --pid --fork --kill-child=KILL bash -c '
    lab=$1 k=$2
    shift 2
    hostname "node$k"
    mount -t tmpfs -o mode=1777,size=1g tmpfs /dev/shm
    slurmd -D -f "$SLURM_CONF" -N "node$k" "$@" &
    trap "kill $!" TERM
    wait' "$lab/node" "$lab" "$k" "$@" </dev/null >>"$lab/log/slurmd-node$k.out" 2>&1 &
  echo $! >"$lab/node$k.pid"
}

dead() { ! alive "$1"; }

kill_node() {
  local pid
  pid=$(cat "$lab/node$1.pid") && alive "$pid" && kill -9 "$pid"
  wait_for 50 dead "$pid"
}

# sinfo would still call it mixed while a job of it is not cleared away.
rebooted() { scontrol show node "node$1" | grep 'Reason=.*rebooted' >/dev/null; }

# As a power cycle: its jobs end as NODE_FAIL and are requeued at once.
reboot_node() {
  kill_node "$1"
  sleep 1.5  # boot times are whole seconds, and must be later than the last answer
  start_node "$1" -b
  wait_for 100 rebooted "$1" || {
    echo "cluster: the reboot of node$1 was not noticed" >&2
    return 1
  }
  scontrol update nodename="node$1" state=resume
}

in_node() {
  local k=$1 pid
  shift
  pid=$(pgrep -P "$(cat "$lab/node$k.pid")" | head -n 1)
  nsenter --target "$pid" --uts --mount --pid -- "$@"
}

start_controller() {
  slurmctld -f "$SLURM_CONF" "$@" </dev/null >>"$lab/log/slurmctld.out" 2>&1
}

stop_pid_file() {
  local pid
  [ -s "$1" ] || return 0
  pid=$(cat "$1")
  alive "$pid" || return 0
  kill "$pid"
  wait_for 100 dead "$pid" || kill -9 "$pid"
}

answers() { scontrol ping 2>/dev/null | grep 'is UP' >/dev/null; }
all_idle() { [ "$(sinfo -h -N -o %T 2>/dev/null | grep -cx idle)" = "$nodes" ]; }

up() {
  [ -e "$lab" ] && down
  mkdir -p "$lab"/{munge,controller,spool,log,tmp,dev}
  chmod 755 "$lab" "$lab"/{controller,spool,tmp}
  chmod 711 "$lab/munge"
  (umask 077 && head -c 128 /dev/urandom >"$lab/munge/key")
  munged --socket="$lab/munge/socket" --key-file="$lab/munge/key" --num-threads=4 \
    --log-file="$lab/log/munged.log" --pid-file="$lab/munge/pid" --seed-file="$lab/munge/seed" ||
    return 1
  write_config
  # Some MPI_Inits crash under the default fence of this Slurm.
  echo "PMIxCollFence=tree" >"$lab/mpi.conf"
  if [ -n "${R1_LAB_SMALL_MIB:-}" ]; then
    mkdir "$lab/small"
    mount -t tmpfs -o "size=${R1_LAB_SMALL_MIB}m" tmpfs "$lab/small"
  fi
  start_controller -c
  wait_for 300 answers || {
    echo "cluster: slurmctld does not answer at port $port:" >&2
    tail -n 5 "$lab/log/slurmctld.log" "$lab/log/slurmctld.out" >&2
    return 1
  }
  local k
  for ((k = 1; k <= nodes; k++)); do start_node "$k"; done
  wait_for 300 all_idle || {
    sinfo -N -l
    tail -n 5 "$lab"/log/*
    return 1
  }
}

down() {
  [ -d "$lab" ] || return 0
  local file
  for file in "$lab"/node*.pid; do
    [ -e "$file" ] || continue
    file=${file##*/node}
    kill_node "${file%.pid}"
  done
  stop_pid_file "$lab/controller.pid"
  stop_pid_file "$lab/munge/pid"
  mountpoint -q "$lab/small" && umount -l "$lab/small"
  rm -rf "$lab"
}

restart_controller() {
  stop_pid_file "$lab/controller.pid"
  sleep "${1:-0}"
  start_controller
}

command=${1:-}
shift
case $command in
  up | down) "$command" ;;
  kill-node) kill_node "$@" ;;
  start-node) start_node "$@" ;;
  reboot-node) reboot_node "$@" ;;
  restart-controller) restart_controller "$@" ;;
  in-node) in_node "$@" ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
