#!/usr/bin/env bash
# Fails when a folder includes one of its own level or above, or a header what no header may.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files --cached --others --exclude-standard -- '*.h' '*.cpp' '*.cu' '*.cuh' | xargs awk '
  BEGIN {
    split("core:0 config:1 tokenizer:1 tensor:2 ops:3 parallel:3 storage:3 reward:3 model:4 " \
          "optim:4 data:4 miniature:4 stage:4 sandbox:4 train:5 rollout:5 grpo:6", pairs, " ")
    for (i in pairs) { split(pairs[i], p, ":"); level["libr1/" p[1]] = p[2] }
    level["kernels"] = 1; level["stages"] = 7; level["tests"] = 8
  }
  function folder(path,   parts) {
    split(path, parts, "/")
    return parts[1] == "libr1" ? parts[1] "/" parts[2] : parts[1]
  }
  /^ *#include "/ {
    split($0, quoted, "\"")
    here = folder(FILENAME); there = folder(quoted[2])
    if (here != there && (there in level) && level[there] >= level[here]) {
      print FILENAME ": " here " (level " level[here] ") includes " quoted[2] " (level " level[there] ")"
      bad = 1
    }
  }
  folder(FILENAME) != "tests" && FILENAME ~ /\.h$/ && /^ *#include <(mpi|nccl|hdf5|toml|spdlog|CLI|nlohmann|cuda)/ {
    print FILENAME ": a header includes " $2; bad = 1
  }
  FILENAME ~ /\.h$/ && /^ *#if/ { print FILENAME ": a header has a conditional: " $0; bad = 1 }
  END { exit bad }
'
echo "layers: clean"
