# Sourced by the scripts beside it. A job's facts are in RUN/slurm/JOB.job, a line a value,
# KEY<tab>VALUE, written by pipeline.sh; a key of several values has several lines.
# shellcheck shell=bash

complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  complain "${@:2}"
  exit "$1"
}

declare -A setting=()

read_job() {
  local key value
  [ -r "$1" ] || die 64 "$1 is missing; submit the pipeline again: slurm/pipeline.sh CONFIG"
  while IFS=$'\t' read -r key value; do
    setting[$key]+=${setting[$key]+$'\n'}$value
  done <"$1"
}

# values KEY ARRAY: all values of a key.
values() {
  local -n into=$2
  # shellcheck disable=SC2034  # the caller's array
  into=()
  # shellcheck disable=SC2034
  [ -z "${setting[$1]:-}" ] || mapfile -t into <<<"${setting[$1]}"
}

# What to add to the stage's command line: into the array named. Of a job array, the task's part.
stage_arguments() {
  local -n into_arguments=$1
  values arguments into_arguments
  [ -z "${setting[array]:-}" ] ||
    into_arguments+=(--set "${setting[folder]}.part=$2/${setting[array]}")
}

load_modules() {
  local list=() item
  values modules list
  for item in "${list[@]}"; do
    command -v module >/dev/null ||
      { complain "site.toml names modules, and there is no 'module' here" && return 1; }
    module load "$item" || { complain "module load $item failed" && return 1; }
  done
}

# Modules, variables and folders that the site wants; fails when there is a module that does not load.
prepare_environment() {
  local list=() item code
  unset SLURM_EXPORT_ENV  # set by --export=NONE; it would keep srun from passing anything on
  set +u  # what 'module' runs is not written for it
  load_modules
  code=$?
  set -u
  [ "$code" -eq 0 ] || return "$code"
  values environment list
  for item in "${list[@]}"; do export "${item?}"; done
  if [ -n "${setting[scratch]:-}" ]; then
    export TMPDIR=${setting[scratch]}
  fi
  # Our files have one writer, or ranks that know of each other; HDF5's locks would only fail where
  # there is no flock.
  export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}
  # Under the default fence of some Slurm versions one MPI_Init in thirty crashes.
  export SLURM_PMIX_FENCE=${SLURM_PMIX_FENCE:-tree}
}

launched='' interrupted=''

# Neighbouring ranks, which may share a model, are of one node unless the site says otherwise.
distribution() {
  [[ -n ${SLURM_DISTRIBUTION:-} || " $* " == *" -m"* || " $* " == *" --distribution"* ]] ||
    echo --distribution=block
}

# launch EXECUTABLE ARGUMENTS...: on every rank of the allocation, in the background; $launched is
# the process to wait for.
launch() {
  local ranks command=() options=() container=()
  ranks=$((SLURM_JOB_NUM_NODES * setting[tasks_per_node]))
  values launcher_options options
  values container container
  case ${setting[launcher]} in
    srun-pmix | srun-pmi2)
      mapfile -t -O "${#options[@]}" options < <(distribution "${options[@]}")
      # Recent versions of srun do not take --cpus-per-task from the allocation.
      command=(srun "--mpi=${setting[launcher]#srun-}" --kill-on-bad-exit=1
        "--nodes=$SLURM_JOB_NUM_NODES" "--ntasks=$ranks"
        "--ntasks-per-node=${setting[tasks_per_node]}"
        "--cpus-per-task=${setting[cpus_per_task]}")
      ;;
    mpirun)
      command=(mpirun -n "$ranks" --map-by "ppr:${setting[tasks_per_node]}:node:oversubscribe"
        --bind-to none)
      ;;
    *) die 64 "unknown launcher '${setting[launcher]}'" ;;
  esac
  # Standard input is not the ranks' business.
  "${command[@]}" "${options[@]}" "${container[@]}" "${setting[bin]}/$1" "${@:2}" </dev/null &
  launched=$!
}

# Waits for what was launched, through signals, whose traps set $interrupted; its exit code.
wait_launched() {
  local code=127 last
  while :; do
    interrupted=
    wait "$launched"
    last=$?
    [ "$last" -eq 127 ] || code=$last  # 127: it was waited for before the signal came
    [ -n "$interrupted" ] || return "$code"
  done
}

# launch_preflight OPTIONS...: the checks of this allocation, in the background like launch. They try
# files in a folder of their own, for other jobs of the run may be at their checks as well.
launch_preflight() {
  preflight_folder=${setting[run]}/slurm/preflight-$SLURM_JOB_ID
  rm -rf "$preflight_folder"  # of a life that was killed there
  mkdir -p "$preflight_folder"
  launch r1-preflight --folder "$preflight_folder" --findings "$preflight_folder/findings" \
    --gpus "${setting[gpus_per_node]}" --slow-factor "${setting[slow_factor]}" \
    --timeout "$((setting[hang_timeout_s] > 50 ? setting[hang_timeout_s] : 50))" "$@"
}
