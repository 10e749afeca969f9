# shellcheck shell=bash disable=SC2154  # names are of common.sh
# Sourced after common.sh, by tests that kill and stop stages on their way.
RANDOM=${R1_TEST_SEED:-$$}
echo "seed of the moments: R1_TEST_SEED=${R1_TEST_SEED:-$$}"

# The miniature's world and a small base for it, runs/base/r1-pretrain.
make_base() {
  make_world 3000
  "${pretrain[@]}" --run runs/base --set r1-pretrain.steps=80 \
    --set r1-pretrain.optimizer.total_steps=80 --set r1-pretrain.model.hidden=64 \
    --set r1-pretrain.model.layers=2 --set r1-pretrain.model.head_dim=16 \
    --set r1-pretrain.model.intermediate=176 >base.log 2>&1 || {
    tail -n 5 base.log
    exit 1
  }
}

# ranks_of RUN PROGRAM: the processes of this test's job in that run.
ranks_of() {
  pgrep -f "^$2 .*--run $1( |\$)"
}

# What a stage has made: the parameters of a checkpoint, or the bytes of a file.
made() {
  if [ -d "$1" ]; then fingerprint "$1"; else sha256sum <"$1" 2>/dev/null; fi
}

# interrupt SIGNAL RUN STAGE PROGRAM: once the stage has saved something, after a random moment, to
# a random rank.
interrupt() {
  local signal=$1 run=$2 stage=$3 program=$4
  for _ in $(seq 600); do
    compgen -G "$run/$stage/step-*/COMPLETE" >/dev/null && break
    compgen -G "$run/$stage/samples/*" >/dev/null && break
    kill -0 "$job" 2>/dev/null || return
    sleep 0.05
  done
  sleep "0.$((RANDOM % 40 + 10))"
  local ranks
  mapfile -t ranks < <(ranks_of "$run" "$program")
  [ "${#ranks[@]}" -gt 0 ] && kill "-$signal" "${ranks[$((RANDOM % ${#ranks[@]}))]}" 2>/dev/null
}

# survives STAGE OUTPUT COMMAND...: what the stage makes (a checkpoint or a file of its folder) is
# the same, bit for bit, when it runs undisturbed, when a rank is killed twice, and when it is
# stopped by SIGUSR1; then it says that it is done.
survives() {
  local stage=$1 output=$2 signal code
  shift 2
  mpirun -n 2 "$@" --run "runs/$stage-whole" >whole.log 2>&1 || fail "$stage: $(tail -n 5 whole.log)"
  local whole
  whole=$(made "runs/$stage-whole/$stage/$output")
  for signal in KILL USR1; do
    local run=runs/$stage-$signal hits=0 attempts=0
    while [ "$hits" -lt 2 ] && [ $((attempts++)) -lt 8 ]; do
      mpirun -n 2 "$@" --run "$run" >interrupted.log 2>&1 &
      local job=$!
      interrupt "$signal" "$run" "$stage" "$1"
      wait "$job"
      code=$?
      case $signal:$code in
        *:0) rm -r "$run" && hits=0 ;;  # it was faster: once more
        KILL:64 | USR1:[!7]* | USR1:7[!5]) fail "$stage, $signal: $code, $(tail -n 5 interrupted.log)" ;;
        *) hits=$((hits + 1)) ;;
      esac
    done
    [ "$hits" -ge 1 ] || fail "$stage: never in time for $signal"
    [ -e "$run/$stage/DONE" ] && fail "$stage, $signal: it says that it is done"
    mpirun -n 2 "$@" --run "$run" >interrupted.log 2>&1 ||
      fail "$stage after $signal: $(tail -n 5 interrupted.log)"
    local now
    now=$(made "$run/$stage/$output")
    echo "$stage: $hits x $signal, ${whole:0:16} and ${now:0:16}"
    [ -n "$whole" ] && [ "$whole" = "$now" ] || fail "$stage, $signal: $output differs"
    local twice
    twice=$(sed -n 's/^{"step":\([0-9]*\).*/\1/p' "$run/$stage/metrics.jsonl" 2>/dev/null | sort -n | uniq -d)
    [ -z "$twice" ] || fail "$stage, $signal: steps twice in metrics.jsonl: $twice"
  done
  expect 0 "$stage is done" mpirun -n 2 "$@" --run "runs/$stage-whole"
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
