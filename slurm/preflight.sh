#!/usr/bin/env bash
# Checks the nodes that a job of a pipeline would run on, in under a minute: ranks, software, GPUs,
# speed of each node, MPI, file system, clocks. Every job does this before its first step.
#   slurm/preflight.sh CONFIG JOB [--run DIR] [--site FILE] [--bin DIR]
# Outside of an allocation it asks for one, with the job's own options and five minutes.
# Exit codes: 0 fit; 70 a check failed, and the report names node and reason; 64 wrong arguments.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=slurm/common.sh
. "$home/common.sh"
# shellcheck source=slurm/jobs.sh
. "$home/jobs.sh"

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  sed -n '2,/^# Exit/s/^# \{0,1\}//p' "$home/preflight.sh"
  exit 0
fi
[ $# -ge 2 ] || die 64 "usage: preflight.sh CONFIG JOB [--run DIR] [--site FILE] [--bin DIR]"
arguments=("$@")
config=$1 job=$2 run=runs/$(basename "$1" .toml) site=$home/site.toml bin=
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    --run | --site | --bin)
      [ $# -ge 2 ] || die 64 "$1 wants a value"
      declare "${1#--}=$2"
      ;;
    *) die 64 "unknown option $1" ;;
  esac
  shift 2
done
find_bin
read_plan
known_job "$job"
[ -z "${parts_of[$job]:-}" ] || job=${parts_of[$job]}
if [ -z "${SLURM_JOB_ID:-}" ]; then
  # What salloc has as well.
  mapfile -t options < <(grep -vE '^--(time|export|output|error|open-mode|requeue|no-requeue)' \
    <<<"${options_of[$job]%$'\n'}")
  exec salloc --job-name=r1-preflight "${options[@]}" --time=5 \
    "$home/preflight.sh" "${arguments[@]}"
fi
mkdir -p "$run/slurm"
run=$(realpath "$run")
facts=$(mktemp)
trap 'rm -f "$facts"' EXIT
job_facts "$job" >"$facts"
read_job "$facts"
prepare_environment || exit 70
launch_preflight --free-gib "${setting[free_space_gib]}"
trap 'rm -rf "$facts" "$preflight_folder"' EXIT
wait_launched
