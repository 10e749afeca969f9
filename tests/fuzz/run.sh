#!/usr/bin/env bash
# Fuzzes for hours: tests/fuzz/run.sh BIN SECONDS [NAME...], one target after the other. Inputs that
# were found worth keeping gather in fuzz-corpus/NAME; one that breaks a target is left in
# fuzz-found/, and belongs into tests/fuzz/corpus/NAME with the repair. Inputs that end HDF5's own
# code are counted and kept as well, and the target goes on: there is nothing here to repair.
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

# Whether the report in a file is of a fault whose first frame outside of the C library and the
# sanitizer lies in HDF5.
ended_in_hdf5() {
  local frames
  frames=$(sed -n '/ERROR: AddressSanitizer/,/^$/p' "$1" | grep -E '^ *#[0-9]+ ' |
    grep -vE ' in (mem|str)[a-z]*|/libc\.|sysdeps/')
  [[ ${frames%%$'\n'*} == */libhdf5* ]]
}

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
  end=$((SECONDS + seconds)) inputs=0 in_library=0
  : >"fuzz-$name.log"
  while left=$((end - SECONDS)) && [ "$left" -gt 0 ]; do
    "$bin/${name}_fuzz" -max_total_time="$left" -timeout=20 -rss_limit_mb=4096 \
      -max_len="$longest" "${options[@]}" -artifact_prefix="fuzz-found/$name-" \
      -print_final_stats=1 -verbosity=1 "fuzz-corpus/$name" "${seeds[@]}" >"fuzz-$name.part" 2>&1
    code=$?
    cat "fuzz-$name.part" >>"fuzz-$name.log"
    executed=$(sed -n 's/stat::number_of_executed_units: *//p' "fuzz-$name.part")
    inputs=$((inputs + ${executed:-0}))
    [ "$code" -ne 0 ] && ended_in_hdf5 "fuzz-$name.part" || break
    in_library=$((in_library + 1))
  done
  rm -f "fuzz-$name.part"
  echo "$name: inputs $inputs, code $code, of which HDF5 itself crashed on $in_library"
  [ "$code" -eq 0 ] || [ "$left" -le 0 ] || failed=1
done
exit $failed
