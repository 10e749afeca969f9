# shellcheck shell=bash disable=SC2154  # names are of common.sh
# Sourced after common.sh: models that answer known questions with known responses.

# memorise NAME: a model of 20 thousand parameters that has learnt by heart the lines
# "question TAB response" of NAME.txt, in runs/NAME/r1-sft. Its words are what stands between
# spaces, 93 kinds at most; its template is $by_heart.
by_heart='user {question} assistant'
memorise() {
  local name=$1 fixture=$source_dir/tests/parity/fixtures/qwen3 word id=0 vocabulary=""
  mkdir "$name"
  cp "$fixture"/{config.json,model.safetensors} "$name/"
  while read -r word; do
    word=${word//\\/\\\\}
    vocabulary+="${vocabulary:+,}\"${word//\"/\\\"}\":$((id++))"
  done < <(printf '<unk>\n<eos>\nuser\nassistant\n'; tr -s ' \t' '\n' <"$name.txt" | sort -u)
  [ $id -le 96 ] || fail "$name has $id words, the model's fixture has room for 96"
  echo '{"model":{"type":"WordLevel","unk_token":"<unk>","vocab":{'"$vocabulary"'}},"normalizer":null,' \
    '"added_tokens":[{"id":1,"content":"<eos>","special":true}],"post_processor":null,' \
    '"decoder":null,"pre_tokenizer":{"type":"WhitespaceSplit"}}' >"$name/tokenizer.json"
  echo '{"eos_token": "<eos>", "add_bos_token": false}' >"$name/tokenizer_config.json"
  sed 's/\\/\\\\/g; s/"/\\"/g; s/\([^\t]*\)\t\(.*\)/{"question": "\1", "response": "\2"}/' \
    "$name.txt" >"$name.jsonl"
  "$bin/r1-import" model "$name" --out "$name.h5" || exit 1
  "$bin/r1-import" examples "$name.jsonl" --out "$name-examples.h5" || exit 1
  printf '%s\n' '[compute]' 'max_positions = 256' 'micro_batch_tokens = 1024' '[r1-sft]' \
    "base = \"$name.h5\"" "examples = [\"$name-examples.h5\"]" "template = \"$by_heart\"" \
    'epochs = 200' "batch = $(wc -l <"$name.txt")" '[r1-sft.optimizer]' 'lr = 1e-2' 'decay = "linear"' \
    'weight_decay = 0' >"$name.toml"
  "$bin/r1-sft" --config "$name.toml" --run "runs/$name" >sft.log 2>&1 || {
    tail -n 5 sft.log
    exit 1
  }
  grep -o '"loss":[-0-9.e]*' "runs/$name/r1-sft/metrics.jsonl" | tail -n 1
}

# answer_line QUESTION ANSWER: a line of NAME.txt, in the form that R1-Zero is rewarded for.
answer_line() {
  printf '%s\t<think> so </think> <answer> %s </answer>\n' "$1" "$2"
}
