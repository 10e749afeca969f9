#!/usr/bin/env bash
# The batch script of one job or one task of a job array, submitted by pipeline.sh:
#   stage.sh RUN JOB FOLDER_OF_THE_SCRIPTS
# Runs the job's stage, and requeues the job when the stage stopped with a checkpoint or failed in
# a way that another life may mend, as long as lives make progress. slurm/README.md tells the whole.
set -uo pipefail
# A task's number alone may be its whole array's.
job_id=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job_id=${job_id:-$SLURM_JOB_ID}

# A node that lacks the scripts or the run's folder, as without their mounts, is avoided; three of
# them are no one node's fault.
for file in "$3/common.sh" "$1/slurm/$2.job"; do
  [ ! -r "$file" ] || continue
  echo "stage.sh: $file cannot be read on ${SLURMD_NODENAME:-$SLURM_JOB_NODELIST}" >&2
  [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ] || exit 70
  trap '' TERM  # of the requeue
  avoided=$(scontrol show job "$job_id" | sed -n 's/.*ExcNodeList=\([^ (]*\).*/\1/p')
  scontrol requeue "$job_id" || exit 70
  [ -z "${SLURMD_NODENAME:-}" ] ||
    scontrol update jobid="$job_id" excnodelist="${avoided:+$avoided,}$SLURMD_NODENAME"
  exit 70
done
# shellcheck source=slurm/common.sh
. "$3/common.sh"
read_job "$1/slurm/$2.job"
run=${setting[run]} name=${setting[name]} stage=${setting[stage]}
folder=$run/${setting[folder]}
if [ -n "${setting[array]:-}" ]; then
  name+=-$SLURM_ARRAY_TASK_ID
  folder+=-$SLURM_ARRAY_TASK_ID-of-${setting[array]}
fi

# A line in the log and in the job's history, which pipeline.sh --status reads.
note() {
  printf '%s  %s  life %d on %s: %s\n' "$(date '+%F %T')" "$job_id" \
    "$((${SLURM_RESTART_COUNT:-0} + 1))" "$SLURM_JOB_NODELIST" "$*" |
    tee -a "$run/slurm/$name.history"
}

finish() {
  local code=$1
  shift
  note "$*"
  exit "$code"
}

# Nodes that a life failed on pass the preflight again before the next one.
suspect_nodes() { rm -f "$run/slurm/preflight.passed"; }

# What outlives a job: checkpoints and samples, by name. Logs and metrics are no progress.
progress_mark() {
  find "$folder" \( -name '*.part*' -o -name transcripts \) -prune -o -type f \
    ! -name 'rank-*.log' ! -name metrics.jsonl ! -name 'events.*' ! -name 'effective*.toml*' \
    ! -name 'not-finite-*' ! -name lock -print 2>/dev/null | sort | cksum
}

# How many lives of this submission ended without progress, this one not counted; kept beside the
# mark that the last life began with.
count_lives() {
  local job=0 count=0 mark=
  [ -r "$run/slurm/$name.lives" ] && IFS=$'\t' read -r job count mark <"$run/slurm/$name.lives"
  mark_before=$(progress_mark)
  if [ "$job" != "$SLURM_JOB_ID" ] || [ "${SLURM_RESTART_COUNT:-0}" -eq 0 ] ||
    [ "$mark" != "$mark_before" ]; then
    lives_without_progress=0
  else
    lives_without_progress=$((count + 1))
  fi
  write_lives || uncounted=yes
  # The life before ended without a word: killed, or lost with its node.
  [[ $(tail -n 1 "$run/slurm/$name.history" 2>/dev/null) != *": begins" ]] || suspect_nodes
}

write_lives() {
  printf '%s\t%s\t%s\n' "$SLURM_JOB_ID" "$lives_without_progress" "$mark_before" \
    >"$run/slurm/$name.lives.new" 2>/dev/null &&
    mv "$run/slurm/$name.lives.new" "$run/slurm/$name.lives"
}

may_live_again() {
  [ "$(progress_mark)" != "$mark_before" ] ||
    [ "$lives_without_progress" -lt "${setting[max_requeues_without_progress]}" ]
}

give_up() {
  finish 70 "$1; $((lives_without_progress + 1)) lives in a row made no checkpoint, so the job" \
    "ends. The reasons are above; if there are none, it needs more time or a smaller" \
    "checkpoint_every. The same pipeline.sh command goes on from here"
}

job_state() {
  scontrol show job "$job_id" 2>/dev/null |
    sed -n 's/.*JobState=\([A-Z]*\).*/\1/p'
}

# is_running STATE: those of a job whose batch script goes on.
is_running() {
  case $1 in
    RUNNING | CONFIGURING | SIGNALING | STOPPED | RESIZING | EXPEDITING) ;;
    *) return 1 ;;
  esac
}

# Until Slurm's SIGTERM, which follows on a requeue.
wait_for_the_end() {
  local left=600
  # In short waits: a signal that comes between the look and the wait ends none.
  while [ -z "$ended" ] && [ $((left -= 5)) -ge 0 ]; do
    sleep 5 &
    wait $!
  done
  exit "$1"
}

# Put back, a job gets SIGTERM for all that runs here, and SIGKILL some time later: what is to be done
# yet ignores the first.
scontrol_to_the_end() (
  trap '' TERM
  scontrol "$@"
)

# The next life avoids the nodes that $excluding names, beside those that the user excluded. Slurm
# takes that of pending jobs only: of this one after its requeue.
exclude_nodes() (
  trap '' TERM
  [ -n "$excluding" ] || return 0
  for _ in {1..5}; do
    before=$(scontrol show job "$job_id" 2>/dev/null | sed -n 's/.*ExcNodeList=\([^ ]*\).*/\1/p')
    if [ -n "$before" ]; then
      [ "$before" != "(null)" ] || before=
      scontrol update jobid="$job_id" excnodelist="${before:+$before,}$excluding" && return
    fi
    sleep 1
  done
  note "scontrol did not exclude $excluding"
)

# put_back HOW REASON CODE: scontrol HOW (requeue, requeuehold), however long slurmctld is away; a job
# that ends instead takes along those that wait for it. One that answers and refuses will not change
# its mind.
put_back() {
  local state said='' refusals=0
  command -v scontrol >/dev/null || finish "$3" "$2: it cannot be, there is no scontrol here"
  trap '' USR2 HUP  # nothing of this life can be late any more
  while :; do
    state=$(job_state)
    # Whoever cancelled or requeued the job meanwhile has decided already.
    [ -z "$state" ] || is_running "$state" || finish "$3" "$2; the job is $state"
    if [ -n "$state" ]; then
      [ -n "$said" ] || note "$2"  # before the deed: Slurm ends this script at once
      said=yes
      if scontrol_to_the_end "$1" "$job_id"; then
        exclude_nodes
        wait_for_the_end "$3"
      fi
      [ $((refusals += 1)) -lt 60 ] ||
        finish "$3" "$2: Slurm refuses it, see above. The same pipeline.sh command goes on from here"
    fi
    sleep 5  # slurmctld is down or busy
  done
}

# requeue REASON CODE: another life, or the end when there can be none. Lives that a full disk does not
# let us count would have no end.
requeue() {
  [ -z "$uncounted" ] || write_lives ||
    hold "$1, and $run/slurm cannot be written, as when its disk is full"
  may_live_again || give_up "$1"
  put_back requeue "$1; requeued" "$2"
}

# The stage itself stops in time when it knows the end; older versions of Slurm do not tell it.
know_end_time() {
  local end
  [ -z "${SLURM_JOB_END_TIME:-}" ] || return 0
  end=$(squeue -h -j "$job_id" -o %e 2>/dev/null) && end=$(date -d "$end" +%s 2>/dev/null) &&
    [ -n "$end" ] && export SLURM_JOB_END_TIME=$end
}

# The last resort: a stage that did not stop in time loses its step, but not the job its place.
# Never before the stage was told: 15 seconds before the limit, or half of the signal's lead.
requeue_before_limit() {
  local left before=15
  [ -n "${SLURM_JOB_END_TIME:-}" ] || return 0
  [ "$before" -le $((setting[ahead] / 2)) ] || before=$((setting[ahead] / 2))
  left=$((SLURM_JOB_END_TIME - $(date +%s) - before))
  [ "$left" -gt 0 ] || return 0
  (sleep "$left" && kill -USR2 $$) &
}

# Waits for what COMMAND... launches. Until its ranks have met none of them can end a hang.
run_launched() {
  local watcher code
  export R1_STARTED=$run/slurm/$name.started
  rm -f "$R1_STARTED"
  "$@"
  (sleep "${setting[start_timeout_s]}" && [ ! -e "$R1_STARTED" ] && kill -HUP $$) &
  watcher=$!
  wait_launched
  code=$?
  kill "$watcher" 2>/dev/null
  return "$code"
}

# mpirun ends before Slurm knows of a lost node; a requeued job would be put on it again.
await_lost_node() {
  local lost
  [ "${setting[launcher]}" = mpirun ] || return 0
  for _ in {1..30}; do
    lost=$(sinfo -h -N -n "$SLURM_JOB_NODELIST" -o '%N %T' 2>/dev/null |
      awk '$2 ~ /down|fail|\*/ { print $1 }')
    [ -z "$lost" ] || break
    sleep 1
  done
  [ -z "$lost" ] || note "lost: ${lost//$'\n'/, }"
}

# What is free, and what this job has taken of it already: space goes from life to life.
check_space() {
  local free taken asked=${setting[free_space_gib]}
  [ "$asked" -gt 0 ] || return 0
  free=$(df -Pk "$run" | awk 'NR == 2 { print int($4 / 1048576) }')
  [ -n "$free" ] || requeue "the file system of $run does not answer df" 70
  taken=$(du -sk "$folder" | awk '{ print int($1 / 1048576) }')
  [ $((free + ${taken:-0})) -ge "$asked" ] ||
    hold "the preflight failed: $run has $free GiB of free space beside the job's \
${taken:-0}, free_space_gib asks for $asked"
}

preflight() {
  local nodes="$SLURM_JOB_NODELIST ${setting[tasks_per_node]} ${setting[gpus_per_node]}" code
  local passed=$run/slurm/preflight.passed findings bad=()
  check_space
  [ "${setting[preflight]}" = yes ] || return 0
  [ "$(cat "$passed" 2>/dev/null)" = "$nodes" ] && return 0
  run_launched launch_preflight
  code=$?
  findings=$(cat "$preflight_folder/findings" 2>/dev/null)
  rm -rf "$preflight_folder"
  if [ "$code" -eq 0 ]; then
    printf '%s\n' "$nodes" >"$passed"
    return 0
  fi
  [ -z "$stopping" ] || requeue "asked to stop" 75
  [ -n "$findings" ] || requeue_elsewhere "the preflight ended with code $code"
  mapfile -t bad < <(cut -f 1 <<<"$findings" | sort -u)
  [[ " ${bad[*]} " != *" - "* ]] && may_live_again || hold "the preflight failed, see above"
  avoid "${bad[@]}"
  requeue "the preflight failed, see above$without" 70
}

# avoid NODE...: the next life does without them, unless they are most of the job's: then it is no
# node's fault, and others would not be better.
avoid() {
  (($# > 0 && (2 * $# <= SLURM_JOB_NUM_NODES || SLURM_JOB_NUM_NODES == 1))) || return 0
  excluding=$(IFS=, && echo "$*")
  without="; from now on without $excluding"
}

# The nodes on which nothing of ours can be started, as without their mounts: of those a launcher
# says that something failed, if it says anything.
silent_nodes() {
  local container=()
  values container container
  comm -23 <(scontrol show hostnames "$SLURM_JOB_NODELIST" | sort) \
    <(timeout 60 srun --overlap --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" \
      --ntasks-per-node=1 --mpi=none --kill-on-bad-exit=0 "${container[@]}" \
      sh -c '[ -x "$0" ] && echo "$SLURMD_NODENAME"' "${setting[bin]}/r1-preflight" \
      </dev/null 2>/dev/null | sort)
}

requeue_elsewhere() {
  local silent=()
  mapfile -t silent < <(silent_nodes)
  avoid "${silent[@]}"
  requeue "$1$without" 70
}

# To be mended by a person; whoever releases the job has looked, so its lives are counted anew.
hold() {
  lives_without_progress=-1
  write_lives
  put_back requeuehold "$1: the job is held; mend it, or exclude nodes with 'scontrol update \
jobid=$job_id excnodelist=NODES', then 'scontrol release $job_id'" 70
}

judge() {
  local code=$1
  [ -e "$folder/DONE" ] && finish 0 "done"
  [ "$code" -eq 75 ] || suspect_nodes
  case $code in
    64) finish 64 "config or input is wrong, see above; jobs that wait for this one are cancelled" ;;
    75) requeue "stopped with a checkpoint" 75 ;;
    0) requeue "the launcher said success, but there is no $folder/DONE" 70 ;;
    *)
      await_lost_node
      requeue "ended with code $code" 70
      ;;
  esac
}

stopping='' ended='' uncounted='' excluding='' without='' more=()
trap 'stopping=yes interrupted=yes; [ -z "$launched" ] || kill -USR1 "$launched" 2>/dev/null' USR1
trap 'suspect_nodes; requeue "the stage did not stop in time" 75' USR2
trap 'suspect_nodes; requeue_elsewhere "the ranks did not meet in ${setting[start_timeout_s]} s"' HUP
trap 'ended=yes interrupted=yes' TERM
mkdir -p "$folder"
[ -e "$folder/DONE" ] && finish 0 "was done before"
count_lives
[ "$lives_without_progress" -le "${setting[max_requeues_without_progress]}" ] ||
  give_up "requeued from outside"
note "begins"
prepare_environment || requeue "modules did not load, see above" 70
know_end_time
requeue_before_limit
preflight
[ -z "$stopping" ] || requeue "asked to stop" 75
stage_arguments more "${SLURM_ARRAY_TASK_ID:-}"
run_launched launch "$stage" --config "${setting[config]}" --run "$run" --as "${setting[folder]}" \
  --threads "${setting[cpus_per_task]}" --timeout "${setting[hang_timeout_s]}" "${more[@]}"
code=$?
if [ -n "$ended" ] && [ ! -e "$folder/DONE" ]; then
  [ "$code" -eq 75 ] || suspect_nodes
  finish 143 "ended by Slurm or by hand"
fi
judge "$code"
