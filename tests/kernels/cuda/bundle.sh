#!/usr/bin/env bash
# Packs what tests and measures this project on a GPU, with the libraries that it needs, so that a machine
# with a GPU and its driver, and nothing else, can run it: bundle.sh BIN OUT
# Left out are glibc (that machine's is to be as new as this one's), the driver's libcuda and cuBLASLt (500 MB),
# which run.sh looks for there.
set -euo pipefail
bin=$1 out=$2
source=$(cd "$(dirname "$0")/../../.." && pwd)
programs=(cuda_kernels_test cuda_model_test cuda_kernel_bench cuda_model_bench r1-miniature r1-zero r1-inspect)
# Of Open MPI, what one rank without mpirun needs.
modules=$(ompi_info --path pkglibdir --parsable | cut -d: -f3)
needed=(allocator_basic allocator_bucket bml_r2 btl_self btl_vader coll_basic coll_inter coll_libnbc coll_self
  coll_tuned errmgr_default_app ess_singleton fbtl_posix fcoll_individual fcoll_vulcan fs_ufs io_ompio
  mpool_hugepage op_avx osc_pt2pt osc_rdma osc_sm pmix_isolated pml_ob1 pstat_linux rcache_grdma
  reachable_weighted schizo_ompi schizo_orte sharedfp_individual sharedfp_lockedfile shmem_mmap shmem_posix
  state_app topo_basic)
rm -rf "$out" "$out.tar.gz"
mkdir -p "$out/bin" "$out/lib/openmpi" "$out/tests/stages"
for module in "${needed[@]}"; do cp "$modules/mca_$module.so" "$out/lib/openmpi/"; done
for program in "${programs[@]}"; do
  cp "$bin/$program" "$out/bin/"
  strip "$out/bin/$program"
done
ldd "${programs[@]/#/$bin/}" "$out"/lib/openmpi/*.so | awk '/=> \// { print $3 }' | sort -u |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl|libnss_[a-z]*|ld-linux[^/]*|libcuda)\.so' |
  xargs -r -I{} cp -L {} "$out/lib/"
strip "$out/lib/libr1.so"
cp "$source/tests/kernels/cuda/bundle_run.sh" "$out/run.sh"
cp -r "$source/configs" "$source/checkpoints" "$out/"
cp "$source/tests/expect.sh" "$out/tests/"
cp "$source"/tests/stages/{common,gpu_test}.sh "$out/tests/stages/"
tar -C "$(dirname "$out")" -czf "$out.tar.gz" "$(basename "$out")"
size=$(stat -c %s "$out.tar.gz")
echo "$out.tar.gz: $((size / 1024)) KiB; unpack it on a machine with a GPU and run $(basename "$out")/run.sh"
if [ "$size" -gt $((50 * 1024 * 1024)) ]; then  # it travels beside a checkout
  echo "bundle.sh: that is more than 50 MiB" >&2
  exit 1
fi
