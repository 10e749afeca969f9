#!/usr/bin/env bash
# A node less: the job comes back on two and goes on from its checkpoint. GPUs reach the ranks. The
# preflight finds a slow node and a library that differs. A start that hangs is ended.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config 'min_nodes = 2'
need_reference
mkdir -p "$run" && cp -r "$reference/base" "$run/base"

# With a node that still clears the last job away it would begin on two at once.
all_idle() { [ "$(sinfo -h -N -o %T | grep -cx idle)" -eq 3 ]; }
wait_until 60 "three idle nodes" all_idle
pipeline --only r1-zero >/dev/null
wait_until 60 "steps" has_steps r1-zero 5
scontrol update nodename=node3 state=down reason=test
wait_until 60 "the second life" has_lives r1-zero 2
wait_end r1-zero
scontrol update nodename=node3 state=resume
grep -q 'life 2 on node\[1-2\]: begins' "$run/slurm/r1-zero.history" ||
  fail "not on two nodes: $(cat "$run/slurm/r1-zero.history")"
grep -q '2 on 2 nodes' "$run"/slurm/r1-zero-*.log || fail "no preflight of the two nodes"
[ "$(grep -c '^{"step"' "$run/r1-zero/metrics.jsonl")" -eq \
  "$(grep -c '^{"step"' "$reference/r1-zero/metrics.jsonl")" ] || fail "not every step once"
# The questions and their samples are those of three nodes, whoever draws them.
[ "$(grep -c '"accuracy":' "$reference/r1-zero/metrics.jsonl")" -ge 5 ] || fail "nothing to compare"
diff <(sed -n 's/.*"accuracy":\([^,]*\).*/\1/p' "$reference/r1-zero/metrics.jsonl" | head -n 5) \
  <(sed -n 's/.*"accuracy":\([^,]*\).*/\1/p' "$run/r1-zero/metrics.jsonl" | head -n 5) ||
  fail "other samples before the loss"

# GPUs: what is asked for is seen by every rank, and less than that is a finding.
run=$work/runs/gpus
make_config 'gpus_per_node = 2\ntasks_per_node = 2'
pipeline --only base >/dev/null
wait_end base
expect 0 "ok      GPUs          2 on each node" cat "$run"/slurm/base-*.log
preflight() {
  "$source_dir/slurm/preflight.sh" "$name.toml" base --site "$name.site.toml" --bin "$bin" --run "$run" "$@"
}
expect 0 "6 on 3 nodes" preflight
srun -N3 --ntasks-per-node=1 --gpus-per-node=1 --mpi=pmix "$bin/r1-preflight" --gpus 2 \
  --slow-factor 1000 >log 2>&1
[ $? -eq 70 ] && grep -q 'node2: its ranks see 1 GPUs' log || fail "a missing GPU: $(cat log)"

# A slow node: its rank runs a tenth of the time. The job comes back on others, beside what was
# excluded by hand.
run=$work/runs/slow
make_config
sed -i '0,/^nodes = 3/s//nodes = 2/' "$name.toml"
sed -i 's/slow_factor = .*/slow_factor = 2.5/' "$name.site.toml"
pid_on() {  # NODE: r1-preflight's process there
  local pid
  for pid in $(pgrep -x r1-preflight); do
    [ "$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" |
      sed -n 's/^SLURMD_NODENAME=//p')" = "$1" ] && echo "$pid" && return
  done
  return 1
}
# No process is started in the time that it runs: that would take longer than the time itself.
exec {never}<> <(:)
(
  until pid=$(pid_on node2) || [ -e stop-slowing ]; do sleep 0.01; done
  while [ ! -e stop-slowing ] && kill -STOP "$pid"; do
    read -rt 0.3 -u "$never"
    kill -CONT "$pid"
    read -rt 0.01 -u "$never"
  done 2>/dev/null
) &
pipeline --only base >/dev/null
wait_until 90 "the preflight to exclude node2" in_history base 'without node2; requeued'
touch stop-slowing
wait $!
excluded() { [ "$(show "$(id_of base)" ExcNodeList)" = node2 ]; }
wait_until 20 "node2 to be excluded, which follows the requeue" excluded
log_says base -Eq '^FAILED +arithmetic +node2: ' || fail "slow node: $(log_of base)"
log_says base -q 'sbatch --exclude=.*node2' || fail "no way out: $(log_of base)"
scontrol hold "$(id_of base)"
expect 0 "preflight failed" pipeline --status
scontrol release "$(id_of base)"
wait_end base
in_history base 'life 2 on node\[1,3\]: done' || fail "not without node2: $(cat "$run/slurm/base.history")"

# What is no node's fault is for a person: the job is held, not failed.
run=$work/runs/space
make_config 'free_space_gib = 1000000'
pipeline --only base >/dev/null
wait_until 60 "the job to be held" is_held base
expect 0 "preflight failed" pipeline --status
sed -i 's/^free_space_gib\t.*/free_space_gib\t0/' "$run/slurm/base.job"
scontrol release "$(id_of base)"
wait_end base
make_config

# A library on one node that is not that of the others, though of the same name and version.
sed -i 's/slow_factor = .*/slow_factor = 1000/' "$name.site.toml"
library=$(realpath "$bin/../lib/libr1.so")
cp "$library" other.so && printf 'x' >>other.so
cluster in-node 3 mount --bind "$work/other.so" "$library"
expect 70 "node3: libr1.so is" preflight
expect 70 "sbatch --exclude=node3" preflight
cluster in-node 3 umount "$library"
expect 0 "ok      software" preflight

# A file system without flock is a warning where HDF5 is told not to lock; else every rank says so, and
# none waits for another.
cat >no_flock.c <<'END'
#include <errno.h>
int flock(int file, int how) {
  errno = ENOLCK;
  return file + how > 0 ? -1 : 0;
}
END
gcc -shared -fPIC -o no_flock.so no_flock.c || fail "gcc"
without_flock() {  # HDF5_USE_FILE_LOCKING SECONDS
  srun -N3 --ntasks-per-node=3 --mpi=pmix env HDF5_USE_FILE_LOCKING="$1" \
    LD_PRELOAD="$work/no_flock.so" "$bin/r1-preflight" --slow-factor 1000 --timeout "$2"
}
without_flock FALSE 120 >log 2>&1 && grep -q '^WARNING flock' log || fail "without flock: $(cat log)"
grep -q 'write, read   192 MiB' log || fail "not 64 MiB a node: $(cat log)"
expect 70 "failed: No locks available" without_flock TRUE 20

# A rank that never starts: the others wait for it in MPI_Init, where no deadline of theirs holds.
run=$work/runs/hang
make_config
sed -i 's/start_timeout_s = .*/start_timeout_s = 30/' "$name.site.toml"
cat >>"$name.site.toml" <<END
container = "image"
container_command = ["$work/late"]
END
cat >late <<END
#!/bin/sh
# Its second rank sleeps instead of starting, as often as there are files to say so.
shift
[ "\$SLURM_PROCID" != 1 ] || ! rm $work/hang-\${1##*/} 2>/dev/null || exec sleep 600
exec "\$@"
END
chmod 755 late
touch hang-r1-preflight hang-r1-pretrain
pipeline --only base >/dev/null
wait_end base
[ "$(count 'the ranks did not meet in 30 s; requeued' "$run/slurm/base.history")" -eq 2 ] ||
  fail "a rank that did not start: $(cat "$run/slurm/base.history")"
same_as_reference base
finish
