#!/usr/bin/env bash
# What pipeline.sh submits when some of it is done, queued or failed, with stand-ins for Slurm's
# commands and the executables: tests/slurm/submission_test.sh BIN SOURCE. Needs neither a cluster
# nor root.
set -uo pipefail
source_dir=$(cd "$2" && pwd)
name=submission
# shellcheck source=tests/slurm/checks.sh
. "$source_dir/tests/slurm/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir stub bin
export R1_STUB=$work PATH=$work/stub:$PATH
run="$work/my run"

# $R1_STUB/queue: a line a job or task, "NUMBER TASK STATE COMMENT", as squeue is asked to print it.
cat >stub/squeue <<'STUB'
#!/bin/bash
[[ "$* " == "-a -r "*'-o %F %K %T %k '* ]] || { echo "squeue $*" >&2 && exit 1; }
cat "$R1_STUB/queue"
STUB
cat >stub/sbatch <<'STUB'
#!/bin/bash
id=$(cat "$R1_STUB/next")
echo $((id + 1)) >"$R1_STUB/next"
tasks=N/A
for word; do
  case $word in
    --comment=*) comment=${word#*=} ;;
    --array=*) tasks=${word#*=} tasks=${tasks%\%*} ;;
  esac
done
for task in ${tasks//,/ }; do echo "$id $task PENDING $comment" >>"$R1_STUB/queue"; done
printf '%s' "$id:" >>"$R1_STUB/calls"
for word; do
  case $word in --array=* | --dependency=* | --job-name=*) printf ' %s' "$word" >>"$R1_STUB/calls" ;; esac
done
echo >>"$R1_STUB/calls"
echo "$id"
STUB
# shellcheck disable=SC2016  # expanded by the stand-ins
for command in scontrol scancel; do
  printf '#!/bin/bash\necho "%s $*" >>"$R1_STUB/calls"\n' "$command" >"stub/$command"
done
# A base, samples of four tasks and what joins them, and one that reads the samples.
cat >bin/r1-plan <<'STUB'
#!/bin/bash
tab() { (IFS=$'\t' && echo "$*"); }
tab job base r1-x -
tab job samples-parts r1-x base
tab job samples r1-x samples-parts
tab job tuned r1-x samples
for job in base samples-parts samples tuned; do
  tab sbatch $job --nodes=1
  tab setting $job folder ${job%-parts}
  tab setting $job bin "$R1_STUB/bin"
  tab setting $job signal_ahead_s 0
  tab setting $job time_s 3600
done
tab setting samples-parts array "$(cat "$R1_STUB/tasks")"
tab setting samples-parts array_at_once 2
STUB
# Its settings are all lines of the config but the first, and what --set says. $R1_STUB/missing names a
# job whose files are not there.
cat >bin/r1-x <<'STUB'
#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in
    --as) job=$2 ;;
    --check-files)
      [ "$(cat "$R1_STUB/missing" 2>/dev/null)" != "$job" ] || { echo "base.h5: no such file" >&2 && exit 64; }
      ;;
    --config)
      sed 1d "$2"
      [ ! -e "$R1_STUB/edit" ] || echo edited >>"$2"
      ;;
    --set) echo "$2" ;;
  esac
  shift
done
STUB
chmod 755 stub/* bin/*

pipeline() { "$source_dir/slurm/pipeline.sh" c.toml --bin bin --run "$run" "$@"; }
begin() {
  rm -rf "$run" calls
  mkdir -p "$run"
  : >queue
  echo '[pipeline]' >c.toml
  echo 100 >next
  echo 4 >tasks
}
finished() { for job; do mkdir -p "$run/$job" && touch "$run/$job/DONE"; done; }
task_ends() { sed -i "/^$1 $2 /d" queue; }  # NUMBER TASK
cancelled() { sed -i "/^$1 /d" queue; }
# calls LINE...: what was asked of Slurm since the last time.
calls() {
  [ "$(cat calls 2>/dev/null)" = "$(printf '%s\n' "$@")" ] ||
    fail "asked Slurm for"$'\n'"$(cat calls 2>/dev/null)"$'\n'"instead of"$'\n'"$(printf '%s\n' "$@")"
  rm -f calls
}

begin
finished base
expect 0 "samples-parts: submitted as 100, log" pipeline
calls '100: --job-name=samples-parts --array=1,2,3,4%2' \
  '101: --job-name=samples --dependency=afterok:100' \
  '102: --job-name=tuned --dependency=afterok:101'
expect 0 "samples-parts: PENDING as 100" pipeline
calls ''
echo other >"$run/base/DONE"
expect 0 "base is done, with other settings than it has now" pipeline
calls ''
: >"$run/base/DONE"

# Task 1 is done, task 2 failed, 3 and 4 are still there; Slurm has cancelled what waited.
task_ends 100 1
task_ends 100 2
finished samples-1-of-4
cancelled 101
cancelled 102
expect 0 "samples: submitted as 104, dependency=afterok:100_3:100_4:103" pipeline
calls '103: --job-name=samples-parts --array=2%2' \
  '104: --job-name=samples --dependency=afterok:100_3:100_4:103' \
  '105: --job-name=tuned --dependency=afterok:104'
expect 0 "samples-parts: PENDING as 100,103" pipeline
calls ''

# Task 3 failed as well, and what joins the parts is not cancelled yet, or is never at this site.
task_ends 100 3
expect 0 "samples: PENDING as 104" pipeline
calls '106: --job-name=samples-parts --array=3%2' \
  'scontrol update jobid=104 dependency=afterok:100_4:103_2:106'

# Another number of tasks would mix up the parts of those that are there.
task_ends 106 3
echo 5 >tasks
expect 64 "100,103 are tasks of 4, and slurm.samples.array is 5" pipeline
calls ''
expect 0 "cancelled: tuned" pipeline --cancel --only tuned
calls 'scancel 105'
expect 0 "cancelled: " pipeline --cancel
calls 'scancel 100 103' 'scancel 104' 'scancel 105'

# What is submitted runs with the config as it was then, whatever its user makes of the file. Tasks of
# one array have one config.
begin
finished base
echo 'lr = 1' >>c.toml
expect 0 "tuned: submitted" pipeline --set 'samples.text="a b"' --set seed=2
rm calls
echo 'lr = 2' >>c.toml
copy=$run/slurm/tuned.toml
grep -qx "config"$'\t'"$copy" "$run/slurm/tuned.job" || fail "not the copy: $(cat "$run/slurm/tuned.job")"
[ "$(cat "$copy")" = $'[pipeline]\nlr = 1' ] || fail "the copy has changed: $(cat "$copy")"
[ "$(sed -n 's/^arguments\t//p' "$run/slurm/tuned.job")" = $'--set\nsamples.text="a b"\n--set\nseed=2' ] ||
  fail "--set: $(cat "$run/slurm/tuned.job")"
expect 0 "tuned keeps the settings that it was submitted with ($copy)" pipeline
[ "$(cat "$copy")" = $'[pipeline]\nlr = 1' ] || fail "the copy has changed: $(cat "$copy")"
task_ends 100 1
expect 64 "100 are tasks of samples with other settings than it has now" pipeline
calls ''
sed -i '/lr = 2/d' c.toml
expect 64 "100 are tasks of samples with other settings" pipeline --set seed=2
quiet=$(pipeline --set 'samples.text="a b"' --set seed=2 2>&1)
[[ $quiet != *"keeps the settings"* && $quiet == *"samples-parts: submitted as 103"* ]] || fail "$quiet"
cancelled 102
expect 0 "tuned: submitted as 104" pipeline --only tuned --set seed=3
grep -qx $'arguments\tseed=3' "$run/slurm/tuned.job" || fail "--set: $(cat "$run/slurm/tuned.job")"
rm calls
expect 64 "[slurm] is read from the config alone" pipeline --set slurm.time=5
expect 64 "what a job waits for, {run}/JOB, is read from" pipeline --set 'tuned.base={run}/base'
expect 64 "--set wants KEY=VALUE" pipeline --set
touch edit
expect 64 "c.toml was changed while it was checked; nothing was submitted" pipeline --only base
rm edit
calls ''

# Files that are not there are found before anything is submitted; what has checkpoints may need them no
# more.
begin
echo tuned >missing
expect 64 "base.h5: no such file" pipeline
expect 64 "nothing was submitted" pipeline --dry-run
calls ''
mkdir -p "$run/tuned/step-000002" && touch "$run/tuned/step-000002/COMPLETE"
finished base samples
expect 0 "tuned: submitted as 100" pipeline
rm missing calls

# What was made from files that are made anew now is refused before anything is submitted.
begin
finished base samples tuned
rm -r "$run/base"
expect 64 "tuned is made already, and base, which it reads, is yet to be made: remove its" pipeline
expect 64 "samples-parts is made already, and base, which it reads" pipeline --dry-run
expect 64 "nothing was submitted" pipeline
calls ''
expect 0 "base: submitted as 100" pipeline --only base
# Now it is in the queue: nothing that reads what it will replace is submitted, nor called done.
rm -r "$run/tuned" calls
expect 64 "samples is made already, and base, which it reads" pipeline --only tuned
expect 64 "run base alone (--only base)" pipeline --from samples
mkdir -p "$run/tuned/step-000002" && touch "$run/tuned/step-000002/COMPLETE"
rm -r "$run/samples"
expect 64 "(rm -r $(printf %q "$run/tuned"))" pipeline  # its checkpoint is of an earlier base as well
rm -r "$run/tuned"
finished samples-2-of-4
expect 64 "samples-parts is made already, and base, which it reads" pipeline
rm -r "$run/samples-2-of-4"
expect 0 "samples-parts: submitted as 101, dependency=afterok:100" pipeline
rm calls

# One submission at a time, also where the file system has no flock.
begin
mkdir -p "$run/slurm"
flock "$run/slurm/lock" /bin/sleep 3 &
until ! flock -n "$run/slurm/lock" true; do :; done
expect 70 "another pipeline.sh is at work" pipeline
wait $!
printf '#!/bin/bash\necho "flock: 9: Function not implemented" >&2\nexit 65\n' >stub/flock
chmod 755 stub/flock
mkdir "$run/slurm/lock.folder"
echo "process 1 on login2" >"$run/slurm/lock.folder/holder"
expect 70 "another pipeline.sh is at work on $run: process 1 on login2; if it is not" pipeline
rm -r "$run/slurm/lock.folder"
expect 0 "samples-parts: submitted" pipeline
[ ! -e "$run/slurm/lock.folder" ] || fail "the lock is still there"
rm calls
finish
