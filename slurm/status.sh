# Sourced by pipeline.sh: the table of --status.
# shellcheck shell=bash disable=SC2154  # run, jobs, ... are of pipeline.sh and jobs.sh
shopt -s extglob

# Of a job: its newest complete checkpoint, by name.
last_checkpoint() {
  local file newest=-
  for file in "$run/$1"/step-*/COMPLETE; do
    [ ! -e "$file" ] || { newest=${file%/COMPLETE} && newest=${newest##*/}; }
  done
  echo "$newest"
}

# "step 12/36  reward 0.9  1.8 s a step, 43 s left", as the stage said last: step, rate, time left.
progress_of() {
  local line step='-' rate='-' left='-' tasks
  if is_array "$1"; then
    tasks=$(setting_of "$1" array)
    line=$(tasks_to_do "$1" | tr ',' '\n' | sed -n '$=')
    printf '%s/%s tasks\t-\t-' "$((tasks - ${line:-0}))" "$tasks"
    return
  fi
  line=$(grep -Eo 'step [0-9]+/[0-9]+ .*' "$run/$1/rank-0.log" 2>/dev/null | tail -n 1) || true
  [[ $line =~ ^step\ ([0-9]+/[0-9]+) ]] && step=${BASH_REMATCH[1]}
  [[ $line =~ ([0-9.e+-]+\ s)\ a\ step,\ (.*)\ left ]] && rate=${BASH_REMATCH[1]} left=${BASH_REMATCH[2]}
  printf '%s\t%s\t%s' "$step" "$rate" "$left"
}

# What Slurm, or else the job's own history, says of it.
state_text() {
  local job=$1 last reason history
  history=$run/slurm/$job.history
  ! is_array "$job" || history=$(newest "$run/slurm/$job"-+([0-9]).history)
  if is_done "$job"; then
    echo "done"
  elif [ -n "${id_of[$job]:-}" ]; then
    reason=$(squeue -a -h -j "${id_of[$job]}" -o %r 2>/dev/null | tail -n 1 || true)
    last=$(tail -n 1 "$history" 2>/dev/null || true)
    [[ $last != *"preflight failed"* || ${state_of[$job]} != PENDING ]] || reason="preflight failed"
    [ "${state_of[$job]}" = RUNNING ] && echo running || echo "${state_of[$job],,} ($reason)"
  elif [ -s "$history" ]; then
    tail -n 1 "$history" | sed 's/.* \(life [0-9]*\) on [^:]*: /\1: /; s/;.*//'
  else
    echo "-"
  fi
}

# The newest of the files that are there; "-" for none.
newest() {
  local file newest=-
  for file; do
    [ ! -e "$file" ] || [[ $newest != - && ! $file -nt $newest ]] || newest=$file
  done
  echo "$newest"
}

log_of() {
  local file
  file=$(newest "$run/slurm/$1"-+([0-9_]).log)
  echo "${file/#"$PWD/"/}"
}

print_status() {
  local job
  find_jobs
  {
    printf 'job\tid\tstate\tstep\trate\tleft\tcheckpoint\tlog\n'
    for job in "${jobs[@]}"; do
      printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$job" "${id_of[$job]:--}" "$(state_text "$job")" \
        "$(progress_of "$job")" "$(last_checkpoint "$job")" "$(log_of "$job")"
    done
  } | column -t -s $'\t' -o '  '
}
