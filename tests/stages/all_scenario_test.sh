#!/usr/bin/env bash
# r1-all-scenario-rl in the miniature's world: each kind of question by its judge, general prompts
# from their step on, scores as configured, detectors that stop.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/interruptions.sh
. "$source_dir/tests/stages/interruptions.sh" || exit 1
make_base
make_judges
# shellcheck disable=SC2207
run=($(stage r1-all-scenario-rl) --set r1-all-scenario-rl.steps=10)
# lines RUN: of metrics.jsonl.
lines() {
  cat "$1/r1-all-scenario-rl/metrics.jsonl"
}

# General prompts join at step 6, and only then are judged.
expect 0 "pass@1" mpirun -n 2 "${run[@]}" --run runs/whole
[ "$(lines runs/whole | grep -c '"score"')" = 5 ] || fail "scores in $(lines runs/whole)"
lines runs/whole | sed -n 's/^{"step":\([0-5]\),.*"score".*/\1/p' | grep . && fail "scores before general prompts"
for key in score/helpful score/safe length/general repetition/general hacking/accuracy; do
  grep -q "\"$key\":[-0-9]" <(lines runs/whole) || fail "no $key in $(lines runs/whole)"
done
# With window = 3 the baseline is of steps 6 to 8: no level before three more.
grep -q '"hacking/length"' <(lines runs/whole) && fail "a level of length without a baseline"

# Rule and model: in a transcript, verdicts of rules have no score, those of models have one, and
# the reward is what its parts add up to.
transcript=runs/whole/r1-all-scenario-rl/transcripts/step-10.jsonl
grep '"reference":"by model"' "$transcript" | grep -v '"model_score":' && fail "general without a score"
grep -v '"reference":"by model"' "$transcript" | grep '"model_score":' && fail "math with a score"
# judged FORM TRANSCRIPT: every judged reply's reward is its score in that form, and the format's.
judged() {
  sed -n 's/.*"reward":\([-0-9.e]*\),.*"format":"\([a-z]*\)".*"model_score":\([-0-9.e]*\).*/\1 \2 \3/p' "$2" |
    awk -v form="$1" '
      {
        expected = (form == "raw" ? $3 : 1 / (1 + exp(-$3))) + ($2 == "correct")
        if (($1 - expected) ^ 2 > 1e-10) print "reward " $1 ", format " $2 ", score " $3
        count++
      }
      END { if (count < 4) print "only " count " judged replies" }'
}
plain=("${run[@]}" --set r1-all-scenario-rl.steps=5 --set r1-all-scenario-rl.questions.from_step=[]
  --set r1-all-scenario-rl.reward.language_weight=0 --set r1-all-scenario-rl.transcripts=48)
for form in raw sigmoid; do
  expect 0 "pass@1" mpirun -n 2 "${plain[@]}" --run runs/$form \
    --set r1-all-scenario-rl.reward_models.score_form=$form
  wrong=$(judged $form runs/$form/r1-all-scenario-rl/transcripts/step-5.jsonl)
  [ -z "$wrong" ] || fail "$form: $wrong"
done
expect 0 "pass@1" mpirun -n 2 "${plain[@]}" --run runs/narrow \
  --set r1-all-scenario-rl.reward_models.score_range=0.01
grep -o '"model_score":[-0-9.e]*' runs/narrow/r1-all-scenario-rl/transcripts/step-5.jsonl |
  awk -F: '$2 > 0.010001 || $2 < -0.010001 { exit 1 } END { exit NR < 4 }' || fail "score_range"

# A detector that stops: the stage is done, and says why; run again, it is done. Replies that
# lengthen by any amount are an alarm here.
touchy=("${run[@]}" --set r1-all-scenario-rl.steps=200 --set r1-all-scenario-rl.hacking.window=2
  --set r1-all-scenario-rl.hacking.length_factor=1.000001
  --set 'r1-all-scenario-rl.hacking.stop_on=["length"]')
expect 0 'of its detector "length" (hacking.stop_on)' mpirun -n 2 "${touchy[@]}" --run runs/touchy
last=$(ls -d runs/touchy/r1-all-scenario-rl/step-* | tail -n 1)
[ -e runs/touchy/r1-all-scenario-rl/DONE ] || fail "no DONE after a detector's stop"
grep -q '"hacking/length":.*' <(lines runs/touchy | tail -n 1) || fail "no level of length"
[ "$(lines runs/touchy | tail -n 1 | sed 's/{"step":\([0-9]*\).*/\1/')" -lt 200 ] || fail "it went on"
expect 0 "is done" "${touchy[@]}" --run runs/touchy
# Killed between its last checkpoint and DONE, it does not go on either.
rm runs/touchy/r1-all-scenario-rl/DONE
expect 0 "resumed from" "${touchy[@]}" --run runs/touchy
[ "$(ls -d runs/touchy/r1-all-scenario-rl/step-* | tail -n 1)" = "$last" ] || fail "it went on after its stop"

# Wrong input.
expect 64 '[r1-all-scenario-rl.hacking] stop_on: found "lenght"' "${run[@]}" --run runs/n --set 'r1-all-scenario-rl.hacking.stop_on=["lenght"]'
expect 64 "is to be judged by a reward model, safe; r1-all-scenario-rl has none" "${run[@]}" --run runs/n \
  --set 'r1-all-scenario-rl.reward_models.safe_model=""'
expect 64 'was trained as "helpful", expected "safe"' "${run[@]}" --run runs/n \
  --set r1-all-scenario-rl.reward_models.safe_model=runs/judges/helpful
expect 64 "is not a reward model that r1-reward-model wrote" "${run[@]}" --run runs/n \
  --set r1-all-scenario-rl.reward_models.safe_model=runs/base/r1-pretrain
expect 64 "nowhere" "${run[@]}" --run runs/n --set r1-all-scenario-rl.reward_models.safe_model='{run}/nowhere'
finish
