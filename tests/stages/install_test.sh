#!/usr/bin/env bash
# An installed tree works wherever it is moved to, without the build it came from.
# shellcheck source=tests/stages/common.sh
. "$(dirname "$0")/common.sh"
cmake --install "$bin/.." --prefix "$work/made" >log || fail "cmake --install: $(tail -n 3 log)"
echo 'launcher = "mpirun"' >"$work/made/share/r1/slurm/site.toml"
cmake --install "$bin/.." --prefix "$work/made" >log || fail "cmake --install: $(tail -n 3 log)"
grep -q mpirun "$work/made/share/r1/slurm/site.toml" || fail "a site's settings are overwritten"
mkdir "another place"
mv made "another place/r1"
installed="$work/another place/r1"
for file in "$installed"/bin/r1-* "$installed"/lib/libr1.so; do
  path=$(readelf -d "$file" | sed -n 's/.*R.*PATH.*\[\(.*\)\]/\1/p')
  [ "$path" = "\$ORIGIN/../lib" ] || fail "$file looks for libraries in '$path'"
done
expect 0 "r1-zero 0." env -i PATH="$PATH" "$installed/bin/r1-zero" --version
for stage in $(cat "$bin/stages.txt") r1-plan r1-inspect r1-chat r1-preflight; do
  [ -x "$installed/bin/$stage" ] || fail "$stage is not installed"
done

# The scripts find the executables from where they are.
echo '[r1-zero]' >no-pipeline.toml
expect 64 "no-pipeline.toml has no [pipeline] with jobs" \
  "$installed/share/r1/slurm/pipeline.sh" no-pipeline.toml
[ -e "$installed/share/r1/configs/miniature.toml" ] || fail "no configs"
cp "$source_dir/slurm/site.toml" "$installed/share/r1/slurm"
mkdir own
cp -r "$installed"/share/r1/{configs,checkpoints} own
expect 0 "" env -C own "$installed/bin/r1-miniature" --out runs/miniature-world
expect 0 $'job\tr1-zero' env -C own "$installed/bin/r1-plan" configs/miniature.toml --jobs \
  --site "$installed/share/r1/slurm/site.toml"
expect 0 "" env -C own mpirun -n 2 "$installed/bin/r1-zero" --config configs/miniature.toml --run runs/short \
  --set r1-zero.steps=1 --set 'r1-zero.evaluation.sets=[]' --set r1-zero.grpo.questions_per_rollout=16 \
  --set r1-zero.grpo.group_size=4
ls "$installed"/share/r1/modulefiles/r1/*.lua >/dev/null || fail "no module"
finish
