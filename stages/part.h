// A stage's work shared by several jobs that do not talk, such as the tasks of a job array: each
// does a part in a folder of its own, RUN/STAGE-2-of-6, and one more job joins the parts:
//   sbatch --array=1-6 ... srun STAGE --config C --run RUN
//       --set STAGE.part=$SLURM_ARRAY_TASK_ID/6
//   sbatch --dependency=afterok:ARRAY ... STAGE --config C --run RUN --set STAGE.join=6
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libr1/config/field.h"
#include "libr1/stage/stage.h"

namespace r1 {

// One of `count` parts, counted from 1.
struct Part {
  int64_t index = 1, count = 1;

  // Whether it has the thing of this place, counted from 0, when parts take turns.
  bool has(size_t place) const { return static_cast<int64_t>(place) % count == index - 1; }
  // Its things of `total` in a row, when each part takes a stretch: [begin, end).
  int64_t begin(int64_t total) const { return total * (index - 1) / count; }
  int64_t end(int64_t total) const { return total * index / count; }
};

// Of at least 1; 0 for what is none.
int64_t whole_number(std::string_view text);

// "2/6"; empty: the whole. Fault::kInput for anything else, and says that `key` has it.
Part parse_part(const std::string& text, const std::string& key);
// What a part's folder is called after the whole's: "-2-of-6".
std::string folder_suffix(const Part& part);
// Fault::kInput when the part in that folder is not finished.
void check_finished_part(const std::string& folder);

struct PartSettings {
  std::string part;
  int64_t join = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("part", part,
            "\"i/n\": the i-th of n parts of the work, from 1, in a folder STAGE-i-of-n; for job "
            "arrays, see [slurm] array");
    v.field("join", join,
            "n: generate nothing, put the n finished parts of this run together; 0: no parts",
            at_least(0));
  }
  void check() const;  // also that not both are set
};

Part part_of(const PartSettings& settings);

// run_stage (libr1/stage/stage.h) for a stage whose settings are PartSettings.
template <class Config>
int run_stage_in_parts(int argc, char** argv, StageInfo info,
                       StageOutcome (*body)(StageContext&, const Config&)) {
  Config config;
  info.folder_suffix = [&]() -> std::string {
    return config.stage.part.empty() ? "" : folder_suffix(part_of(config.stage));
  };
  return run_stage_with(argc, argv, info, fields_of(config),
                        [&](StageContext& context) { return body(context, config); });
}

}  // namespace r1
