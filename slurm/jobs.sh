# Sourced by pipeline.sh: the jobs of a config, and those of them that Slurm has.
# shellcheck shell=bash disable=SC2154  # config, run, site, bin, ... are pipeline.sh's

jobs=()              # names, each behind those that it waits for
declare -A stage_of=() after_of=() options_of=() settings_of=() selected=()
declare -A parts_of=()  # of a job that joins the tasks of a job array: the array, a job of its own
declare -A id_of=() state_of=()  # of those that wait or run

# Installed, the executables are beside the scripts' folder; in a source tree they are in its build.
find_bin() {
  local candidates=() found=()
  [ -z "$bin" ] || { bin=$(realpath "$bin") && return; }
  candidates=("$home"/../bin "$home"/../../bin "$home"/../../../bin "$home"/../build/*/bin)
  for bin in "${candidates[@]}"; do [ -x "$bin/r1-plan" ] && found+=("$(realpath "$bin")"); done
  if [ ${#found[@]} -eq 0 ] && command -v r1-plan >/dev/null; then
    found=("$(dirname "$(command -v r1-plan)")")
  fi
  [ ${#found[@]} -eq 1 ] || die 64 "${#found[@]} folders with r1-plan (${found[*]:-}); use --bin"
  bin=${found[0]}
}

read_plan() {
  local plan kind job rest
  plan=$("$bin/r1-plan" "$config" --jobs --site "$site") || exit $?
  while IFS=$'\t' read -r kind job rest; do
    case $kind in
      job)
        jobs+=("$job")
        stage_of[$job]=${rest%%$'\t'*}
        after_of[$job]=${rest#*$'\t'}
        [ "${after_of[$job]}" != - ] || after_of[$job]=
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

# Fills id_of and state_of; a job array that has running tasks runs. Jobs that end just now are
# waited for.
find_jobs() {
  local list id state comment job completing=yes tries=60
  while [ -n "$completing" ]; do
    completing='' id_of=() state_of=()
    list=$(squeue -h -u "$(id -un)" -o '%F %T %k') || die 70 "squeue failed; is Slurm up?"
    while read -r id state comment; do
      for job in "${jobs[@]}"; do
        [ "$comment" = "$(comment_of "$job")" ] || continue
        [ "$state" != COMPLETING ] || completing=yes
        id_of[$job]=$id
        [ "${state_of[$job]:-}" = RUNNING ] || state_of[$job]=$state
      done
    done <<<"$list"
    if [ -z "$completing" ] || ((tries-- == 0)); then break; fi
    sleep 1
  done
}

check_configs() {
  local job container=() arguments=()
  for job in "${jobs[@]}"; do
    is_wanted "$job" || continue
    mapfile -t container < <(setting_of "$job" container)
    mapfile -t arguments < <(setting_of "$job" arguments)
    "${container[@]}" "$(setting_of "$job" bin)/${stage_of[$job]}" --config "$config" \
      --run "$run" --as "$(setting_of "$job" folder)" "${arguments[@]}" --print-config >/dev/null ||
      die 64 "nothing was submitted"
  done
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
  local job=$1 options=() number=%j
  mapfile -t options <<<"${options_of[$job]%$'\n'}"
  if is_array "$job"; then
    options+=("--array=$(tasks_to_do "$job")")
    number=%A_%a
  fi
  command=(sbatch --parsable --job-name="$job" --comment="$(comment_of "$job")" --chdir="$PWD"
    --output="${run//%/%%}/slurm/$job-$number.log" --open-mode=append --requeue
    --kill-on-invalid-dep=yes --signal="B:USR1@$(signal_ahead "$job")" "${options[@]}")
}

# The job's facts, as read_job reads them.
job_facts() {
  printf '%s\t%s\n' name "$1" stage "${stage_of[$1]}" run "$run" config "$config" \
    ahead "$(signal_ahead "$1")"
  printf '%s' "${settings_of[$1]}"
}

write_job_file() {
  job_facts "$1" >"$run/slurm/$1.job.new"
  mv "$run/slurm/$1.job.new" "$run/slurm/$1.job"
}

# The dependency of a job on what Slurm still has; empty when all is done.
dependency_of() {
  local before ids=
  for before in ${after_of[$1]//,/ }; do
    is_done "$before" && continue
    if [ -n "${id_of[$before]:-}" ]; then
      ids+=:${id_of[$before]}
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
  write_job_file "$job"
  make_command "$job"
  for _ in 1 2 3; do
    if id=$("${command[@]}" ${dependency:+"$dependency"} \
      "$home/stage.sh" "$run" "$job" "$home"); then
      id_of[$job]=${id%%;*}
      return
    fi
    sleep 2
    find_jobs
    [ -z "${id_of[$job]:-}" ] || return 0
  done
  die 70 "sbatch refused $job, see above; the same command goes on from here"
}

submit_jobs() {
  local job waits
  find_jobs
  for job in "${jobs[@]}"; do
    if is_done "$job"; then
      echo "$job: done"
    elif [ -n "${id_of[$job]:-}" ]; then
      echo "$job: ${state_of[$job]} as ${id_of[$job]}"
    elif [ -n "${selected[$job]:-}" ]; then
      submit_job "$job"
      waits=$(dependency_of "$job")
      echo "$job: submitted as ${id_of[$job]}${waits:+, ${waits#--}}, log" \
        "$run/slurm/$job-${id_of[$job]}$(! is_array "$job" || echo _TASK).log"
    fi
  done
}

dry_run() {
  local job command=() refused=0 answer
  for job in "${jobs[@]}"; do
    is_wanted "$job" || continue
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

cancel_jobs() {
  find_jobs
  [ ${#id_of[@]} -gt 0 ] || { echo "nothing waits or runs" && return; }
  scancel "${id_of[@]}"
  printf 'cancelled: %s\n' "${!id_of[*]}"
}
