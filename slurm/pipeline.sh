#!/usr/bin/env bash
# Submits a pipeline to Slurm, a job a stage, each waiting for those whose files it reads. The same
# command again goes on: what is done is skipped, what waits or runs is left alone.
#   slurm/pipeline.sh CONFIG [OPTIONS]      or: sbatch slurm/pipeline.sh CONFIG [OPTIONS]
#     --run DIR      folder of the run [runs/<name of the config>]
#     --site FILE    facts of this site [site.toml beside this script]
#     --bin DIR      folder of the executables [found from where this script is]
#     --from JOB     this job, and all that wait for it
#     --to JOB       this job, and all that it waits for
#     --only JOB     this job alone
#     --set KEY=VALUE  a key's value over the config's, for every stage that knows it; repeatable
#     --dry-run      print each job and what sbatch --test-only says of it; submit nothing
#     --status       a table of the jobs
#     --cancel       cancel those that wait or run, and with them what waits for them
# Exit codes: 0; 64 wrong config, input or command line; 70 Slurm did not take a job.
#SBATCH --job-name=r1-pipeline --ntasks=1 --time=15
#SBATCH --output=r1-pipeline-%j.log
set -euo pipefail

# sbatch runs a copy of this file; the scripts beside the original are needed.
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ ! -e "$home/common.sh" ] && [ -n "${SLURM_JOB_ID:-}" ]; then
  home=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's|^ *Command=\(.*\)/pipeline\.sh.*|\1|p')
fi
# shellcheck source=slurm/common.sh
. "$home/common.sh"
# shellcheck source=slurm/jobs.sh
. "$home/jobs.sh"
# shellcheck source=slurm/status.sh
. "$home/status.sh"

usage() { sed -n '2,/^# Exit/s/^# \{0,1\}//p' "$home/pipeline.sh"; }

# Stages pass over the first two, dependencies are those that the config names, and a job's file has a
# line a value.
check_override() {
  case $1 in
    slurm[.=]* | pipeline[.=]*) die 64 "--set $1: [${1%%[.=]*}] is read from the config alone" ;;
    *"{run}"*) die 64 "--set $1: what a job waits for, {run}/JOB, is read from the config alone" ;;
    *[[:cntrl:]]*) die 64 "--set $1 has a tab or a line's end in it" ;;
  esac
}

config='' run='' site=$home/site.toml bin='' from='' to='' only='' action=submit
while [ $# -gt 0 ]; do
  case $1 in
    --run | --site | --bin | --from | --to | --only)
      [ $# -ge 2 ] || die 64 "$1 wants a value"
      declare "${1#--}=$2"
      shift
      ;;
    --set)
      [ $# -ge 2 ] || die 64 "$1 wants KEY=VALUE"
      check_override "$2"
      overrides+=(--set "$2")
      shift
      ;;
    --dry-run | --status | --cancel) action=${1#--} ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) die 64 "unknown option $1; --help lists them" ;;
    *)
      [ -z "$config" ] || die 64 "one CONFIG, please: $config or $1?"
      config=$1
      ;;
  esac
  shift
done
[ -n "$config" ] || die 64 "which CONFIG? --help says more"
[ -r "$config" ] || die 64 "cannot read $config"
[ -n "$run" ] || run=runs/$(basename "$config" .toml)
if [ "$action" = submit ]; then
  mkdir -p "$run/slurm" || die 70 "cannot make $run/slurm"
fi
config=$(realpath "$config") run=$(realpath -m "$run")
config_text=$(<"$config")

# Variables of the job that this may run in would reach the jobs it submits, and contradict them.
for variable in ${!SLURM_@}; do
  case $variable in
    SLURM_CONF | SLURM_CLUSTERS | SLURM_JWT) ;;
    *) unset "$variable" ;;
  esac
done

find_bin
read_plan
select_jobs
case $action in
  status) print_status ;;
  cancel) cancel_jobs ;;
  dry-run)
    check_configs
    (find_jobs && check_order)  # what would be submitted is shown as if Slurm had none of it
    dry_run
    ;;
  submit)
    lock_run
    check_configs
    [ "$(<"$config")" = "$config_text" ] ||
      die 64 "$config was changed while it was checked; nothing was submitted, call again"
    find_jobs
    check_order
    submit_jobs
    ;;
esac
