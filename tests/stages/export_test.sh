#!/usr/bin/env bash
# r1-export: what others read of a model beside its weights, and outputs that are no plain file.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
base=checkpoints/miniature-base/model.h5
export="$bin/r1-export"

# holds FILE TEXT...: lines of a JSON file.
holds() {
  local file=$1 text
  shift
  for text in "$@"; do
    grep -q "^ *$text,\\?\$" "$file" || fail "no $text in $file: $(cat "$file")"
  done
}

# ---- a language model: its tokens, and what its weights are written in
expect 0 "" "$export" model "$base" --out f32
expect 0 "" "$export" model "$base" --out bf16 --dtype bf16
eos=$(sed -n 's/.*"<eos>": *\([0-9]*\).*/\1/p' f32/tokenizer.json | head -n 1)
pad=$(sed -n 's/.*"<pad>": *\([0-9]*\).*/\1/p' f32/tokenizer.json | head -n 1)
for folder in f32 bf16; do
  for file in config generation_config; do
    holds $folder/$file.json '"bos_token_id": null' "\"eos_token_id\": $eos" "\"pad_token_id\": $pad"
  done
done
holds f32/config.json '"torch_dtype": "float32"'
holds bf16/config.json '"torch_dtype": "bfloat16"'
expect 64 "holds a model already" "$export" model "$base" --out f32
mkdir shards
echo '{"theirs": true}' | tee shards/config.json >shards/model.safetensors.index.json
expect 64 "holds a model already" "$export" model "$base" --out shards
grep -q theirs shards/config.json || fail "a config is overwritten"

# ---- a reward model is a classifier; it is not read back, and does not talk
printf '{"question": "compute a %d b + 1 c + 0 ?", "chosen": "7", "rejected": "1"}\n' 1 2 3 4 >pairs.jsonl
"$bin/r1-import" pairs pairs.jsonl --out pairs.h5 || exit 1
printf '%s\n' '[compute]' 'max_positions = 64' 'micro_batch_tokens = 512' '[r1-reward-model]' \
  "base = \"$base\"" 'examples = ["pairs.h5"]' 'template = "user {question} assistant"' 'batch = 4' \
  'epochs = 1' >reward.toml
expect 0 "" "$bin/r1-reward-model" --config reward.toml --run runs/reward
expect 0 "" "$export" model runs/reward/r1-reward-model --out reward
holds reward/config.json '"num_labels": 1' "\"eos_token_id\": $eos" "\"pad_token_id\": $pad"
grep -q 'ForSequenceClassification"' reward/config.json || fail "$(cat reward/config.json)"
grep -q '"score.weight":{"dtype":"F32","shape":\[1,' <(head -c 20000 reward/model.safetensors) ||
  fail "the head is not score.weight"
[ -e reward/generation_config.json ] && fail "a classifier has a generation_config.json"
expect 64 "ForSequenceClassification, which scores texts" "$bin/r1-import" model reward --out no.h5
expect 64 "is a reward model: it scores answers" "$bin/r1-chat" runs/reward/r1-reward-model
[ -e no.h5 ] || [ -e no.h5.part ] && fail "a refused import left a file"

# ---- outputs
mkdir elsewhere
ln -s elsewhere/rows.jsonl rows.jsonl
mkfifo pipe
expect 0 "" "$export" rows pairs.h5 --out rows.jsonl
[ -L rows.jsonl ] && [ "$(wc -l <elsewhere/rows.jsonl)" -eq 4 ] || fail "a link is replaced by a file"
expect 0 "" "$export" rows pairs.h5 --out rows.jsonl.gz
gunzip <rows.jsonl.gz | cmp - rows.jsonl || fail "compressed rows are other rows"
expect 64 "No such file" "$export" rows pairs.h5 --out nowhere/rows.jsonl
expect 64 "pipe is a pipe, a socket or a device" "$export" rows pairs.h5 --out pipe
[ -p pipe ] || fail "a pipe is replaced by a file"
ln -s elsewhere/model.h5 model.h5
expect 0 "" "$bin/r1-import" model f32 --out model.h5
[ -L model.h5 ] && [ -f elsewhere/model.h5 ] || fail "r1-import replaces a link"
expect 64 "elsewhere is a folder" "$bin/r1-import" model f32 --out elsewhere
finish
