// One stage's folder of a run, and its part of the report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libr1/train/model_file.h"
#include "stages/tools/report_curves.h"

namespace r1 {

struct StageFacts {
  std::string name, path;
  bool done = false;
  std::vector<Curve> curves;              // of metrics.jsonl
  std::optional<int64_t> last_step;       // in metrics.jsonl
  std::vector<double> times;              // when steps were written, seconds since 1970, ascending
  std::optional<std::string> checkpoint;  // the newest complete one
  std::vector<LineageEntry> lineage;      // of its model; empty without one
};

// The stages of a run in the order of the recipe, others after them by name. A folder is a stage's
// when it has effective.toml or metrics.jsonl.
std::vector<StageFacts> find_stages(const std::string& run);

// Charts with their numbers, config and transcripts. `id` is unique in the page.
std::string stage_html(const StageFacts& stage, const std::string& id);

}  // namespace r1
