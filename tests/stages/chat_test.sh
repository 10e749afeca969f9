#!/usr/bin/env bash
# r1-chat: answers from a pipe, the same seed the same text, commands, mistakes, the interrupt key,
# and on a terminal prompt marks and dimmed thoughts.
# shellcheck disable=SC2059  # what is typed has escapes in it
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
base=checkpoints/miniature-base/model.h5
question='compute a 7 b + 1 c + 0 ?'

# chat INPUT OPTION...: standard output only.
chat() {
  local input=$1
  shift
  printf "$input" | "$bin/r1-chat" "$base" "$@" 2>errors
}

# expect_chat CODE TEXT INPUT OPTION...: the exit code, and a text in all that is printed.
expect_chat() {
  local code=$1 text=$2 input=$3
  shift 3
  printf "$input" >input
  expect "$code" "$text" bash -c '"$0" "$@" <input' "$bin/r1-chat" "$base" "$@"
}

# Answers, a line each, and nothing else.
answers=$(chat "$question\n\n$question\n/quit\n$question\n") || fail "exit code: $(cat errors)"
[ "$(grep -c '[0-9]' <<<"$answers")" -eq 2 ] || fail "not two answers: $answers"
[ -s errors ] && fail "messages without need: $(cat errors)"
[ "$(chat "$question")" = "$(head -n 1 <<<"$answers")" ] || fail "the last line needs its end"
[ -z "$(chat '')" ] || fail "an answer to nothing"
[ "$(chat "$question" --temperature 0)" = "$(chat "$question" --temperature 0 --seed 2)" ] ||
  fail "greedy answers depend on the seed"

# The same seed, the same texts; another, others. /reset and /seed begin again.
many=$(printf "$question\\\\n%.0s" $(seq 8))
hot=(--temperature 1.5 --top-p 1)
first=$(chat "$many" --seed 3 "${hot[@]}")
[ "$first" = "$(chat "$many" --seed 3 --threads 1 "${hot[@]}")" ] || fail "the same seed, another text"
[ "$first" = "$(chat "/seed 3\n/temper 1.5\n/top-p 1\n$many")" ] || fail "commands and options differ"
[ "$first" = "$(chat "$many" --seed 4 "${hot[@]}")" ] && fail "another seed, the same text"
[ "$(sort -u <<<"$first" | wc -l)" -gt 1 ] || fail "all answers are equal: $first"
for again in /reset '/seed 3'; do
  [ "$(printf '%s\n%s' "$first" "$first")" = "$(chat "$many$again\n$many" --seed 3 "${hot[@]}")" ] ||
    fail "$again does not begin again"
done
expect_chat 0 "answer>" "$many" --dtype bf16

# Templates.
expect_chat 0 "cut off after 3 tokens" "$question\n" --template 'user {question} assistant <think>' \
  --max-new-tokens 3
expect_chat 0 'template = "user {question} assistant"' "/help\n"
expect_chat 0 'template = "r1-zero"' "/template r1-zero\n/help\n"
expect_chat 64 "expected between 1 and 15" "$question\n" --context 16 \
  --template 'user user user user user user {question} assistant'

# A conversation: the base with DeepSeek's words in place of its own. What was said before counts,
# until /reset; replies that are only thoughts are forgotten, and the oldest when it gets long.
plain=$base
"$bin/r1-export" model "$base" --out hf >/dev/null || fail "export"
sed -i 's/"user"/"<｜User｜>"/; s/"assistant"/"<｜Assistant｜>"/
        s/"<eos>"/"<｜end▁of▁sentence｜>"/; s/"<pad>"/"<｜begin▁of▁sentence｜>"/' hf/tokenizer*.json
"$bin/r1-import" model hf --out chat.h5 >/dev/null || fail "import"
base=chat.h5
expect_chat 0 'template = "r1-chat"' "/help\n"
talk=$(chat "$question\n$question\n/reset\n$question\n" --temperature 0)
[ "$(sed -n 1p <<<"$talk")" = "$(sed -n 3p <<<"$talk")" ] || fail "/reset forgets not all: $talk"
[ "$(sed -n 1p <<<"$talk")" != "$(sed -n 2p <<<"$talk")" ] || fail "nothing is remembered: $talk"
expect_chat 0 "question and thoughts are forgotten" "$question\n" --max-new-tokens 3
[ "$(chat "/max 3\n$question\n/max 99\n$question\n" --temperature 0 | sed -n 2p)" = \
  "$(sed -n 1p <<<"$talk")" ] || fail "thoughts without a reply are remembered"
expect_chat 0 "its oldest question is forgotten" "$many" --context 64
# By a template without thoughts, an answer that was cut off is part of what was said.
"$bin/r1-export" model "$plain" --out words >/dev/null || fail "export"
sed -i '0,/{/s//{"chat_template": "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}assistant",/' \
  words/tokenizer_config.json
"$bin/r1-import" model words --out words.h5 >/dev/null || fail "import"
base=words.h5
expect_chat 0 "its oldest question is forgotten" "/max 3\n$question\n/max 99\n$question\n" \
  --temperature 0 --template chat --context 30
# What is refused leaves the conversation as it was.
chat "hello\n$question\n" --template chat >/dev/null && fail "a wrong question is no error"
[ "$(grep -c 'the word "hello" is not in' errors)" -eq 1 ] || fail "a refused question stays: $(cat errors)"
base=$plain

# Mistakes say what would be right; the rest is still read.
expect_chat 64 "did you mean /reset?" "/rest\n"
expect_chat 64 'found the command "/tem", expected one of /temperature, /template' "/tem 1\n"
expect_chat 64 'found "warm", expected a number, between 0 and 100' "/temperature warm\n"
expect_chat 64 'found "2", expected a number, between 0 and 1' "/top-p 2\n"
expect_chat 64 'found "0", expected a whole number, at least 1' "/max 0\n"
expect_chat 64 'found "-1", expected a whole number' "/seed -1\n"
expect_chat 64 "holds {question}" "/template hello\n"
expect_chat 64 'the word "hello" is not in' "hello\n"
expect_chat 64 "answer>" "hello\n/top-p 7\n$question\n" --seed 1
expect_chat 64 '--top-p: found "2"' "" --top-p 2
expect_chat 64 "holds {question}" "" --template hello
expect_chat 64 "--context: found 100000" "" --context 100000
expect 64 "no such file" "$bin/r1-chat" nowhere.h5
expect 64 "model is required" "$bin/r1-chat"
expect 64 "--seeds" "$bin/r1-chat" "$base" --seeds 1
expect 0 "--max-new-tokens" "$bin/r1-chat" --help

# An interrupt stops the answer and not the program: every question is answered all the same.
yes "$question" | head -n 3000 >questions
"$bin/r1-chat" "$base" --temperature 100 --top-p 1 <questions >answers 2>errors &
job=$!
for _ in $(seq 100); do
  [ -s answers ] && break
  sleep 0.1
done
while kill -INT "$job" 2>/dev/null; do sleep 0.02; done
wait "$job"
status=$?
[ "$status" -eq 0 ] || fail "SIGINT: exit code $status, $(tail -n 3 errors)"
[ "$(wc -l <answers)" -eq 3000 ] || fail "SIGINT: $(wc -l <answers) answers of 3000"
grep -q "(stopped after [0-9]* tokens)" errors || fail "SIGINT stopped no answer"

# A terminal.
if command -v script >/dev/null; then
  shows() {  # TEXT: waits until the terminal does
    for _ in $(seq 100); do
      grep -q "$1" typescript 2>/dev/null && return
      sleep 0.1
    done
  }
  # exec: a shell between the terminal and the program would die of the interrupt itself.
  # An interrupt between the answer and the next prompt is one of neither: once more.
  (shows '> '; printf "$question\n"; shows 'a second'
    for _ in 1 2 3 4 5; do
      printf '\003'
      sleep 0.5
      ! grep -q 'Ctrl-D ends' typescript || break
    done
    printf "$question\n"; sleep 0.5; printf '\004'; sleep 0.5) |
    script -qfec "exec '$bin/r1-chat' '$base' --template 'user {question} assistant <think>'" typescript >/dev/null
  status=$?
  [ "$status" -eq 0 ] || fail "a terminal: exit code $status"
  shown=$(tr -d '\r' <typescript)
  dim=$'\033[2m' plain=$'\033[0m'
  [[ "$shown" == *"> "*"$dim"*"</think>$plain"*" a second]"*"> "*"Ctrl-D ends"*"</think>$plain"* ]] ||
    fail "a terminal shows $(cat -v typescript)"
fi
finish
