# shellcheck shell=bash disable=SC2154  # names are of common.sh
# Sourced after common.sh, by tests that kill and stop stages on their way.
RANDOM=${R1_TEST_SEED:-$$}
echo "seed of the moments: R1_TEST_SEED=${R1_TEST_SEED:-$$}"

# The miniature's world and a small base for it, runs/base/r1-pretrain.
make_base() {
  make_world 3000
  "${pretrain[@]}" "${small_model[@]}" --run runs/base --set r1-pretrain.steps=80 \
    --set r1-pretrain.optimizer.total_steps=80 >base.log 2>&1 || {
    tail -n 5 base.log
    exit 1
  }
}

# What a stage has made: the parameters of a checkpoint, or the bytes of a file.
made() {
  if [ -d "$1" ]; then fingerprint "$1"; else sha256sum <"$1" 2>/dev/null; fi
}

# interrupt SIGNAL RUN STAGE PROGRAM: once the stage has saved something and its log has grown
# beyond LOGGED bytes, which says that it is past its start, at a random moment, to a random rank.
interrupt() {
  local signal=$1 folder=$2/$3 ranks
  for _ in $(seq 600); do
    if compgen -G "$folder/step-*/COMPLETE" >/dev/null || compgen -G "$folder/samples/*" >/dev/null; then
      [ "$(size_of "$folder/rank-0.log")" -gt "$logged" ] && break
    fi
    kill -0 "$job" 2>/dev/null || return
    sleep 0.05
  done
  # Sooner each time it came too late: some stages are over in a second.
  sleep "$(awk -v r=$((RANDOM % 30 + 10)) -v n="$attempts" 'BEGIN { print r / 100 / n ^ 2 }')"
  mapfile -t ranks < <(ranks_of "$2" "$4")
  [ "${#ranks[@]}" -gt 0 ] && kill "-$signal" "${ranks[$((RANDOM % ${#ranks[@]}))]}" 2>/dev/null
}
size_of() {
  stat -c %s "$1" 2>/dev/null || echo 0
}

# survives STAGE OUTPUT COMMAND...: what the stage makes (a file of its folder, or "model": its
# last checkpoint) is the same, bit for bit, when it runs undisturbed, when a rank is killed, and
# when it is stopped by SIGUSR1; then it says that it is done.
survives() {
  local stage=$1 output=$2 signal code whole now run job logged hit attempts twice
  shift 2
  mpirun -n 2 "$@" --run "runs/$stage-whole" >whole.log 2>&1 || fail "$stage: $(tail -n 5 whole.log)"
  [ "$output" = model ] && output=$(cd "runs/$stage-whole/$stage" && ls -d step-* | tail -n 1)
  whole=$(made "runs/$stage-whole/$stage/$output")
  for signal in KILL USR1; do
    run=runs/$stage-$signal hit="" attempts=0
    while [ -z "$hit" ] && [ $((attempts++)) -lt 6 ]; do
      logged=$(size_of "$run/$stage/rank-0.log")
      mpirun -n 2 "$@" --run "$run" >interrupted.log 2>&1 &
      job=$!
      interrupt "$signal" "$run" "$stage" "$1"
      wait_for "$job" "$run" "$1"
      code=$?
      case $signal:$code in
        *:0) rm -r "$run" ;;  # it was faster: once more
        USR1:75) hit=yes ;;
        USR1:* | KILL:64 | KILL:75) fail "$stage, $signal: exit code $code, $(tail -n 5 interrupted.log)" ;;
        KILL:*)
          if [ -e "$run/$stage/DONE" ]; then  # between its last word and its end
            [ "$whole" = "$(made "$run/$stage/$output")" ] || fail "$stage is done, but $output differs"
            rm -r "$run"
          else
            hit=yes
          fi
          ;;
      esac
    done
    [ -n "$hit" ] || fail "$stage: never in time for $signal"
    [ -e "$run/$stage/DONE" ] && fail "$stage, $signal: it says that it is done"
    mpirun -n 2 "$@" --run "$run" >interrupted.log 2>&1 ||
      fail "$stage after $signal: $(tail -n 5 interrupted.log)"
    now=$(made "$run/$stage/$output")
    echo "$stage, $signal: ${whole:0:16} and ${now:0:16}"
    [ -n "$whole" ] && [ "$whole" = "$now" ] || fail "$stage, $signal: $output differs"
    twice=$(sed -n 's/^{"step":\([0-9]*\).*/\1/p' "$run/$stage/metrics.jsonl" 2>/dev/null | sort -n | uniq -d)
    [ -z "$twice" ] || fail "$stage, $signal: steps twice in metrics.jsonl: $twice"
    [ "$(lines_of "$run/$stage")" = "$(lines_of "runs/$stage-whole/$stage")" ] ||
      fail "$stage, $signal: other lines in metrics.jsonl"
  done
  expect 0 "$stage is done" mpirun -n 2 "$@" --run "runs/$stage-whole"
}
# metrics.jsonl without what depends on the clock and the machine: steps, losses, detectors.
lines_of() {
  sed 's/"peak_rss_bytes":[^,}]*[,}]//g; s/"seconds[^,}]*[,}]//g; s/"[a-z_]*tokens_per_s":[^,}]*[,}]//g' "$1/metrics.jsonl" 2>/dev/null
}

# The stages of recipe.toml: stage NAME is its command. Both reward models, runs/judges/KIND.
stage() {
  echo "$bin/$1" --config "$source_dir/tests/stages/recipe.toml"
}
make_judges() {
  local kind
  for kind in helpful safe; do
    # shellcheck disable=SC2046
    $(stage r1-reward-model) --run runs/judges --as $kind >judge.log 2>&1 || {
      tail -n 5 judge.log
      exit 1
    }
  done
}
