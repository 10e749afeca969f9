#!/usr/bin/env bash
# run.sh [test] [bench]: a bundle's tests (the default) and measurements, on GPU 0.
# Every step has a limit in seconds, all of them together $LIMIT (540), the most telling steps come first; what
# fails or hangs is named and the rest goes on. Writes to $OUT (results/): log.txt as it goes, summary.txt,
# gpu.csv (clock, power, memory by second). Exits with 1 where a step failed, skipped or was left out.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here" || exit 1
out=${OUT:-$here/results} limit=${LIMIT:-540} failed=0
mkdir -p "$out"
rm -f "$out"/{log,summary}.txt

# cuBLASLt and the driver lie where that machine has them.
cublas=
for file in /usr/local/cuda*/lib64/libcublasLt.so.13 /usr/local/cuda*/targets/*/lib/libcublasLt.so.13 \
  /opt/*/.venv/lib/python3*/site-packages/nvidia/*/lib/libcublasLt.so.13 \
  /usr/local/lib/python3*/*-packages/nvidia/*/lib/libcublasLt.so.13 \
  /usr/lib/x86_64-linux-gnu/libcublasLt.so.13; do
  [ ! -e "$file" ] || cublas=${cublas:-$(dirname "$file")}
done
# For the bundle's programs alone: those of the machine have libraries of their own.
libraries=$here/lib:${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64${cublas:+:$cublas}
sanitizer=$(command -v compute-sanitizer) || for file in /usr/local/cuda*/bin/compute-sanitizer; do
  [ ! -x "$file" ] || sanitizer=$file
done

# step NAME SECONDS COMMAND...
step() {
  local name=$1 most=$2 begin=$SECONDS code result
  shift 2
  [ "$most" -le $((limit - SECONDS)) ] || most=$((limit - SECONDS))
  if [ "$most" -lt 5 ]; then
    result="left out: no time"
  else
    echo "=== $name" | tee -a "$out/log.txt"
    timeout -k 5 "$most" env LD_LIBRARY_PATH="$libraries" "$@" </dev/null 2>&1 |
      tee -a "$out/log.txt" | cut -c1-240
    code=${PIPESTATUS[0]}
    case $code in
      0) result=ok ;;
      77) result="skipped: something is not there" ;;
      124 | 137) result="stopped after $most s" ;;
      *) result="failed with $code" ;;
    esac
  fi
  [ "$result" = ok ] || failed=1
  printf '%-24s %4d s  %s\n' "$name" $((SECONDS - begin)) "$result" >>"$out/summary.txt"
  [ "$result" = ok ]
}

# suites PROGRAM: one process each, for after an illegal access a process computes no more.
suites() {
  local suite found=
  while read -r suite; do
    found=yes
    step "${suite%.}" 60 "bin/$1" --gtest_brief=1 --gtest_filter="$suite*"
  done < <(LD_LIBRARY_PATH=$libraries "bin/$1" --gtest_list_tests | sed -n 's/^\([^ #]*\).*/\1/p' | grep .)
  [ -n "$found" ] || { echo "$1 lists no tests" >>"$out/summary.txt" && failed=1; }
}

run_tests() {
  rm -rf runs
  suites cuda_kernels_test
  suites cuda_model_test
  step stages 120 tests/stages/gpu_test.sh bin .
  step world 20 bin/r1-miniature --out runs/miniature-world
  # The curve of the demo, which a CPU's is to be held against.
  step curve 150 bin/r1-zero --config configs/miniature.toml --set compute.device=cuda --run runs/curve
  cp runs/curve/r1-zero/metrics.jsonl "$out/curve.jsonl" || failed=1
  [ -n "$sanitizer" ] || return
  step memcheck 90 "$sanitizer" --error-exitcode 9 bin/cuda_kernels_test --gtest_brief=1 \
    --gtest_filter='-LargeCuda*'
  step racecheck 90 "$sanitizer" --tool racecheck --error-exitcode 9 bin/cuda_kernels_test \
    --gtest_brief=1 --gtest_filter='*RowsDoNotDependOnEachOther*:AttentionCuda*:SamplingCuda*'
}

run_bench() {
  local products shape
  step kernels 60 bin/cuda_kernel_bench --benchmark_counters_tabular=true --benchmark_min_time=0.2
  for products in own fastest; do
    for part in step train decode; do
      step "1.5B $part $products" 75 bin/cuda_model_bench 1.5B --part "$part" --products "$products"
    done
  done
  step "0.5B own" 90 bin/cuda_model_bench 0.5B
  for products in own fastest; do
    step "7B train 4k $products" 60 bin/cuda_model_bench 7B --part train --context 4096 --products "$products"
  done
  step "7B decode 1k own" 90 bin/cuda_model_bench 7B --part decode --context 1024
  step "1.5B step pinned" 40 bin/cuda_model_bench 1.5B --part step --products pinned
  for shape in 0.5B 7B; do
    step "$shape fastest" 90 bin/cuda_model_bench "$shape" --products fastest
  done
}

# One rank, without mpirun and its files.
export OMPI_MCA_ess_singleton_isolated=1 OMPI_MCA_mca_base_component_path=$here/lib/openmpi
{
  nvidia-smi
  uname -r
  ldd --version | head -n 1
  echo "cuBLASLt: ${cublas:-none found}; compute-sanitizer: ${sanitizer:-none}"
} 2>&1 | tee -a "$out/log.txt"
nvidia-smi --query-gpu=timestamp,clocks.sm,power.draw,memory.used --format=csv -l 1 >"$out/gpu.csv" 2>/dev/null &
watch=$!
# Without a GPU nothing below says anything.
if step limits 60 bin/cuda_model_bench --part limits; then
  for part in "${@:-test}"; do
    case $part in
      test) run_tests ;;
      bench) run_bench ;;
      *) echo "run.sh: there is no part $part: test, bench" && failed=1 ;;
    esac
  done
else
  LD_LIBRARY_PATH=$libraries ldd bin/cuda_model_bench
  ls -l /usr/local/nvidia/lib64
fi
kill "$watch" 2>/dev/null
echo "=== summary"
cat "$out/summary.txt"
exit "$failed"
