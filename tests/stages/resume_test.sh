#!/usr/bin/env bash
# Where a stage goes on: back to an earlier checkpoint, after a crash between two renames, and not at
# all beside another start of the same stage.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
printf '{"question": "compute a 7 b + 1 c + 0 ?", "response": "7"}\n%.0s' $(seq 8) >rows.jsonl
"$bin/r1-import" examples rows.jsonl --out examples.h5 || exit 1
cat >sft.toml <<'END'
[compute]
max_positions = 64
micro_batch_tokens = 512
[r1-sft]
base = "checkpoints/miniature-base/model.h5"
examples = ["examples.h5"]
template = "user {question} assistant"
batch = 8
epochs = 60
checkpoint_every = 10
keep_last = 3
END
sft=("$bin/r1-sft" --config sft.toml --threads 1)
back=runs/back/r1-sft

# again COMMAND...: the stage once more, though it was done.
again() {
  rm -f "$back/DONE"
  expect "$@"
}
# checkpoints TEXT: what the stage's folder holds of them.
checkpoints() {
  local found
  found=$(cd "$back" && for folder in *step-*; do [ ! -d "$folder" ] || printf '%s ' "$folder"; done)
  [ "$found" = "$1 " ] || fail "found the checkpoints $found, expected $1"
}

# A checkpoint that cannot be loaded changes nothing.
expect 0 "" "${sft[@]}" --run runs/back
checkpoints "step-000040 step-000050 step-000060"
cp -r "$back/step-000040" good
cp -r good damaged
flip damaged/model.h5 9000
again 64 "is damaged" "${sft[@]}" --run runs/back --resume damaged
checkpoints "step-000040 step-000050 step-000060"

# Back to step 40: what is written then stays, auto goes on from it, and what was there is set aside.
# The config that the first 40 steps had stays.
lower=(--set r1-sft.optimizer.lr=1e-6 --set r1-sft.epochs=55)
cp "$back/effective.toml" first.toml
again 0 "the run goes another way from step 40 on" mpirun -n 2 "${sft[@]}" "${lower[@]}" --run runs/back \
  --resume "$back/step-000040"
cmp first.toml "$back/effective-before-step-000040.toml" || fail "the first config is lost"
branch="step-000040 step-000050 step-000055"
checkpoints "abandoned-step-000050 abandoned-step-000060 $branch"
[ "$(fingerprint "$back/step-000050")" = "$(fingerprint "$back/abandoned-step-000050")" ] &&
  fail "step 50 is not the new branch's"
grep -q '^{"step":55,' <(tail -n 1 "$back/metrics.jsonl") || fail "$(tail -n 1 "$back/metrics.jsonl")"
again 0 "resumed from $back/step-000055" "${sft[@]}" "${lower[@]}" --run runs/back
[ "$(printf '%s ' "$back"/effective*)" = "$back/effective-before-step-000040.toml $back/effective.toml " ] ||
  fail "an equal config was kept: $(ls "$back")"
# The same from a copy that lies elsewhere.
again 0 "(r1-sft.epochs: 55.0 -> 45.0, r1-sft.optimizer.lr: 1e-06 -> " "${sft[@]}" --run runs/back \
  --resume good --set r1-sft.epochs=45
[ -e "$back/effective-before-step-000040-2.toml" ] || fail "the second config is lost"
checkpoints "abandoned-step-000050 abandoned-step-000050-2 abandoned-step-000055 abandoned-step-000060 step-000040 step-000045"

# A crash while a checkpoint was being replaced in two steps.
mv "$back/step-000045" "$back/step-000045.old.part"
again 0 "resumed from $back/step-000045" "${sft[@]}" --run runs/back --set r1-sft.epochs=45

# Nothing was done yet: the new config takes the other's place without a word.
mkdir -p runs/new/r1-sft
cp first.toml runs/new/r1-sft/effective.toml
output=$("${sft[@]}" "${lower[@]}" --run runs/new 2>&1) || fail "a new run: $output"
[[ "$output" != *"another config"* ]] || fail "warned of nothing: $output"
[ "$(ls -d runs/new/r1-sft/effective*)" = runs/new/r1-sft/effective.toml ] || fail "kept nothing's config"

# Two starts: the second ends, on one rank or several, and the first notices nothing.
endless=("${sft[@]}" --run runs/two --set r1-sft.epochs=1000000)
"${endless[@]}" >first.log 2>&1 &
first=$!
for _ in $(seq 600); do
  [ -d runs/two/r1-sft/step-000010 ] && break
  sleep 0.1
done
expect 64 "runs/two/r1-sft is in use by process $first on " "${endless[@]}"
expect 64 "is in use by process $first on " mpirun -n 2 "${endless[@]}"
kill -0 "$first" || fail "the first start has ended: $(tail -n 3 first.log)"
[ "$(cut -d, -f1 runs/two/r1-sft/metrics.jsonl | sort | uniq -d | wc -l)" -eq 0 ] || fail "steps stand twice"
# What a killed process held is free at once.
kill -9 "$first"
wait "$first" 2>/dev/null
expect 75 "resumed from runs/two" "${endless[@]}" --deadline 1
# A requeued job of Slurm goes on, though a file server keeps the lock of the node that died.
exec 9>>runs/two/r1-sft/lock
flock 9
printf 'Slurm job 7' >runs/two/r1-sft/lock
expect 64 "is in use by Slurm job 7" "${endless[@]}" --deadline 1
expect 75 "lock cannot be locked here" env SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1 "${endless[@]}" \
  --timeout 10 --deadline 1
exec 9>&-
finish
