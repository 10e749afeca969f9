#!/usr/bin/env bash
# r1-reward-model: it learns the miniature's judge, whatever the number of ranks; odd examples;
# interruptions.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/stages/interruptions.sh
. "$source_dir/tests/stages/interruptions.sh" || exit 1
make_base
cat >r1-reward-model.toml <<'END'
[compute]
max_positions = 320
micro_batch_tokens = 4096
[r1-reward-model]
base = "runs/base/r1-pretrain"
examples = ["runs/miniature-world/helpful-train.h5"]
template = "user {question} assistant"
batch = 32
epochs = 2
checkpoint_every = 4
[r1-reward-model.optimizer]
lr = 1e-3
[r1-reward-model.evaluation]
sets = ["test=runs/miniature-world/helpful-test.h5", "seen=runs/miniature-world/helpful-train.h5"]
END
helpful=("$bin/r1-reward-model" --config r1-reward-model.toml)
# As two jobs of one run.
for kind in helpful safe; do
  sed "s/r1-reward-model/$kind/; s/helpful-/$kind-/g; s/^base/kind = \"$kind\"\nbase/" \
    r1-reward-model.toml >$kind.toml
done

holds() {
  awk "BEGIN { exit !($1) }" || fail "$1 ($2)"
}

# Both kinds in one run, on 1, 2 and 3 ranks: the same losses, the same quality. A base this small
# does not know which topics are harmful, so only what was seen counts for "safe".
for ranks in 1 2 3; do
  for kind in helpful safe; do
    expect 0 "Brier score" mpirun -n $ranks "$bin/r1-reward-model" --config $kind.toml \
      --run "runs/$ranks" --as $kind
    of=runs/$ranks/$kind one=runs/1/$kind
    set=$([ $kind = helpful ] && echo test || echo seen)
    before=$(value "$of" 0 "held_out/$set/loss") after=$(value "$of" 64 "held_out/$set/loss")
    echo "$kind, $ranks ranks: $set loss $before, then $after; accuracy" \
      "$(value "$of" 64 "held_out/$set/accuracy") +- $(value "$of" 64 "held_out/$set/accuracy_stderr")"
    holds "$(value "$of" 64 "held_out/$set/accuracy") >= 0.9" "accuracy on $ranks ranks, $kind"
    holds "$after < $before / 2" "loss of $set on $ranks ranks, $kind"
    holds "$(value "$of" 0 held_out/test/loss) == $(value "$one" 0 held_out/test/loss)" \
      "evaluation of the same weights on $ranks ranks, $kind"
    for step in 1 64; do
      holds "sqrt(($(value "$of" $step loss) - $(value "$one" $step loss)) ^ 2) < 1e-3" \
        "loss of step $step on $ranks ranks, $kind"
    done
  done
done
expect 0 "is done" "$bin/r1-reward-model" --config helpful.toml --run runs/1 --as helpful
expect 0 "" "$bin/r1-inspect" runs/1/safe/step-000064

# Odd examples.
"$(dirname "$bin")/bin/judged_examples" . || fail "judged_examples"
with() {
  "${helpful[@]}" --run "runs/$1" --set "r1-reward-model.examples=[\"$1.h5\"]" \
    --set "r1-reward-model.evaluation.sets=[\"same=$1.h5\"]" --set r1-reward-model.batch=2
}
expect 0 "reward model" with ties
[ "$(value runs/ties/r1-reward-model 0 held_out/same/accuracy)" = 0.5 ] || fail "ties: accuracy"
holds "sqrt(($(value runs/ties/r1-reward-model 1 loss) - log(2)) ^ 2) < 1e-6" "loss of ties"
expect 0 "2 examples are left out: longer than compute.max_positions 320" with long
rm -r runs/long
expect 0 "3 pairs" with long
expect 64 "all 1 examples are longer" with all-long
expect 64 "empty.h5, row 1: rejected is empty" with empty
expect 0 "2 pairs" with thoughts
expect 64 "row 1: without its thoughts the response is empty" with open-thoughts
expect 64 "examples is empty" "${helpful[@]}" --run runs/none --set 'r1-reward-model.examples=[]'
expect 64 "no column" "${helpful[@]}" --run runs/none \
  --set 'r1-reward-model.examples=["runs/miniature-world/safe-train.h5"]'
expect 64 "is a reward model; r1-reward-model starts from a language model" "${helpful[@]}" --run runs/none \
  --set r1-reward-model.base=runs/1/safe
expect 64 'expected one of "helpful", "safe"' "${helpful[@]}" --set r1-reward-model.kind=kind

survives r1-reward-model model "${helpful[@]}" --set r1-reward-model.epochs=6
finish
