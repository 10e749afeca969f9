#!/usr/bin/env bash
# The size budget: headers of at most 150 lines, sources of at most 400, a stage's main of at most
# 40. Prints lines per folder; fails when a file is over.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files --cached --others --exclude-standard -- '*.h' '*.cpp' '*.cu' '*.cuh' | xargs wc -l | awk '
  $2 == "total" { next }
  {
    split($2, parts, "/")
    name = parts[1] == "libr1" || parts[1] == "tests" ? parts[1] "/" parts[2] : parts[1]
    lines[name] += $1; files[name]++; total += $1; count++
    limit = $2 ~ /\.h$/ ? 150 : $2 ~ /^stages\/[a-z_]*_main\.cpp$/ ? 40 : 400
    if ($1 > limit) { over[$2] = $1 " lines, at most " limit; bad = 1 }
  }
  END {
    for (name in lines) printf "%-20s %4d files %6d lines\n", name, files[name], lines[name] | "sort"
    close("sort")
    printf "%-20s %4d files %6d lines\n", "total", count, total
    for (path in over) print "over budget: " path ": " over[path]
    exit bad
  }
'
