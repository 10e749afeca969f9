#!/usr/bin/env bash
# A pipeline from submission to the end on three nodes, by bash and by sbatch; what is asked twice
# happens once.
# shellcheck source=tests/slurm/common.sh
. "$(dirname "$0")/common.sh"
cluster up || exit 1
make_config

# The joined evaluation is two jobs, an array and what joins it.
jobs_of_run() { squeue -h -t all -o '%F %k' | grep ' r1 ' | sort -u | wc -l; }

# What sbatch would say of the whole pipeline, and of one job that asks for too much.
expect 0 "to start at" pipeline --dry-run
expect 0 "--dependency=afterok:<base>" pipeline --dry-run
[ -z "$(squeue -h -t all)" ] || fail "--dry-run submitted something"
make_config 'gpus_per_node = 3'
expect 64 "Requested node configuration is not available" pipeline --dry-run
make_config 'partition = "main"'
expect 64 "unknown key 'slurm.partition'" pipeline
make_config

# A wrong config is refused before anything is submitted.
cp "$name.toml" right.toml
sed -i 's/^checkpoint_every = 2/checkpoint_evry = 2/' "$name.toml"
expect 64 "did you mean 'student.checkpoint_every'" pipeline --only student
expect 64 "nothing was submitted" pipeline
[ -z "$(squeue -h -t all)" ] || fail "a wrong config was submitted"
mv right.toml "$name.toml"
expect 64 "no job is called r1-zer" pipeline --from r1-zer
expect 64 "no job is selected: --from r1-sft and --to base have none in common" pipeline \
  --from r1-sft --to base
expect 64 "waits for base, which is neither done nor submitted" pipeline --only r1-zero

# By sbatch, which runs a copy of the script; then by hand, while another holds the lock.
run=$reference

sbatch -o submit.log "$source_dir/slurm/pipeline.sh" "$name.toml" --site "$name.site.toml" \
  --bin "$bin" --run "$run" >/dev/null || fail "sbatch pipeline.sh"
wait_until 30 "the submission" grep -qs '^r1-evaluate: submitted' submit.log
exec {lock}>>"$run/slurm/lock"
flock "$lock"
expect 70 "another pipeline.sh is at work" pipeline
exec {lock}>&-
expect 0 "r1-sft: PENDING as" pipeline
[ "$(jobs_of_run)" -eq 7 ] || fail "not 7 jobs: $(squeue -t all)"
wait_until 60 "steps of r1-zero" has_steps r1-zero 3
expect 0 "running" pipeline --status
grep -Eq '^r1-zero .* running .* [0-9]+/60 ' <(pipeline --status) || fail "--status: $(pipeline --status)"
grep -Eq '^r1-sft .* pending \(Dependency\)' <(pipeline --status) || fail "--status: $(pipeline --status)"
for job in base r1-zero r1-rejection-sampling r1-sft student r1-evaluate; do wait_end "$job"; done
expect 0 "r1-evaluate: done" pipeline
[ "$(jobs_of_run)" -eq 7 ] || fail "a finished pipeline was submitted again"
pipeline --status
[ "$(pipeline --status | grep -c ' done ')" -eq 7 ] || fail "not all are done"

# Ranks really were on three nodes, one preflight served all jobs, and both branches have results.
grep -q '3 on 3 nodes' "$run"/slurm/base-*.log || fail "no preflight on three nodes"
[ "$(cat "$run"/slurm/{base,r1-zero,r1-rej,r1-sft,student}*.log | grep -c '^ok *flock')" -eq 1 ] ||
  fail "not one preflight"
[ "$(cat "$run"/slurm/r1-eval*.log | grep -c '^ok *flock')" -eq 2 ] || fail "not one preflight a task"
[ -n "$(fingerprint "$run/r1-sft")" ] && [ -n "$(fingerprint "$run/student")" ] || fail "no weights"

# --cancel ends what runs; what comes after it knows nothing of it and goes on.
run=$work/runs/$name
pipeline --to r1-zero >/dev/null
[ "$(squeue -h | wc -l)" -eq 2 ] || fail "--to r1-zero: $(squeue)"
wait_until 30 "a step" has_steps base 2
expect 0 "cancelled: " pipeline --cancel
wait_end base CANCELLED
wait_end r1-zero CANCELLED
expect 0 "base: submitted" pipeline --to base
wait_end base
same_as_reference base
finish
