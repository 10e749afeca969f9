# Sourced by the tests of slurm/: tests/slurm/NAME_test.sh BIN SOURCE. Each has a cluster of its own.
# With R1_SLURM_WORK they share a folder, and with it the world and the undisturbed run.
# shellcheck shell=bash
set -uo pipefail
export LC_ALL=C  # a decimal point is none everywhere
bin=$(cd "$1" && pwd)
source_dir=$(cd "$2" && pwd)
for tool in slurmctld slurmd munged unshare; do
  PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "SKIPPED: no $tool here" && exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "SKIPPED: a cluster for tests needs root" && exit 77; }
unshare --uts --pid --fork --mount-proc sh -c 'hostname node1 && mount -t tmpfs tmpfs /dev/shm' ||
  { echo "SKIPPED: no namespaces of one's own here" && exit 77; }
PATH=$PATH:/usr/sbin
name=$(basename "$0" _test.sh)
if [ -n "${R1_SLURM_WORK:-}" ]; then
  work=$R1_SLURM_WORK
else
  work=$(mktemp -d)
  chmod 755 "$work"  # munge wants its socket in reach of all
fi
export R1_LAB=$work/lab SLURM_CONF=$work/lab/slurm.conf
cluster() { "$source_dir/tests/slurm/cluster.sh" "$@"; }
clean_up() {
  local left
  mapfile -t left < <(jobs -p)
  [ ${#left[@]} -eq 0 ] || kill "${left[@]}" 2>/dev/null
  cluster down
  [ -n "${R1_SLURM_WORK:-}" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP
cd "$work" || exit 1
# shellcheck source=tests/slurm/checks.sh
. "$source_dir/tests/slurm/checks.sh"

# A pipeline in small, whose settings of Slurm change from test to test: make_config [LINES].
make_config() {
  if [ ! -e world/corpus.h5 ]; then
    "$bin/r1-miniature" --out world --documents 3000 --test-questions 4 --train-questions 128 || exit 1
  fi
  sed "s/^time = .*/&\n${1:-}/" "$source_dir/tests/slurm/pipeline.toml" >"$name.toml"
  write_site srun-pmix
}

write_site() {
  cat >"$name.site.toml" <<END
launcher = "$1"
# Several ranks a core, beside other programs.
slow_factor = 1000
start_timeout_s = 90
environment = ["OMPI_MCA_mpi_yield_when_idle=1", "OMPI_MCA_hwloc_base_binding_policy=none",
  "OMPI_MCA_rmaps_base_oversubscribe=1", "OMPI_MCA_btl_tcp_if_include=lo",
  "OMPI_MCA_oob_tcp_if_include=lo", "OMPI_ALLOW_RUN_AS_ROOT=1",
  "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"]
END
}

run=$work/runs/$name
# shellcheck disable=SC2120  # tests pass options
pipeline() {
  "$source_dir/slurm/pipeline.sh" "$name.toml" --site "$name.site.toml" --bin "$bin" --run "$run" "$@"
}

# The newest job of that name in this run, also when it has ended; of a job array, its number.
id_of() {
  squeue -h -t all -o '%F %k' | awk -v is="r1 $1 $run" 'substr($0, index($0, " ") + 1) == is { print $1 }' |
    sort -n | tail -n 1
}

show() { scontrol show job "$1" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$2=//p"; }
log_of() { cat "$run/slurm/$1"-*.log 2>/dev/null; }
log_says() { grep "${@:2}" "$run/slurm/$1"-*.log >/dev/null; }  # JOB GREP_ARGUMENTS...

# Requeued jobs wait for old credentials to die. Tests wait three seconds: at once, a node may still
# be clearing the step away that has the same id, and the new one's launch fails.
declare -A pending_since=()
hurry() {
  if [ "$(show "$1" JobState)" != PENDING ] || [ "$(show "$1" Reason)" != BeginTime ]; then
    unset "pending_since[$1]"
  elif [ -z "${pending_since[$1]:-}" ]; then
    pending_since[$1]=$SECONDS
  elif [ $((SECONDS - pending_since[$1])) -ge 3 ]; then
    scontrol update jobid="$1" starttime=now 2>/dev/null
    unset "pending_since[$1]"
  fi
  return 0
}

# wait_until SECONDS TEXT COMMAND...: until the command succeeds; says TEXT when it does not. Seconds of
# a machine that is as usual; one may be three times as slow.
wait_until() {
  local end=$((SECONDS + 3 * $1)) text=$2
  shift 2
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then
      fail "waited in vain for $text"
      squeue -t all
      sinfo -N -l
      tail -n 20 "$run"/slurm/*.log
      return 1
    fi
    sleep 0.05
  done
}

# Whether a job's state is one of those named.
in_state() {
  local id=$1 state
  shift
  hurry "$id"
  state=$(show "$id" JobState)
  [[ " $* " == *" $state "* ]]
}

# wait_end JOB [STATE]: the end of the newest job of that name, and that it ended so.
wait_end() {
  local id state expected=${2:-COMPLETED}
  id=$(id_of "$1")
  wait_until 180 "the end of $1" in_state "$id" COMPLETED FAILED CANCELLED TIMEOUT NODE_FAIL || return 1
  state=$(show "$id" JobState)
  [ "$state" = "$expected" ] ||
    fail "$1 ended as $state, expected $expected"$'\n'"$(log_of "$1" | tail -n 30)"
}

# count PATTERN FILE: lines; 0 where there is no file.
count() { sed -n "/$1/p" "$2" 2>/dev/null | wc -l; }
lives_of() { count ': begins' "$run/slurm/$1.history"; }
is_held() {
  hurry "$(id_of "$1")"
  [ "$(show "$(id_of "$1")" Priority)" = 0 ]
}
in_history() { grep -q "$2" "$run/slurm/$1.history" 2>/dev/null; }  # JOB PATTERN
steps_of() { count '^{"step":[1-9]' "$run/$1/metrics.jsonl"; }
has_steps() {
  hurry "$(id_of "$1")"
  [ "$(steps_of "$1")" -ge "$2" ]
}
has_lives() {
  hurry "$(id_of "$1")"
  [ "$(lives_of "$1")" -ge "$2" ]
}

# The processes of a job's ranks, in the order of their ids.
ranks_of() { pgrep -f "^$bin/r1-[a-z-]* .*--run $run --as $1 " | sort -n; }
has_ranks() {
  hurry "$(id_of "$1")"
  [ "$(ranks_of "$1" | wc -l)" -ge "$2" ]
}

# The fingerprint of the parameters of a job's last checkpoint.
fingerprint() {
  local last
  last=$(find "$1" -name 'step-??????' | sort | tail -n 1)
  "$bin/r1-inspect" "$last" | sed -n 's/.*fingerprint //p'
}

# The undisturbed run that others are compared with, on three nodes.
reference=$work/reference
need_reference() {
  [ -e "$reference/student/DONE" ] && return 0
  local run=$reference id
  # shellcheck disable=SC2119
  pipeline >/dev/null || exit 1
  for id in base r1-zero r1-rejection-sampling r1-sft student r1-evaluate; do
    wait_until 180 "$id of the reference" test -e "$reference/$id/DONE" || exit 1
  done
}

# same_as_reference JOB...: the same weights, every step once, and its numbers but for the times.
same_as_reference() {
  local job
  for job in "$@"; do
    [ -e "$run/$job/DONE" ] || { fail "$job is not done" && continue; }
    local whole mine
    whole=$(fingerprint "$reference/$job") mine=$(fingerprint "$run/$job")
    if [ -z "$whole" ] || [ "$whole" != "$mine" ]; then
      fail "$job: weights $mine, undisturbed $whole"
    fi
    diff <(numbers "$reference/$job") <(numbers "$run/$job") >"$name.diff" ||
      fail "$job: other metrics than undisturbed: $(head -n 6 "$name.diff")"
    [ ! -d "$reference/$job/transcripts" ] ||
      diff -r "$reference/$job/transcripts" "$run/$job/transcripts" >"$name.diff" ||
      fail "$job: other transcripts than undisturbed: $(head -n 6 "$name.diff")"
    echo "$name: $job: weights $mine as undisturbed, $(lives_of "$job") lives"
  done
}

# The same evaluation of the same models.
# same_evaluation [LINES]: but for the lines that this pattern of sed's finds.
same_evaluation() {
  local skip=${1:+/$1/d;}
  diff <(sed "$skip s|$reference|RUN|" "$reference/r1-evaluate/evaluation.json") \
    <(sed "$skip s|$run|RUN|" "$run/r1-evaluate/evaluation.json") >"$name.diff" ||
    fail "another evaluation than undisturbed: $(head -n 6 "$name.diff")"
}

# metrics.jsonl without times, memory and idling.
numbers() {
  sed -E 's/"(seconds\/[a-z_]+|[a-z_\/]*_per_s|[a-z_\/]*(idle|memory|rss)[a-z_\/]*)":[^,}]*,?//g' \
    "$1/metrics.jsonl"
}
