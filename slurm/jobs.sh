# Sourced by pipeline.sh: the jobs of a config, and those of them that Slurm has.
# shellcheck shell=bash disable=SC2154  # config, run, site, bin, ... are pipeline.sh's

jobs=()              # names, each behind those that it waits for
declare -A stage_of=() after_of=() options_of=() settings_of=() selected=()
declare -A parts_of=()  # of a job that joins the tasks of a job array: the array, a job of its own
# Of those that wait or run: numbers in Slurm (100, or 100,105 of a job array that was submitted in two
# parts), state, and what others can wait for: :100_1:100_3:105.
declare -A id_of=() state_of=() queued_of=()
declare -A submitted=()  # just now
overrides=()             # --set KEY=VALUE ..., for every stage

# Installed, the executables are beside the scripts' folder; in a source tree they are in its build.
find_bin() {
  local candidates=() found=()
  if [ -n "$bin" ]; then
    [ -x "$bin/r1-plan" ] || die 64 "$bin has no r1-plan; --bin wants the folder of the executables"
    bin=$(realpath "$bin")
    return
  fi
  candidates=("$home"/../bin "$home"/../../bin "$home"/../../../bin "$home"/../build/*/bin)
  for bin in "${candidates[@]}"; do [ -x "$bin/r1-plan" ] && found+=("$(realpath "$bin")"); done
  if [ ${#found[@]} -eq 0 ] && command -v r1-plan >/dev/null; then
    found=("$(dirname "$(command -v r1-plan)")")
  fi
  [ ${#found[@]} -eq 1 ] || die 64 "${#found[@]} folders with r1-plan (${found[*]:-}); use --bin"
  bin=${found[0]}
}

read_plan() {
  local plan kind job rest argument
  plan=$("$bin/r1-plan" "$config" --jobs --site "$site" "${overrides[@]}") || exit $?
  while IFS=$'\t' read -r kind job rest; do
    case $kind in
      job)
        jobs+=("$job")
        stage_of[$job]=${rest%%$'\t'*}
        after_of[$job]=${rest#*$'\t'}
        [ "${after_of[$job]}" != - ] || after_of[$job]=
        for argument in "${overrides[@]}"; do
          settings_of[$job]+=arguments$'\t'$argument$'\n'
        done
        ;;
      sbatch) options_of[$job]+=$rest$'\n' ;;
      setting)
        settings_of[$job]+=$rest$'\n'
        [[ $rest != array$'\t'* ]] || parts_of[${job%-parts}]=$job
        ;;
    esac
  done <<<"$plan"
}

known_job() { [ -z "$1" ] || [ -n "${stage_of[$1]:-}" ] || die 64 "no job is called $1: ${jobs[*]}"; }

# --from and --to together: the jobs on the ways between them.
select_jobs() {
  local job before
  declare -A behind=() ahead=()
  known_job "$from"
  known_job "$to"
  known_job "$only"
  for job in "${jobs[@]}"; do
    [ "$job" != "$from" ] || behind[$job]=yes
    for before in ${after_of[$job]//,/ }; do
      [ -z "${behind[$before]:-}" ] || behind[$job]=yes
    done
  done
  [ -z "$to" ] || ahead[$to]=yes
  for ((i = ${#jobs[@]} - 1; i >= 0; i--)); do
    [ -n "${ahead[${jobs[i]}]:-}" ] || continue
    for before in ${after_of[${jobs[i]}]//,/ }; do ahead[$before]=yes; done
  done
  for job in "${jobs[@]}"; do
    [ -z "$only" ] || [ "$job" = "$only" ] || continue
    [ -z "$from" ] || [ -n "${behind[$job]:-}" ] || continue
    [ -z "$to" ] || [ -n "${ahead[$job]:-}" ] || continue
    selected[$job]=yes
    [ -z "${parts_of[$job]:-}" ] || selected[${parts_of[$job]}]=yes
  done
  [ ${#selected[@]} -gt 0 ] ||
    die 64 "no job is selected: ${only:+--only $only and }--from ${from:-any} and --to ${to:-any}" \
      "have none in common"
}

# The folders of a job: of a job array one a task, which may be there or not.
folders_of() {
  local folder array task
  folder=$run/$(setting_of "$1" folder) array=$(setting_of "$1" array)
  if [ -z "$array" ]; then
    printf '%s\n' "$folder"
  else
    for ((task = 1; task <= array; task++)); do printf '%s\n' "$folder-$task-of-$array"; done
  fi
}

# Of a job array: "1,3,4", the tasks that are not done.
tasks_to_do() {
  local folder tasks='' task=0
  while read -r folder; do
    task=$((task + 1))
    [ -e "$folder/DONE" ] || tasks+=${tasks:+,}$task
  done < <(folders_of "$1")
  printf '%s' "$tasks"
}

is_array() { [ -n "$(setting_of "$1" array)" ]; }
# The parts of a joined job are not needed any more.
is_done() {
  [ -e "$run/$(setting_of "$1" folder)/DONE" ] || { is_array "$1" && [ -z "$(tasks_to_do "$1")" ]; }
}
is_wanted() { [ -n "${selected[$1]:-}" ] && ! is_done "$1"; }

setting_of() { sed -n "s/^$2"$'\t'"//p" <<<"${settings_of[$1]}"; }

# How Slurm knows a job of ours: whoever asks from wherever finds it again.
comment_of() { printf 'r1 %s %s' "$1" "$run"; }

# Fills id_of, state_of and queued_of; a job array that has running tasks runs. Jobs that end just now
# are waited for.
find_jobs() {
  local list id task state comment job completing=yes tries=60
  declare -A job_of=()
  for job in "${jobs[@]}"; do job_of[$(comment_of "$job")]=$job; done
  while [ -n "$completing" ]; do
    completing='' id_of=() state_of=() queued_of=()
    # All partitions, also hidden ones, and a line for every task of a job array.
    list=$(squeue -a -r -h -u "$(id -un)" -o '%F %K %T %k') || die 70 "squeue failed; is Slurm up?"
    while read -r id task state comment; do
      [ -n "$comment" ] && [ -n "${job_of[$comment]:-}" ] || continue
      job=${job_of[$comment]}
      [ "$state" != COMPLETING ] || completing=yes
      [[ ,${id_of[$job]:-}, == *,$id,* ]] || id_of[$job]+=${id_of[$job]:+,}$id
      queued_of[$job]+=:$id
      ! is_array "$job" || queued_of[$job]+=_$task
      [ "${state_of[$job]:-}" = RUNNING ] || state_of[$job]=$state
    done <<<"$list"
    if [ -z "$completing" ] || ((tries-- == 0)); then break; fi
    sleep 1
  done
}

# Of a job array: "1,3,4", the tasks that are neither done nor in Slurm's hands.
tasks_to_submit() {
  local task tasks=
  for task in $(tasks_to_do "$1" | tr ',' ' '); do
    [[ ${queued_of[$1]:-}: == *_$task:* ]] || tasks+=${tasks:+,}$task
  done
  printf '%s' "$tasks"
}

is_queued() {
  [ -n "${id_of[$1]:-}" ] &&
    { [ -n "${submitted[$1]:-}" ] || ! is_array "$1" || [ -z "$(tasks_to_submit "$1")" ]; }
}

# One submission of a run at a time: by flock, or where the file system has none by a folder, which only
# one can make.
lock_run() {
  local code=0 folder=$run/slurm/lock.folder
  exec 9>"$run/slurm/lock"
  flock -n -E 75 9 2>/dev/null || code=$?
  [ "$code" -ne 75 ] || die 70 "another pipeline.sh is at work on $run"
  [ "$code" -ne 0 ] || return 0
  if ! mkdir "$folder"; then
    die 70 "another pipeline.sh is at work on $run: $(cat "$folder/holder" 2>/dev/null); if it is" \
      "not there any more, remove $folder"
  fi
  # shellcheck disable=SC2064  # the folder that was made
  trap "rm -rf $(printf %q "$folder")" EXIT
  echo "process $$ on $(uname -n)" >"$folder/holder"
}

# effective JOB CONFIG ARGUMENTS...: the settings that the job's stage takes from a config.
effective() {
  local container=()
  mapfile -t container < <(setting_of "$1" container)
  "${container[@]}" "$(setting_of "$1" bin)/${stage_of[$1]}" --config "$2" --run "$run" \
    --as "$(setting_of "$1" folder)" "${@:3}" --print-config
}

effective_now() {
  local arguments=()
  mapfile -t arguments < <(setting_of "$1" arguments)
  effective "$1" "$config" "${arguments[@]}" "${@:2}"
}

# Whether a job that Slurm has would be submitted with the same settings now.
is_queued_as_now() {
  local copy=$run/slurm/$1.toml given arguments=()
  [ -r "$copy" ] || return 0
  given=$(sed -n 's/^arguments\t//p' "$run/slurm/$1.job")
  if [ "$given" = "$(setting_of "$1" arguments)" ] && [ "$(<"$copy")" = "$config_text" ]; then
    return 0
  fi
  [ -z "$given" ] || mapfile -t arguments <<<"$given"
  [ "$(effective "$1" "$copy" "${arguments[@]}")" = "$(effective_now "$1")" ]
}

# What a config's text sets, whatever is said of its keys.
values_of() { grep -v -e '^#' -e '^$' | sort; }

# Keys of what is to run, types and ranges of their values, the files that they name, and whether what is
# done was made with them.
check_configs() {
  local job now done_with look
  for job in "${jobs[@]}"; do
    [ -n "${selected[$job]:-}" ] || continue
    done_with=$run/$(setting_of "$job" folder)/DONE
    ! is_done "$job" || [ -e "$done_with" ] || continue  # a job array
    look=()
    [ -n "$(made_folders "$job")" ] || look=(--check-files)  # a base may be gone with checkpoints there
    now=$(effective_now "$job" "${look[@]}") || die 64 "$job: nothing was submitted"
    [ ! -e "$done_with" ] || [ "$(values_of <"$done_with")" = "$(values_of <<<"$now")" ] ||
      complain "$job is done, with other settings than it has now (in $done_with); to have it made" \
        "again, remove its folder or choose another --run"
  done
}

# The folders of a job that hold a DONE or a checkpoint.
made_folders() {
  local folder made
  while read -r folder; do
    for made in "$folder/DONE" "$folder"/step-*/COMPLETE; do
      [ ! -e "$made" ] || { printf ' %q' "$folder" && break; }
    done
  done < <({ echo "$run/$(setting_of "$1" folder)" && folders_of "$1"; } | sort -u)
}

# What was made from files that are to be made anew would mix two runs of a stage: of what is selected,
# and of what that reads, it is refused.
check_order() {
  local job before made code=0
  declare -A needed=() anew=()  # anew: by job, the first of those before it, or itself
  for job in "${jobs[@]}"; do
    [ -n "${selected[$job]:-}" ] || continue
    needed[$job]=yes
    is_done "$job" || for before in ${after_of[$job]//,/ }; do needed[$before]=yes; done
  done
  for job in "${jobs[@]}"; do
    for before in ${after_of[$job]//,/ }; do anew[$job]=${anew[$job]:-${anew[$before]:-}}; done
    if [ -n "${anew[$job]:-}" ]; then
      made=$(made_folders "$job")
      [ -n "${needed[$job]:-}" ] && [ -n "$made" ] || continue
      complain "$job is made already, and ${anew[$job]}, which it reads, is yet to be made: remove its" \
        "folder as well${id_of[$job]:+, after scancel ${id_of[$job]//,/ }} (rm -r$made), or run" \
        "${anew[$job]} alone (--only ${anew[$job]})"
      code=64
    elif ! is_done "$job" && [ -n "${selected[$job]:-}${id_of[$job]:-}" ]; then
      anew[$job]=$(setting_of "$job" folder)
    fi
  done
  [ "$code" -eq 0 ] || die "$code" "nothing was submitted"
}

# Seconds ahead of the limit at which a job is told to save: three of its steps as measured so far
# and a minute, but at most a quarter of the limit.
signal_ahead() {
  local job=$1 given limit step ahead=300
  given=$(setting_of "$job" signal_ahead_s) limit=$(setting_of "$job" time_s)
  [ "$given" -eq 0 ] || { echo "$given" && return; }
  step=$(sed -n 's/.* \([0-9.e+-]*\) s a step, .*/\1/p' \
    "$(folders_of "$job" | head -n 1)/rank-0.log" 2>/dev/null | tail -n 1) || true
  [ -z "$step" ] || ahead=$(awk "BEGIN { printf \"%d\", 61 + 3 * $step }")
  [ "$ahead" -le $((limit / 4)) ] || ahead=$((limit / 4))
  echo "$ahead"
}

# The sbatch command of a job, without dependencies, into the array `command`.
make_command() {
  local job=$1 options=() number=%j at_once
  mapfile -t options <<<"${options_of[$job]%$'\n'}"
  if is_array "$job"; then
    at_once=$(setting_of "$job" array_at_once)
    options+=("--array=$(tasks_to_submit "$job")${at_once:+%$at_once}")
    number=%A_%a
  fi
  command=(sbatch --parsable --job-name="$job" --comment="$(comment_of "$job")" --chdir="$PWD"
    --output="${run//%/%%}/slurm/$job-$number.log" --open-mode=append --requeue
    --kill-on-invalid-dep=yes --signal="B:USR1@$(signal_ahead "$job")" "${options[@]}")
}

# The job's facts, as read_job reads them.
job_facts() {
  printf '%s\t%s\n' name "$1" stage "${stage_of[$1]}" run "$run" config "$run/slurm/$1.toml" \
    ahead "$(signal_ahead "$1")"
  printf '%s' "${settings_of[$1]}"
}

# What all lives of a job read: its facts, and the config as it was checked, which its user may edit
# meanwhile.
write_job_files() {
  local file=$run/slurm/$1
  printf '%s\n' "$config_text" >"$file.toml.new"
  mv "$file.toml.new" "$file.toml"
  job_facts "$1" >"$file.job.new"
  mv "$file.job.new" "$file.job"
}

# The dependency of a job on what Slurm still has; empty when all is done.
dependency_of() {
  local before ids=
  for before in ${after_of[$1]//,/ }; do
    is_done "$before" && continue
    if is_queued "$before"; then
      ids+=${queued_of[$before]}
    elif [ "$action" = submit ]; then
      die 64 "$1 waits for $before, which is neither done nor submitted; use --from $before"
    else
      ids+=":<$before>"
    fi
  done
  [ -z "$ids" ] || printf -- '--dependency=afterok%s' "$ids"
}

# sbatch may have taken a job although its answer was lost: look before trying again.
submit_job() {
  local job=$1 dependency id command=()
  dependency=$(dependency_of "$job") || exit $?
  check_array "$job"
  write_job_files "$job"
  make_command "$job"
  for _ in 1 2 3; do
    if id=$("${command[@]}" ${dependency:+"$dependency"} \
      "$home/stage.sh" "$run" "$job" "$home"); then
      submitted[$job]=${id%%;*}
      id_of[$job]+=${id_of[$job]:+,}${id%%;*}
      queued_of[$job]+=:${id%%;*}
      return
    fi
    sleep 2
    find_jobs
    ! is_queued "$job" || { submitted[$job]=${id_of[$job]##*,} && return; }
  done
  die 70 "sbatch refused $job, see above; the same command goes on from here"
}

# Tasks know their parts by the number of tasks, and those that Slurm has would read other settings in
# their next life.
check_array() {
  local before
  is_array "$1" && [ -n "${id_of[$1]:-}" ] || return 0
  before=$(sed -n 's/^array\t//p' "$run/slurm/$1.job")
  [ "$before" = "$(setting_of "$1" array)" ] ||
    die 64 "${id_of[$1]} are tasks of $before, and slurm.${1%-parts}.array is" \
      "$(setting_of "$1" array); set it back, or cancel them first: scancel ${id_of[$1]//,/ }"
  is_queued_as_now "$1" ||
    die 64 "${id_of[$1]} are tasks of ${1%-parts} with other settings than it has now (in" \
      "$run/slurm/$1.toml); set them back, or cancel them first: scancel ${id_of[$1]//,/ }"
}

# What waits for a job that failed waits for it as it was just submitted, where Slurm has not cancelled
# it meanwhile.
renew_dependency() {
  local before waits
  [ "${state_of[$1]}" = PENDING ] || return 0
  for before in ${after_of[$1]//,/ }; do
    [ -n "${submitted[$before]:-}" ] || continue
    waits=$(dependency_of "$1") || exit $?
    scontrol update jobid="${id_of[$1]}" "${waits#--}" ||
      die 70 "$1 waits for what failed before: cancel it (scancel ${id_of[$1]}) and submit again"
    return
  done
}

submit_jobs() {
  local job waits
  for job in "${jobs[@]}"; do
    if is_done "$job"; then
      echo "$job: done"
      continue
    fi
    [ -z "${id_of[$job]:-}" ] || echo "$job: ${state_of[$job]} as ${id_of[$job]}"
    if is_queued "$job"; then
      [ -z "${selected[$job]:-}" ] || is_queued_as_now "$job" ||
        complain "$job keeps the settings that it was submitted with ($run/slurm/$job.toml), which" \
          "are not those it has now; to have these, cancel it and submit again"
      renew_dependency "$job"
    elif [ -n "${selected[$job]:-}" ]; then
      submit_job "$job"
      waits=$(dependency_of "$job")
      echo "$job: submitted as ${submitted[$job]}${waits:+, ${waits#--}}, log" \
        "$run/slurm/$job-${submitted[$job]}$(! is_array "$job" || echo _TASK).log"
    fi
  done
}

dry_run() {
  local job command=() refused=0 answer
  squeue -h -n r1-none >/dev/null 2>&1 || die 70 "squeue does not answer: is slurmctld up?"
  for job in "${jobs[@]}"; do
    is_wanted "$job" || { [ -n "${selected[$job]:-}" ] && echo "$job: nothing to submit"; continue; }
    make_command "$job"
    printf '%s:' "$job"
    printf ' %q' "${command[@]}"
    printf ' %s\n' "$(dependency_of "$job")"
    answer=$("${command[@]}" --test-only "$home/stage.sh" "$run" "$job" "$home" 2>&1) ||
      refused=$((refused + 1))
    printf '  %s\n' "${answer//$'\n'/$'\n'  }"
  done
  [ "$refused" -eq 0 ] || die 64 "sbatch would refuse $refused of these jobs"
}

# Of those selected; Slurm takes along what waits for them.
cancel_jobs() {
  local job ids=() cancelled=()
  find_jobs
  for job in "${jobs[@]}"; do
    [ -n "${selected[$job]:-}" ] && [ -n "${id_of[$job]:-}" ] || continue
    IFS=, read -ra ids <<<"${id_of[$job]}"
    scancel "${ids[@]}"
    cancelled+=("$job")
  done
  [ ${#cancelled[@]} -gt 0 ] || { echo "nothing waits or runs" && return; }
  printf 'cancelled: %s\n' "${cancelled[*]}"
}
