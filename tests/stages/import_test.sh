#!/usr/bin/env bash
# r1-import of foreign models and data sets, and r1-inspect overlap: presets, compressed rows,
# conversations, ranks, GGUF files; damaged ones are refused and leave nothing behind.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
import="$bin/r1-import"
column() { "$bin/r1-export" rows "$1" --out rows.out && cat rows.out; }

# ---- models: a GGUF file and the folder give the same weights, by one rank or three, f32 or bf16
fixture=$source_dir/tests/parity/fixtures/qwen3
mkdir hf && cp "$fixture"/{config.json,model.safetensors} hf/
python_free='{"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}},"added_tokens":[],'
python_free+='"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null}'
echo "$python_free" >hf/tokenizer.json
printf '{{ bos_token }}{%% for m in messages %%}{{ m.content | trim }}{%% endfor %%}' >hf/chat_template.jinja
expect 0 "" "$import" model hf --out one.h5
expect 0 "" mpirun -n 3 "$import" model hf --out three.h5
[ "$(fingerprint one.h5)" = "$(fingerprint three.h5)" ] || fail "ranks write other weights"
expect 0 "" "$import" model hf --out half.h5 --dtype bf16
[ "$(fingerprint one.h5)" = "$(fingerprint half.h5)" ] && fail "bf16 changes nothing"
expect 0 "" "$bin/r1-export" model one.h5 --out back
expect 0 "" "$import" model back --out again.h5
[ "$(fingerprint one.h5)" = "$(fingerprint again.h5)" ] || fail "export changes weights"
grep -q 'm.content | trim' back/tokenizer_config.json || fail "the chat template is lost"
expect 64 "tokenizer.ggml.model is missing" "$import" model "$fixture/model.gguf" --out no.h5
expect 64 "nowhere/config.json" "$import" model nowhere --out no.h5
cp -r hf own
expect 64 "is what is read" "$import" model own --out own/model.safetensors
cmp -s own/model.safetensors hf/model.safetensors || fail "an import destroyed its model"
head -c 5000 "$fixture/model.gguf" >cut.gguf
expect 64 "cut.gguf: byte" "$import" model cut.gguf --out no.h5
expect 64 "does not begin with GGUF" bash -c 'head -c 99 hf/model.safetensors >x.gguf; "$0" model x.gguf --out no.h5' "$import"
[ -e no.h5 ] || [ -e no.h5.part ] && fail "a refused import left a file"

sed 's/"num_hidden_layers": *[0-9]*/"num_hidden_layers": 300000/' hf/config.json >layers.json
deep=$(printf '[%.0s' $(seq 100000))
for file in config.json tokenizer.json tokenizer_config.json; do
  rm -rf foreign && cp -r back foreign
  echo "{\"model_type\": $deep" >foreign/$file
  expect 64 "nested more than 512 deep" "$import" model foreign --out no.h5
done
rm -rf foreign && cp -r back foreign && cp layers.json foreign/config.json
expect 64 "layers is 300000, expected at most 10000" "$import" model foreign --out no.h5

# ---- questions
printf '{"question": "2+2?", "answer": "so\\n#### 4"}\n' | gzip >g.jsonl.gz
expect 0 "" "$import" questions g.jsonl.gz --dataset gsm8k --out g.h5
grep -q '"question":"2+2?","answer":"4","verifier":"number","language":"en","source":"gsm8k"' <(column g.h5) ||
  fail "gsm8k: $(column g.h5)"
expect 64 "--dataset: found 'gsm9k', expected gsm8k" "$import" questions g.jsonl.gz --dataset gsm9k --out no.h5
printf '{"question": "Q?", "choices": ["x", "y"], "answer": "B"}\n{"question": "R?", "choices": ["x", "y"], "answer": 0}\n' >m.jsonl
expect 0 "" "$import" questions m.jsonl --dataset mmlu --out m.h5
grep -q '"question":"Q?\\nA. x\\nB. y","answer":"B","verifier":"choice"' <(column m.h5) || fail "mmlu: $(column m.h5)"
grep -q '"answer":"A"' <(column m.h5) || fail "mmlu: an index is no letter"
printf '{"question": "Q?", "choices": ["x", "y"], "answer": "C"}\n' >m.jsonl
expect 64 "m.jsonl:1: the answer is 'C', expected a letter of the 2 choices" "$import" questions m.jsonl --dataset mmlu --out no.h5
# AGIEval's own rows, and rows that have an answer.
printf '{"passage": null, "question": "Q?", "options": ["(A)x", "(B)y"], "label": "B", "answer": null, "other": null}\n{"passage": "P", "question": "R?", "options": ["(A)x", "(B)y"], "answer": "A"}\n{"question": "S?", "options": ["(A)x", "(B)y"], "label": null, "answer": "B"}\n' >m.jsonl
expect 0 "" "$import" questions m.jsonl --dataset agieval --out m.h5
[ "$(column m.h5 | grep -o '"question":"[^"]*","answer":"[^"]*"' | tr '\n' ' ')" = \
  '"question":"Q?\n(A)x\n(B)y","answer":"B" "question":"P\n\nR?\n(A)x\n(B)y","answer":"A" "question":"S?\n(A)x\n(B)y","answer":"B" ' ] ||
  fail "agieval: $(column m.h5)"
# fields DATASET ROW: the question and the reference that are made of it.
fields() {
  echo "$2" >f.jsonl
  expect 0 "" "$import" questions f.jsonl --dataset "$1" --out f.h5
  [[ "$(column f.h5)" == *'"question":"Q","answer":"7","verifier":'* ]] || fail "$1: $(column f.h5)"
}
fields deepmath '{"question": "Q", "final_answer": "7", "difficulty": 4.5, "topic": "x", "r1_solution_1": "y"}'
fields deepmath '{"problem": "Q", "answer": "7"}'
fields cmath '{"grade": 1, "question": "Q", "golden": "7", "reasoning_step": 1, "num_digits": 2}'
fields cmath '{"input": "Q", "golden": 7}'
fields cmath '{"question": "Q", "answer": "7"}'
echo '{"input": "Q", "gold": "7"}' >f.jsonl
expect 64 "f.jsonl:1: the field 'golden|answer' is missing; the row has input, gold" \
  "$import" questions f.jsonl --dataset cmath --out no.h5
printf '{"question": "Q", "answer": 12345678901234567890123}\n' >f.jsonl
expect 0 "" "$import" questions f.jsonl --out f.h5
grep -q '"answer":"12345678901234567890123"' <(column f.h5) || fail "a long integer: $(column f.h5)"
printf '{"question": "Q", "answer": "7", "rest": %s%s}\n' "$deep" "${deep//\[/]}" >f.jsonl
expect 64 "f.jsonl:1: JSON nested more than 512 deep" "$import" questions f.jsonl --out no.h5
printf '{"text": "Add.", "test_setup_code": "", "test_list": ["assert add(1, 2) == 3"]}\n' >c.jsonl
expect 0 "" "$import" questions c.jsonl --dataset mbpp --out c.h5
grep -q '\\"entry_point\\":\\"add\\"' <(column c.h5) || fail "mbpp: $(column c.h5)"
printf '{"text": "Add.", "test_setup_code": "", "test_list": ["assert int(add(1, 2)) == 3"]}\n' >c.jsonl
expect 0 "" "$import" questions c.jsonl --dataset mbpp --out c.h5
grep -q '\\"entry_point\\":\\"add\\"' <(column c.h5) || fail "mbpp: $(column c.h5)"
printf '{"prompt": "def f():\\n", "test": "def check(candidate): pass", "entry_point": "f"}\n' >c.jsonl
expect 0 "" "$import" questions c.jsonl --dataset humaneval --out h.h5
grep -q '\\"tests\\":\[\\"def check' <(column h.h5) || fail "humaneval: $(column h.h5)"
printf '{"problem": "p", "answer": 7}\n' >a.jsonl
expect 0 "" "$import" questions a.jsonl --dataset aime --out a.h5
printf '{"problem": "p", "answer": null}\n{"problem": "p", "answer": 7}\n' >a.jsonl
expect 0 "1 rows are left out: the field 'answer' is null" "$import" questions a.jsonl --dataset aime --out a.h5
# With ratings, which r1-evaluate rates models by.
printf '{"problem": "p", "answer": 7, "elo": 1500}\n{"problem": "p", "answer": 8, "elo": null}\n{"problem": "q", "answer": 9, "elo": -20.5}\n' >a.jsonl
expect 0 "1 rows are left out: the field 'elo' is null" "$import" questions a.jsonl --dataset aime --rating elo --out a.h5
[ "$(column a.h5 | grep -o '"rating":[-0-9.]*\|"answer":"."' | tr '\n' ' ')" = '"answer":"7" "rating":1500.0 "answer":"9" "rating":-20.5 ' ] ||
  fail "ratings: $(column a.h5)"
expect 64 "a.jsonl:1: the field 'difficulty' is missing" "$import" questions a.jsonl --dataset aime --rating difficulty --out no.h5
printf '{"problem": "p", "answer": 7, "elo": "hard"}\n' >a.jsonl
expect 64 "a.jsonl:1: the field 'elo' is \"hard\", expected a number" "$import" questions a.jsonl --dataset aime --rating elo --out no.h5
expect 64 "--verifier: found 'numbr', expected number" "$import" questions a.jsonl --verifier numbr --out no.h5

# ---- replies
printf '{"chosen": "\\n\\nHuman: a\\n\\nAssistant: good", "rejected": "\\n\\nHuman: a\\n\\nAssistant: bad"}\n{"chosen": "\\n\\nHuman: a\\n\\nAssistant:", "rejected": "\\n\\nHuman: a\\n\\nAssistant: bad"}\n' >p.jsonl
expect 0 "1 rows are left out: the last reply is empty" "$import" pairs p.jsonl --out p.h5
[ "$(column p.h5)" = '{"question":"a","chosen":"good","rejected":"bad"}' ] || fail "pairs: $(column p.h5)"
printf '{"messages": [{"role": "user", "content": "a"}], "chosen": "good", "rejected": {"role": "x"}}\n' >p.jsonl
expect 64 "p.jsonl:1: the field 'rejected' is" "$import" pairs p.jsonl --out no.h5
printf '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "label": false}\n' >l.jsonl
expect 0 "" "$import" labelled l.jsonl --out l.h5
[ "$(column l.h5)" = '{"question":"a","response":"b","safe":0}' ] || fail "labelled: $(column l.h5)"
printf '{"prompt": "a", "response": "b", "is_safe": true}\n' >l.jsonl
expect 0 "" "$import" labelled l.jsonl --question prompt --label is_safe --out l.h5
expect 0 "" "$import" examples l.jsonl --question prompt --language en --out e.h5
[ "$(column e.h5)" = '{"question":"a","response":"b","language":"en","source":"l.jsonl"}' ] ||
  fail "examples: $(column e.h5)"
[ -e no.h5 ] || [ -e no.h5.part ] && fail "a refused import left a file"

# ---- overlap
expect 0 "1 of 1 rows (100%) of g.h5" "$bin/r1-inspect" overlap g.h5 g.h5
expect 0 "0 of 1 rows (0%) of g.h5" "$bin/r1-inspect" overlap g.h5 a.h5
expect 64 "expected an ISO 639-1 code" "$bin/r1-import" examples a.jsonl --out x.h5 --language english
cp a.h5 own.h5
expect 64 "is what is read" "$bin/r1-export" rows own.h5 --out own.h5
[ "$(column own.h5)" = "$(column a.h5)" ] || fail "an export destroyed its data set"
expect 64 "--limit" "$bin/r1-import" examples a.jsonl --out x.h5 --limit -1
expect 64 "expected at least 1" "$bin/r1-inspect" overlap g.h5 a.h5 --ngram 0
expect 64 "no such file" "$bin/r1-inspect" overlap g.h5 nowhere.h5

# ---- the public data sets, where they are
if [ -n "${R1_TEST_DATA:-}" ]; then
  questions() { expect 0 "" "$import" questions "$R1_TEST_DATA/$1" --dataset "$2" --out d.h5; }
  questions gsm8k/test.jsonl gsm8k
  expect 0 "1319 rows" "$bin/r1-inspect" d.h5
  questions gsm8k/train.jsonl.gz gsm8k
  questions math/math500.jsonl math500
  questions math/math_train_answers.jsonl.gz math
  questions math/deepmath_4994.jsonl.gz deepmath
  questions math/aime2024.jsonl aime
  questions math/amc2023.jsonl amc
  questions math/cmath_zh_600.jsonl cmath
  questions knowledge/mmlu_test_sample_1140.jsonl mmlu
  questions knowledge/agieval_gaokao_sat.jsonl agieval
  questions code/mbpp.jsonl.gz mbpp
  questions code/humaneval.jsonl.gz humaneval
  questions code/stdin_codejam.jsonl.gz stdin
  expect 0 "" "$import" pairs "$R1_TEST_DATA/preference/hh_harmless_train.jsonl.gz" --out d.h5
  expect 0 "" "$import" pairs "$R1_TEST_DATA/preference/dpo_zh_helpful.jsonl.gz" --out d.h5
  expect 0 "" "$import" labelled "$R1_TEST_DATA/preference/kto_en_300.jsonl.gz" --out d.h5
  expect 0 "" "$import" examples "$R1_TEST_DATA/preference/kto_en_300.jsonl.gz" --out d.h5
fi
finish
