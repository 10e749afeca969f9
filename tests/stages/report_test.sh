#!/usr/bin/env bash
# r1-report: the page of a short run has its numbers, needs nothing from outside, shows texts as
# texts, and broken files are named with their line.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
command -v gnuplot >/dev/null || { echo "SKIPPED: no gnuplot"; exit 77; }
make_world
"${zero[@]}" --run runs/short --set r1-zero.steps=2 --set r1-zero.evaluation.every=2 \
  --set r1-zero.transcripts_every=1 >log 2>&1 || fail "r1-zero: $(tail -n 3 log)"
stage=runs/short/r1-zero
page=runs/short/report.html

# has TEXT...: each is in the page. lacks TEXT...
has() {
  local text
  for text in "$@"; do grep -qF -- "$text" "$page" || fail "no '$text' in the page"; done
}
lacks() {
  local text
  for text in "$@"; do ! grep -qF -- "$text" "$page" || fail "'$text' is in the page"; done
}

# Of the run as it is, every metric of metrics.jsonl with its first and last number, as written.
expect 0 "$page" "$bin/r1-report" runs/short
metric() { # LINE KEY
  sed -n "$1p" $stage/metrics.jsonl | tr ',{}' '\n' | sed -n "s#^\"$2\":##p"
}
keys=$(sed -n 2p $stage/metrics.jsonl | tr ',{}' '\n' | sed -n 's#^"\(.*\)":.*#\1#p' | grep -v '^step$')
[ "$(wc -w <<<"$keys")" -ge 20 ] || fail "few metrics: $keys"
for key in $keys; do
  row=$(grep -F "<tr><td>$key</td>" "$page" | sed 's#</td>#\t#g; s#<[^>]*>##g')
  [ "$(wc -l <<<"$row")" -eq 1 ] || fail "$key is not in exactly one row: $row"
  first=$(metric 2 "$key") last=$(metric 3 "$key")
  [ "$(cut -f 2,3 <<<"$row")" = "$first"$'\t'"$last" ] || fail "$key: $row, in metrics $first and $last"
  sorted=$(printf '%s\n' "$first" "$last" | sort -g | tr '\n' '\t')
  [ "$(cut -f 4,5 <<<"$row")"$'\t' = "$sorted" ] || fail "$key: min and max in $row"
  [ "$(cut -f 6,7 <<<"$row")" = $'2\t0' ] || fail "$key: counts in $row"
done
has "<figcaption>Reward</figcaption>" "Accuracy and format" "held_out/chain-hard/pass@1" "step-2.jsonl" \
  "group_size = 8" "step-000002" "r1-pretrain, step 3000" "<strong>r1-zero</strong>, step 2" " UTC"
lacks "<h2>Claims" "<h2>Evaluation" "<h2>Data cards"

# Everything else, with texts that would be markup.
evil='<script>alert("1")</script>&'
shown='&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;'
json='<script>alert(\"1\")</script>&'
cat >runs/short/claims.json <<END
[{"claim": "C1 $json", "paper": 71.0, "ours": "0.77", "held": true, "note": "N1"},
 {"claim": "C2", "paper": null, "ours": 1e-3, "held": false}]
END
mkdir runs/short/r1-evaluate runs/short/r1-sft
cat >runs/short/r1-evaluate/evaluation.json <<END
{"results": [
  {"model": "M1 $json", "benchmark": "B1", "questions": 128, "samples": 16, "pass@1": 0.87890625,
   "pass@1_stderr": 0.009846796022911752, "cons@k": 1.0, "pass@k": null, "length": 31.5,
   "truncated": 0.0, "unverifiable": 7},
  {"model": "M2", "benchmark": "B1", "questions": 1, "samples": 1, "pass@1": 0.5, "rating": 1444,
   "rating_stderr": 30.5, "rating_clamped": true}]}
END
"$bin/report_examples" runs/short/r1-sft/examples.h5 \
  "{\"kept\": 600123, \"from\": {\"$json\": [1, 2.5, \"x\"]}, \"none\": null}" || fail "report_examples"
cat >$stage/transcripts/step-2.jsonl <<END
{"question": "Q1 $json", "reference": "R1 $json", "response": "<think>T1 $json</think> A1 $json", "reward": 2.0, "accuracy": "correct", "accuracy_reason": "W1 $json", "format": "correct"}
{"question": "Q2", "reference": "R2", "response": "T2</think>A2", "reward": 0.5, "accuracy": "wrong"}
{"question": "Q3", "reference": "R3", "response": "<think>T3", "reward": 0}
END
# What a run left that went back to step 2.
echo '{"question": "Q4", "reference": "R4", "response": "abandoned", "reward": 0}' >$stage/transcripts/step-3.jsonl
printf '# %s\n' "$evil" >>$stage/effective.toml
printf '{"step": 1, "loss": 2.5, "m %s": 3}\n{"step":2,"loss":null,"kl":null}\n{"step":3,"loss":-1e-7}\n' "$json" \
  >runs/short/r1-sft/metrics.jsonl
expect 0 "" "$bin/r1-report" runs/short
lacks "<script" "alert(\"1" "<title>Gnuplot" "abandoned"
for name in C1 M1 Q1 "reference R1" T1 A1 "(W1" "#" m; do has "$name $shown"; done
has "<td class=\"number\">71.0</td>" "class=\"no\">not held" "0.8789</span> ± " "title=\"0.009846796022911752\"" \
  "<td class=\"number\">7</td>" "1444 ± <span title=\"30.5\">30.5000</span> (bound)" "<td class=\"number\">600123</td>" "1, 2.5, x" \
  "<div class=\"text\">A2</div>" "thoughts, not closed" "No finite value." \
  "<td>loss</td><td class=\"number\">2.5</td><td class=\"number\">-1e-07</td><td class=\"number\">-1e-07</td><td class=\"number\">2.5</td><td class=\"number\">2</td><td class=\"number\">1</td>"

# One page that needs nothing else: no address but names of XML, no id twice, no reference to nothing.
sed 's/ xmlns\(:xlink\)\?="http:[^"]*"//g' "$page" | grep -nE 'https?:|src=|<link|@import' && fail "the page names others"
ids=$(grep -oE " id=[\"'][^\"']*" "$page" | cut -c 6- | sort)
[ "$(wc -l <<<"$ids")" -gt 100 ] || fail "few ids"
[ -z "$(uniq -d <<<"$ids")" ] || fail "ids twice: $(uniq -d <<<"$ids" | head -n 3)"
missing=$(grep -oE "href=[\"']#[^\"']*|url\(#[^)]*" "$page" | sed 's/.*#//' | sort -u | comm -23 - <(sort -u <<<"$ids"))
[ -z "$missing" ] || fail "references to nothing: $missing"

# What cannot be reported. Nothing is written then.
expect 0 "runs/short/report.html" "$bin/r1-report" runs/short//
expect 0 "other.html" "$bin/r1-report" runs/short --out other.html
expect 64 "gnuplot-nox" env PATH=/nowhere "$bin/r1-report" runs/short --out none.html
expect 64 "is no folder" "$bin/r1-report" nowhere --out none.html
mkdir runs/empty
expect 64 "nothing to report" "$bin/r1-report" runs/empty --out none.html
broken() { # FILE TEXT MESSAGE
  cp "$1" saved && printf '%s\n' "$2" >>"$1"
  expect 64 "$3" "$bin/r1-report" runs/short --out none.html
  cp saved "$1"
}
broken $stage/metrics.jsonl '{"step": 3, "lo' "metrics.jsonl:4: found '{\"step\": 3, \"lo'"
broken $stage/metrics.jsonl '{"loss": 3}' "metrics.jsonl:4: no integer \"step\""
broken $stage/transcripts/step-2.jsonl '{"question": "Q"}' "step-2.jsonl:4: the field 'reference' is missing"
broken $stage/transcripts/step-2.jsonl '[' "step-2.jsonl:4: not JSON"
broken runs/short/claims.json ']' "claims.json:3: not JSON"
broken runs/short/r1-evaluate/evaluation.json '}' "evaluation.json:7: not JSON"
"$bin/report_examples" runs/short/r1-sft/examples.h5 '{"kept": ' || fail "report_examples"
expect 64 "examples.h5, attribute \"card\":1: not JSON" "$bin/r1-report" runs/short --out none.html
[ -e none.html ] || [ -e none.html.part ] && fail "a refused report left a file"
finish
