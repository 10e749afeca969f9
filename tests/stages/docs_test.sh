#!/usr/bin/env bash
# The committed reference page is what the stages print, and no stage is left out.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
configs/reference.sh "$bin" >page || fail "configs/reference.sh: exit code $?"
diff configs/REFERENCE.md page || fail "configs/REFERENCE.md is old: make -f Makefile.ci docs"
for program in "$bin"/r1-*; do
  name=$(basename "$program")
  grep -qx "$name" "$bin/stages.txt" || ! "$program" --document-config >/dev/null 2>&1 ||
    fail "$name is a stage and not in the list: r1_stage in stages/CMakeLists.txt"
done
while read -r stage; do
  expect 0 "## $stage" "$bin/$stage" --document-config
  expect 64 "--config is required" "$bin/$stage"
  # Every key that a config can hold is on the page.
  keys=$("$bin/$stage" --document-config | grep -c '^| `')
  [ "$keys" -gt 10 ] || fail "$stage documents $keys keys"
done <"$bin/stages.txt"
expect 0 "| \`r1-zero.grpo.group_size\` | integer, at least 2 | \`16\` |" "$bin/r1-zero" --document-config
finish
