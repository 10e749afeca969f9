#!/usr/bin/env bash
# Jobs that cannot succeed end, say why, and take those that wait for them along; submitted again,
# the pipeline goes on from there.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
export R1_LAB_SMALL_MIB=160  # the preflight writes 96 MiB
cluster up || exit 1
make_config
need_reference

# Wrong input in the middle: no second life, dependants cancelled, a message that says where to look.
mkdir -p "$run" && cp -r "$reference/base" "$reference/r1-zero" "$run"
mv world/examples-clean.h5 hidden.h5
expect 64 "'r1-rejection-sampling.mix_in' names world/examples-clean.h5: no such file" pipeline
expect 64 "r1-rejection-sampling: nothing was submitted" pipeline
echo none >world/examples-clean.h5  # which only opening it tells
pipeline >/dev/null
wait_end r1-rejection-sampling FAILED
wait_end r1-sft CANCELLED
wait_end student CANCELLED
mv hidden.h5 world/examples-clean.h5
[ "$(lives_of r1-rejection-sampling)" -eq 1 ] || fail "wrong input was requeued"
log_says r1-rejection-sampling -q 'world/examples-clean.h5' || fail "the log names no file"
expect 0 "life 1: config or input is wrong" pipeline --status
expect 0 "r1-zero: done" pipeline
for job in r1-rejection-sampling r1-sft student; do wait_end $job; done
same_as_reference r1-sft student

# Lives without progress are counted.
run=$work/runs/crash
mkdir -p "$run"
make_config
sed -i '/^\[base\]/,/^\[/{s/^checkpoint_every = .*/checkpoint_every = 200/;s/^steps = .*/steps = 200/}' "$name.toml"
pipeline --only base >/dev/null
for life in 1 2 3; do
  wait_until 60 "life $life" has_lives base "$life"
  wait_until 60 "the ranks of life $life" has_ranks base 3
  wait_until 60 "a step of life $life" has_steps base 2
  kill -9 "$(ranks_of base | tail -n 1)"
  rm -f "$run/base/metrics.jsonl"
done
wait_end base FAILED
expect 0 "lives in a row made no checkpoint" cat "$run/slurm/base.history"
[ "$(lives_of base)" -eq 3 ] || fail "$(lives_of base) lives without progress, expected 3"
pipeline --only base >/dev/null
wait_end base
[ -e "$run/base/DONE" ] || fail "submitted again, it did not go on"

# A full disk: earlier checkpoints stay whole, and with room again the same bits come out.
run=$R1_LAB/small/run
mkdir -p "$run" && cp -r "$reference/base" "$run/base"
make_config
pipeline --only r1-zero >/dev/null
wait_until 60 "steps" has_steps r1-zero 4
# Room for logs is left, none for a checkpoint; again when one that was nearly written has made room.
fill() {
  [ "$(df -k --output=avail "$R1_LAB/small" | tail -n 1)" -ge 512 ] || return 0
  dd if=/dev/zero of="$R1_LAB/small/filler" bs=64k oflag=append conv=notrunc status=none 2>/dev/null
  truncate -s -128K "$R1_LAB/small/filler"
}
held_when_full() { fill; is_held r1-zero; }
# The preflight of the next life does not find room either, and asks a person.
wait_until 120 "the job to be held" held_when_full
log_says r1-zero -Eqi 'disk full|No space left' || fail "the full disk is not named"
log_says r1-zero -q '^FAILED  write' || fail "the preflight found room: $(log_of r1-zero)"
[ "$(show "$(id_of r1-zero)" ExcNodeList)" = '(null)' ] || fail "nodes are excluded for a full disk"
rm "$R1_LAB/small/filler"
[ -n "$(fingerprint "$run/r1-zero")" ] || fail "no checkpoint survived the full disk"
scontrol release "$(id_of r1-zero)"
wait_end r1-zero
same_as_reference r1-zero
finish
