#!/usr/bin/env bash
# Fuzzes for hours: tests/fuzz/run.sh BIN SECONDS [NAME...], one target after the other. Inputs that
# were found worth keeping gather in fuzz-corpus/NAME; one that breaks a target is left in
# fuzz-found/, and belongs into tests/fuzz/corpus/NAME with the repair.
set -uo pipefail
bin=$1 seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
shift 2
[ $# -gt 0 ] || set -- math gguf safetensors tokenizer_json chat_template jsonl hdf5
export TMPDIR=${TMPDIR:-/dev/shm}  # inputs become files there
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
ASAN_OPTIONS+=:suppressions=$here/asan_suppressions.txt
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
failed=0
for name in "$@"; do
  mkdir -p "fuzz-corpus/$name" fuzz-found
  seeds=() longest=65536 options=()
  [ ! -d "$here/corpus/$name" ] || seeds=("$here/corpus/$name")
  case $name in
    # The sanitizer's allocator keeps what FLINT's many sizes leave, some GiB in an hour; the same
    # inputs without it stay in 25 MB.
    math) options+=(-rss_limit_mb=0 -malloc_limit_mb=4096) ;;
    gguf) seeds+=("$here/../unit/storage/fixtures" "$here/../parity/fixtures") ;;
    hdf5)
      seeds+=("$here/../../checkpoints/miniature-student") longest=1048576
      # HDF5 asks for what a damaged file says; it is refused, as it is outside of the sanitizer.
      options+=(-malloc_limit_mb=2000000000)
      ;;
    safetensors | tokenizer_json) seeds+=("$here/../parity/fixtures") ;;
  esac
  "$bin/${name}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len="$longest" \
    "${options[@]}" -artifact_prefix="fuzz-found/$name-" -print_final_stats=1 -verbosity=1 \
    "fuzz-corpus/$name" "${seeds[@]}" >"fuzz-$name.log" 2>&1
  code=$?
  echo "$name: $(sed -n 's/stat::number_of_executed_units: */inputs /p' "fuzz-$name.log")," \
    "code $code"
  [ "$code" -eq 0 ] || failed=1
done
exit $failed
