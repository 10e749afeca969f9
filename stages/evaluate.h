// Evaluation of checkpoints on question sets (DeepSeek-R1, section 3 and supplement D.1): k samples
// a question; pass@1, cons@k and pass@k. RUN/r1-evaluate/ gets
//   evaluation.json  figures of each model on each benchmark, and comparisons of the models
//   evaluation.h5    every prompt and response with its verdict (evaluate_transcripts.h)
//   metrics.jsonl    a line for each pair; its step is the model's place in the list
// Stopped or killed at any moment, the same command goes on; the result is the same bytes, on any
// number of ranks.
//
// Several jobs may share the pairs out (stages/part.h); the joined files are those of one job.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libr1/rollout/sample_journal.h"
#include "stages/evaluate_parts.h"
#include "stages/evaluate_plan.h"
#include "stages/evaluate_results.h"
#include "stages/generator.h"

namespace r1 {

class Evaluation {
 public:
  // Collective. Fault::kInput for everything that is wrong with the input; nothing is generated.
  Evaluation(StageContext& context, const CommonSettings& common, const EvaluateSettings& settings);

  bool finished() const { return results_.size() == plan_.pairs.size(); }
  void step();   // one interval of samples
  void write();  // the files and the table; collective

 private:
  const EvaluatedModel& model_of(size_t pair) const {
    return plan_.models[plan_.pairs[pair].model];
  }
  const Benchmark& benchmark_of(size_t pair) const {
    return plan_.benchmarks[plan_.pairs[pair].benchmark];
  }
  int64_t interval_questions(const Benchmark& benchmark) const;
  int64_t intervals(const Benchmark& benchmark) const;

  void open_journals();
  void prepare_verifiers();
  Generator& generator_of(size_t pair);
  void count_complete_pairs();
  NamedResult count_pair(size_t pair, FunctionRef<void()> goes_on) const;
  void for_each_sample(size_t pair, FunctionRef<void(const JournalEntry&)> body) const;
  void write_transcripts(FunctionRef<void()> goes_on) const;
  void show_progress(size_t pair) const;

  StageContext& context_;
  const CommonSettings& common_;
  const EvaluateSettings& settings_;
  EvaluationPlan plan_;
  std::vector<std::string> facts_;  // of each pair; on rank 0
  std::string samples_folder_;
  std::vector<SampleJournal> journals_;     // of each pair; none when parts are joined
  std::unique_ptr<EvaluationParts> parts_;  // on rank 0, when parts are joined
  std::vector<NamedResult> results_;      // of complete pairs, in order; empty ones on other ranks
  std::unique_ptr<Verifiers> verifiers_;  // none when parts are joined
  std::unique_ptr<Generator> generator_;
  size_t generator_model_ = 0;
};

// Evaluates until done or asked to stop.
StageOutcome evaluate(StageContext& context, const CommonSettings& common,
                      const EvaluateSettings& settings);

}  // namespace r1
