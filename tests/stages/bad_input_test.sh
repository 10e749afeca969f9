#!/usr/bin/env bash
# Wrong input of every kind: exit 64 (or 70), a message that says what to do, nothing half-written.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
make_world 1000
base=checkpoints/miniature-base/model.h5
run=("${zero[@]}" --set r1-zero.steps=2)

expect 64 "did you mean 'r1-zero.grpo.group_size'" "${run[@]}" --set r1-zero.grpo.gruop_size=4
expect 64 "expected at least 2" "${run[@]}" --set r1-zero.grpo.group_size=1
expect 64 'expected one of "sequence-mean", "token-mean"' "${run[@]}" --set r1-zero.grpo.loss_average=mean
expect 64 "nowhere.toml" "$bin/r1-zero" --config nowhere.toml
expect 64 "nowhere.h5: no such file" "${run[@]}" --set r1-zero.base=nowhere.h5
expect 64 "nowhere.h5: no such file" mpirun -n 2 "${run[@]}" --set "r1-zero.questions.sets=[\"chain=nowhere.h5\"]"
expect 64 "takes 3 ranks, the job has 1" "${run[@]}" --set mesh.dp=3
expect 64 "[r1-zero.evaluation] sets has 'a' twice" "${run[@]}" --set 'r1-zero.evaluation.sets=["a=x.h5","a=y.h5"]'
expect 64 "expected a finite number" "${run[@]}" --set r1-zero.optimizer.lr=inf
expect 64 "must hold no /" "${run[@]}" --as ../other
expect 64 "--as nope names a job that is not there; of r1-zero there are: r1-zero" "$bin/r1-zero" \
  --config configs/miniature.toml --as nope
printf '[pipeline]\njobs = ["first = r1-zreo"]\n[first]\n' >jobs.toml
expect 64 "there is no stage r1-zreo; did you mean 'r1-zero'?" "$bin/r1-plan" jobs.toml --jobs
expect 64 "there is no stage r1-zreo" "$bin/r1-plan" jobs.toml
expect 64 "configs/miniature.toml: [r1-zero.rollout] stop has an empty text" "${run[@]}" --set 'r1-zero.rollout.stop=[""]'
expect 64 "expected \"name=path\"" "${run[@]}" --set 'r1-zero.evaluation.sets=["x.h5"]'
expect 64 "{question}" "${run[@]}" --set r1-zero.template=nothing
[ -e /dev/nvidiactl ] ||
  expect 64 "set compute.device=cpu" "${run[@]}" --set compute.device=cuda

# Numbers of a command line.
expect 64 '--deadline: found "x", expected a number, more than 0;' "${run[@]}" --deadline x
expect 64 '--timeout: found "0", expected a number, more than 0' "${run[@]}" --timeout 0
expect 64 '--threads: found "1.5", expected a whole number, between 1 and 4096' "${run[@]}" --threads 1.5
expect 64 '--nodes: found "0", expected a whole number, between 1 and' "$bin/r1-plan" --nodes 0
expect 64 '--documents: found "-1", expected a whole number' "$bin/r1-miniature" --out x --documents=-1
expect 64 '--timeout: found "0.5", expected a number, between 1 and' "$bin/r1-preflight" --timeout 0.5
expect 64 '--limit: found "a"' "$bin/r1-import" questions rows.jsonl --out q.h5 --limit a
expect 64 '--threads: found "0"' "$bin/r1-chat" "$base" --threads 0

# Damaged HDF5.
head -c 300000 "$base" >cut.h5
expect 64 "cut.h5: cannot open it as HDF5" "${run[@]}" --set r1-zero.base=cut.h5
head -c 3000 runs/miniature-world/train-chain.h5 >cut.h5
expect 64 "cut.h5" "${run[@]}" --set "r1-zero.questions.sets=[\"chain=cut.h5\"]"
expect 64 "is HDF5 but not a model" "${run[@]}" --set r1-zero.base=runs/miniature-world/train-chain.h5
expect 64 "is HDF5 but not a data set" "${run[@]}" --set "r1-zero.questions.sets=[\"chain=$base\"]"
expect 64 "cut.h5" "$bin/r1-inspect" cut.h5
expect 64 "no such file" "$bin/r1-inspect" nowhere

# A flipped bit in a checkpoint.
expect 75 "" "${run[@]}" --run runs/flip --set r1-zero.steps=500 \
  --set r1-zero.checkpoint_every=1 --deadline 2
last=$(ls -d runs/flip/r1-zero/step-* | tail -n 1)
flip "$last/optimizer.h5" 20000
expect 64 "optimizer.h5 is damaged: its checksum is" "${run[@]}" --run runs/flip --set r1-zero.steps=500
expect 64 "is damaged" "$bin/r1-inspect" "$last"
# Nothing is lost of what the run has done by then.
cp "$(dirname "$last")/metrics.jsonl" metrics.jsonl
cp -r "$(ls -d runs/flip/r1-zero/step-* | head -n 1)" back
flip back/optimizer.h5 20000
expect 64 "optimizer.h5 is damaged" "${run[@]}" --run runs/flip --set r1-zero.steps=500 --resume back
cmp metrics.jsonl "$(dirname "$last")/metrics.jsonl" || fail "a refused --resume drops metrics"
expect 64 "expected 0 or more than 1" "${run[@]}" --set r1-zero.grpo.dual_clip=0.2
expect 64 "mini_batches_per_rollout is 33, but a rollout has 32 responses" "${run[@]}" \
  --set r1-zero.grpo.mini_batches_per_rollout=33
expect 64 "expected at most rollout.max_new_tokens" "${run[@]}" --set r1-zero.grpo.overlong_buffer=100000

# Resume from a checkpoint of another model.
expect 0 "" "${pretrain[@]}" --run runs/other --set r1-pretrain.steps=2 --set r1-pretrain.model.layers=1
first=$(ls -d runs/flip/r1-zero/step-* | head -n 1)
expect 64 "is a checkpoint of another model" "${run[@]}" --run runs/mixed --resume "$first" \
  --set r1-zero.base=runs/other/r1-pretrain/step-000002
expect 64 "is not a complete checkpoint" "${run[@]}" --run runs/mixed --resume runs

# A Hugging Face folder with mistakes.
"$bin/r1-export" model "$base" --out hf || fail "export"
expect 0 "" "$bin/r1-import" model hf --out again.h5
[ "$(fingerprint again.h5)" = "$(fingerprint "$base")" ] || fail "export and import change weights"
expect 64 "holds a model already" "$bin/r1-export" model "$base" --out hf
cp -r hf short && head -c 200000 hf/model.safetensors >short/model.safetensors
expect 64 "it is truncated" "$bin/r1-import" model short --out short.h5
cp -r hf small && sed -i 's/"vocab_size": 141/"vocab_size": 90/' small/config.json
expect 64 "the tokenizer has 141 tokens, the model only 90" "$bin/r1-import" model small --out short.h5
cp -r hf wide && sed -i 's/"intermediate_size": 352/"intermediate_size": 353/' wide/config.json
expect 64 "expected [353, 128]" "$bin/r1-import" model wide --out short.h5
cp -r hf bert && sed -i 's/"model_type": "llama"/"model_type": "bert"/' bert/config.json
expect 64 "bert" "$bin/r1-import" model bert --out short.h5
rm hf/tokenizer.json
expect 64 "tokenizer.json" "$bin/r1-import" model hf --out short.h5
[ -e short.h5 ] || [ -e short.h5.part ] && fail "a refused import left a file"

# JSONL.
printf '{"question": "a", "answer": "#### 1"}\n{"question": "b"}\n' >rows.jsonl
expect 64 "rows.jsonl:2: the field 'answer' is missing" \
  "$bin/r1-import" questions rows.jsonl --extraction hash --out q.h5
printf '{"question": "a", "answer": "1"}\n{"question": \n' >rows.jsonl
expect 64 "rows.jsonl:2: not JSON" "$bin/r1-import" questions rows.jsonl --out q.h5
printf '{"question": "a", "answer": "one"}\n' >rows.jsonl
expect 64 "rows.jsonl:1: the reference one is no number" "$bin/r1-import" questions rows.jsonl --out q.h5
: >rows.jsonl
expect 64 "rows.jsonl has no rows" "$bin/r1-import" questions rows.jsonl --out q.h5
[ -e q.h5 ] || [ -e q.h5.part ] && fail "a refused import left a file"
printf '{"question": "a", "answer": "1,000"}\n' >rows.jsonl
expect 0 "" "$bin/r1-import" questions rows.jsonl --out q.h5
expect 0 "" "$bin/r1-export" rows q.h5 --out back.jsonl
grep -q '"answer":"1,000"' back.jsonl || fail "JSONL does not come back: $(cat back.jsonl)"

# A gradient that is not a number: stops with the step, saves the samples, changes nothing.
expect 70 "the gradient of step" mpirun -n 2 "${run[@]}" --run runs/nan --set r1-zero.steps=50 \
  --set r1-zero.optimizer.lr=1e30 --set r1-zero.optimizer.warmup_steps=0 --set r1-zero.optimizer.clip_norm=0
grep -q '"response"' runs/nan/r1-zero/not-finite-step-*-rank-0.jsonl || fail "no samples were saved"
finish
