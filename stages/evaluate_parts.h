// The samples of an evaluation that several jobs have shared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/rollout/sample_journal.h"
#include "libr1/storage/dataset.h"
#include "stages/evaluate_plan.h"

namespace r1 {

class EvaluationParts {
 public:
  // The `count` parts beside the stage's folder. `facts` are those of the plan's pairs.
  // Fault::kInput names the part that is not finished, or that has other models, benchmarks or
  // settings.
  EvaluationParts(const EvaluationPlan& plan, const std::vector<std::string>& facts, int64_t count,
                  const std::string& stage_dir);

  // All of a pair, ascending by (question, sample).
  void for_each(size_t pair, FunctionRef<void(const JournalEntry&)> body) const;

 private:
  struct Rows {
    const DatasetReader* reader;
    int64_t first, count, samples;
  };
  std::vector<std::unique_ptr<DatasetReader>> readers_;
  std::vector<Rows> rows_;  // of each pair
};

}  // namespace r1
