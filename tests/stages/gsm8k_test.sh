#!/usr/bin/env bash
# Three steps of r1-zero on GSM8K with a Llama and its own tokenizer, imported from the files as they
# are: no code knows of either.
if [ -z "${R1_TEST_DATA:-}" ]; then
  echo "SKIPPED: R1_TEST_DATA is not set: gsm8k and models/stories260K are not there"
  exit 77
fi
data=$R1_TEST_DATA
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
expect 0 "" "$bin/r1-import" model "$data/models/stories260K/hf" --out models/stories.h5
expect 0 "" "$bin/r1-import" questions "$data/gsm8k/test.jsonl" --extraction hash --language en \
  --source gsm8k --out gsm8k.h5
expect 0 "1319 rows" "$bin/r1-inspect" gsm8k.h5
run=("$bin/r1-zero" --config configs/zero-gsm8k.toml --set r1-zero.base=models/stories.h5
  --set 'r1-zero.questions.sets=["gsm8k=gsm8k.h5"]' --set compute.max_positions=512
  --set r1-zero.rollout.max_new_tokens=100 --set r1-zero.steps=3)
expect 0 "questions are left out" mpirun -n 2 "${run[@]}" --run runs/g
[ "$(grep -c '"logprob_mismatch":0.0' runs/g/r1-zero/metrics.jsonl)" -eq 3 ] ||
  fail "the log-probs of rollout and training differ: $(cat runs/g/r1-zero/metrics.jsonl)"

# Back to Hugging Face: the very same weights.
expect 0 "" "$bin/r1-export" model models/stories.h5 --out hf
cmp hf/model.safetensors "$data/models/stories260K/hf/model.safetensors" || fail "export"
finish
