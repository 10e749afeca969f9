#!/usr/bin/env bash
# kill -9 of a random rank at 20 random moments, each time resumed: the final weights are those of
# the run that nobody disturbed, bit for bit, and metrics.jsonl has every step once.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
RANDOM=${R1_TEST_SEED:-$$}
echo "seed of the moments: R1_TEST_SEED=${R1_TEST_SEED:-$$}"
make_world 3000

# kill_and_resume NAME KILLS STEPS COMMAND...
kill_and_resume() {
  local name=$1 kills=$2 steps=$3 last
  shift 3
  last=$(printf 'step-%06d' "$steps")
  mpirun -n 2 "$@" --run "runs/$name-whole" >/dev/null 2>&1 || fail "$name: the whole run"
  local killed=0 attempts=0
  while [ "$killed" -lt "$kills" ] && [ $((attempts++)) -lt $((3 * kills)) ]; do
    mpirun -n 2 "$@" --run "runs/$name-killed" >"$name.log" 2>&1 &
    local job=$!
    until [ -n "$(ranks_of "runs/$name-killed" "$1")" ] || ! kill -0 "$job" 2>/dev/null; do
      sleep 0.02
    done
    sleep "0.$(printf %03d $((RANDOM % 1000)))"
    local ranks
    mapfile -t ranks < <(ranks_of "runs/$name-killed" "$1")
    if [ "${#ranks[@]}" -gt 0 ]; then
      kill -9 "${ranks[$((RANDOM % ${#ranks[@]}))]}" 2>/dev/null && killed=$((killed + 1))
    fi
    wait_for "$job" "runs/$name-killed" "$1"
    [ -e "runs/$name-killed/$name/DONE" ] && rm -r "runs/$name-killed"  # too fast: once more
  done
  [ "$killed" -ge "$kills" ] || fail "$name: only $killed kills"
  mpirun -n 2 "$@" --run "runs/$name-killed" >"$name.log" 2>&1 || fail "$name: $(tail -n 5 "$name.log")"
  local whole killed_one
  whole=$(fingerprint "runs/$name-whole/$name/$last")
  killed_one=$(fingerprint "runs/$name-killed/$name/$last")
  echo "$name: $killed kills, weights $whole and $killed_one"
  [ -n "$whole" ] && [ "$whole" = "$killed_one" ] || fail "$name: the weights differ"
  local lines
  lines=$(sed -n 's/^{"step":\([0-9]*\).*/\1/p' "runs/$name-killed/$name/metrics.jsonl" | sort -n | uniq -d)
  [ -z "$lines" ] || fail "$name: steps twice in metrics.jsonl: $lines"
  [ "$(grep -c . "runs/$name-whole/$name/metrics.jsonl")" = \
    "$(grep -c . "runs/$name-killed/$name/metrics.jsonl")" ] || fail "$name: lines of metrics.jsonl"
}

kill_and_resume r1-zero 20 60 "${zero[@]}" --set r1-zero.steps=60 \
  --set r1-zero.checkpoint_every=1 --set r1-zero.grpo.reference_refresh_updates=7
kill_and_resume r1-pretrain 5 120 "${pretrain[@]}" "${small_model[@]}" --set r1-pretrain.steps=120 \
  --set r1-pretrain.checkpoint_every=3
finish
