// The model that a job starts from and the data that it reads, as far as they are here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libr1/model/config.h"
#include "libr1/tokenizer/tokenizer.h"
#include "stages/tools/plan_workload.h"

namespace r1 {

struct PlanBase {
  ModelConfig config;
  std::optional<Tokenizer> tokenizer;  // none: only the shape is known
  std::string note;                    // where it is from
};

// `path` is a model's file or folder, or {run}/JOB, which is in `made` by then. Fault::kInput when
// it is neither here nor known nor in the workload.
PlanBase read_base(const std::string& path, const std::map<std::string, PlanBase>& made,
                   const PlanWorkload& workload, const std::string& job);

// Of data sets of questions, or of examples, which are here: 0 where none is.
struct DataFacts {
  int64_t rows = 0;
  double prompt_tokens = 0, response_tokens = 0;  // means over some rows; 0: not known
};
// `entries`: files, or name=file. `most`: rows of each that count; 0: all.
DataFacts read_data(const std::vector<std::string>& entries, const std::string& prompt_template,
                    const PlanBase& base, int64_t most);

}  // namespace r1
