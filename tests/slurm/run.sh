#!/usr/bin/env bash
# Runs tests of slurm/ one after the other in one folder, and sees that they leave nothing behind:
#   tests/slurm/run.sh BIN SOURCE [NAME...]     without names: all but the long ones
set -uo pipefail
bin=$(cd "$1" && pwd)
source_dir=$(cd "$2" && pwd)
shift 2
[ $# -gt 0 ] || set -- lives submission pipeline stops arrays faults ends nodes
R1_SLURM_WORK=$(mktemp -d)
export R1_SLURM_WORK
chmod 755 "$R1_SLURM_WORK"  # munge wants its socket in reach of all
test=
trap 'rm -rf "$R1_SLURM_WORK"' EXIT
trap 'kill "$test" && wait "$test"; exit 143' TERM INT HUP  # it takes its cluster down first

left_behind() {
  find /tmp /dev/shm -maxdepth 1 -newer "$R1_SLURM_WORK/start" \
    \( -name '*r1-*' -o -name 'ompi.node*' -o -name 'spmix*' -o -name 'slurmd*' -o -name 'vader*.node*' \)
  grep -F "$R1_SLURM_WORK" /proc/mounts
  local file
  for file in /proc/[0-9]*/cmdline; do
    [ "$file" != "/proc/$$/cmdline" ] || continue
    tr '\0' ' ' 2>/dev/null <"$file" | grep -F "$R1_SLURM_WORK/lab"
  done
}

failed=0
touch "$R1_SLURM_WORK/start"
for name in "$@"; do
  begin=$SECONDS
  "$source_dir/tests/slurm/${name}_test.sh" "$bin" "$source_dir" &
  test=$!
  wait "$test"
  code=$?
  case $code in
    0) echo "$name: passed in $((SECONDS - begin)) s" ;;
    77) echo "$name: SKIPPED" ;;
    *)
      echo "$name: FAILED with code $code after $((SECONDS - begin)) s"
      failed=$((failed + 1))
      ;;
  esac
  left=$(left_behind)
  [ -z "$left" ] || { echo "$name left behind: $left" && failed=$((failed + 1)); }
done
[ "$failed" -eq 0 ]
