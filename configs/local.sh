#!/usr/bin/env bash
# Runs a pipeline on this machine, job after job, without a scheduler:
#   configs/local.sh BIN CONFIG [RUN [ARGUMENTS OF EVERY STAGE...]]
# A job that is done is skipped, so the same command goes on where the last one stopped.
# R1_RANKS: ranks of each job [2].
set -euo pipefail
if [ $# -lt 2 ] || [ ! -x "$1/r1-plan" ] || [[ ${3:-} == -* ]]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  [ $# -lt 2 ] || [ -x "$1/r1-plan" ] || echo "local.sh: there is no $1/r1-plan" >&2
  exit 64
fi
bin=$1 config=$2 run=${3:-runs/$(basename "$2" .toml)}
arguments=("${@:4}")
jobs=$("$bin/r1-plan" "$config" --jobs)
total=$(wc -l <<<"$jobs") number=0
# In a container the user is root, which Open MPI wants to be told is meant.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# All jobs' keys, types and ranges before the first runs, and the files of those that have made nothing
# yet: a mistake in the last is not found after hours.
# What was made from files that are to be made anew would mix two runs of a stage, and is refused.
values_of() { grep -v -e '^#' -e '^$' | sort; }  # what a config's text sets
declare -A anew=()  # by job, the first of those before it, or itself
code=0
while IFS=$'\t' read -r name stage after; do
  made='' look=(--print-config)
  for file in "$run/$name/DONE" "$run/$name"/step-*/COMPLETE; do [ ! -e "$file" ] || made=yes; done
  [ -n "$made" ] || look+=(--check-files)
  now=$("$bin/$stage" --config "$config" --run "$run" --as "$name" \
    ${arguments[@]+"${arguments[@]}"} "${look[@]}") ||
    { code=$? && echo "local.sh: $name: nothing was run" >&2 && exit "$code"; }
  if [ -e "$run/$name/DONE" ] &&
    [ "$(values_of <"$run/$name/DONE")" != "$(values_of <<<"$now")" ]; then
    echo "$name is done, with other settings than it has now (in $run/$name/DONE); to have it made" \
      "again, remove its folder or choose another RUN" >&2
  fi
  for before in ${after//,/ }; do anew[$name]=${anew[$name]:-${anew[$before]:-}}; done
  first=${anew[$name]:-}
  [ -n "$first" ] || [ -e "$run/$name/DONE" ] || anew[$name]=$name
  if [ -n "$first" ] && [ -n "$made" ]; then
    echo "$name is made already, and $first, which it reads, is yet to be made: remove $run/$name as" \
      "well, or run $first alone, with its executable" >&2
    code=64
  fi
done <<<"$jobs"
[ "$code" -eq 0 ] || exit "$code"
while IFS=$'\t' read -r name stage _; do
  number=$((number + 1))
  if [ -e "$run/$name/DONE" ]; then
    printf '[%d of %d] %s is done\n' "$number" "$total" "$name"
    continue
  fi
  printf '\n[%d of %d] %s\n' "$number" "$total" "$name"
  start=$SECONDS
  mpirun -n "${R1_RANKS:-2}" "$bin/$stage" --config "$config" --run "$run" --as "$name" \
    ${arguments[@]+"${arguments[@]}"} </dev/null
  printf '%s: %d s\n' "$name" $((SECONDS - start))
done <<<"$jobs"
