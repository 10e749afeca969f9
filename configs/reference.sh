#!/usr/bin/env bash
# Prints the reference page of all stages' configs: configs/reference.sh BIN
set -euo pipefail
bin=$1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cat <<'END'
# Every key of every stage

Written by `make -f Makefile.ci docs` from the stages themselves (`STAGE --document-config`); do not
edit. A key's dots are TOML's: `r1-zero.grpo.group_size` is `group_size` under `[r1-zero.grpo]`, or
`--set r1-zero.grpo.group_size=16`. One file may hold the tables of several stages. "Paper" is what
the paper prints for the key, of DeepSeek-R1 where no other is named; empty where it prints nothing.
END
while read -r stage; do
  printf '\n'
  "$bin/$stage" --document-config
done <"$bin/stages.txt"
