#!/usr/bin/env bash
# Packs what tests and measures the CUDA kernels, with the libraries that it needs, so that a machine
# with a GPU and its driver, and nothing else, can run it: bundle.sh BIN OUT
# Left out are glibc (that machine's is to be as new as this one's) and the driver's libcuda.
set -euo pipefail
bin=$1 out=$2
rm -rf "$out"
mkdir -p "$out/bin" "$out/lib"
for program in cuda_kernels_test cuda_model_test cuda_kernel_bench cuda_model_bench; do
  cp "$bin/$program" "$out/bin/"
  strip "$out/bin/$program"
  ldd "$bin/$program" | awk '/=> \// { print $3 }' |
    grep -vE '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*|libcuda)\.so' |
    xargs -r -I{} cp -L {} "$out/lib/"
done
cat >"$out/run.sh" <<'END'
#!/usr/bin/env bash
# All tests of the CUDA kernels and of models on GPU 0, then their speed. Exits with 1 where a test fails or is
# skipped, for want of a GPU or of cuBLASLt.
set -uo pipefail
cd "$(dirname "$0")"
export LD_LIBRARY_PATH="$PWD/lib"
rm -f tests.txt
failed=0
for test in cuda_kernels_test cuda_model_test; do
  bin/$test --gtest_brief=1 "$@" | tee -a tests.txt
  [ "${PIPESTATUS[0]}" -eq 0 ] || failed=1
done
if grep -q SKIPPED tests.txt; then
  echo "run.sh: a skipped test proves nothing; above it says why"
  failed=1
fi
bin/cuda_kernel_bench --benchmark_counters_tabular=true | tee bench.txt
for products in own pinned fastest; do bin/cuda_model_bench --products $products; done | tee -a bench.txt
exit "$failed"
END
chmod +x "$out/run.sh"
tar -C "$(dirname "$out")" -czf "$out.tar.gz" "$(basename "$out")"
size=$(stat -c %s "$out.tar.gz")
echo "$out.tar.gz: $((size / 1024)) KiB; unpack it on a machine with a GPU and run $(basename "$out")/run.sh"
if [ "$size" -gt $((64 * 1024 * 1024)) ]; then
  echo "bundle.sh: that is more than 64 MiB" >&2
  exit 1
fi
