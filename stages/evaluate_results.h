// What the samples of an evaluation add up to, as numbers, as JSON and as a table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libr1/rollout/evaluate.h"
#include "libr1/rollout/rating.h"
#include "libr1/rollout/sample_journal.h"
#include "stages/evaluate_plan.h"

namespace r1 {

// One model on one benchmark.
struct PairResult {
  EvaluationResult figures;
  std::map<int64_t, double> solved;                     // question_means()
  std::optional<Rating> rating;                         // where the benchmark has ratings
  std::map<std::string, int64_t> unverifiable_reasons;  // samples
  // Questions of which no sample could be verified: indices, ascending.
  std::vector<int64_t> left_out;
};

// Adds up samples one by one; keeps what is counted of them, not their texts.
class PairTally {
 public:
  void add(const JournalEntry& entry);
  // `ratings` as Benchmark has them.
  PairResult result(const std::vector<double>& ratings) const;

 private:
  std::vector<GradedSample> graded_;
  std::map<std::string, int64_t> unverifiable_reasons_;
};

// One pair in evaluation.json. `facts` says what was drawn and how.
struct NamedResult {
  std::string model, benchmark, facts;  // the facts as a JSON object
  std::vector<int64_t> left_out_ids;
  PairResult result;
};

// The whole evaluation.json: {"results": [...], "comparisons": [...]}. A result has the facts, the
// number of unverifiable samples with their reasons and the ids of the questions left out for them,
// and the figures; null where no question is left. A comparison is of two models on one benchmark:
// the pass@1 of the later one less that of the earlier one, its "baseline". The text is the same
// whenever the samples are.
std::string results_json(const std::vector<NamedResult>& results);

// For people: benchmark by benchmark, the models in their order, then each against the one before.
std::string results_table(const std::vector<NamedResult>& results);

}  // namespace r1
