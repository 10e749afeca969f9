// Data from a model's own answers: several samples a question, of which those that are correct and
// readable are kept (DeepSeek-R1, section 2.3.3, supplement B.3). Rejection sampling is this, and
// the first half of the cold start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libr1/rollout/sample_journal.h"
#include "stages/collection_questions.h"
#include "stages/generator.h"
#include "stages/part.h"
#include "stages/stage_config.h"

namespace r1 {

// Several jobs may share the questions out (stages/part.h), each a stretch of them; the joined
// examples are those of one job.
class Collection {
 public:
  // Collective. Goes on with an unfinished journal; Fault::kInput when it is of other settings.
  Collection(StageContext& context, const CommonSettings& common,
             const CollectionSettings& settings, const PartSettings& shared);

  bool finished() const { return shared_.join > 0 || next_interval() == end_; }
  void step();   // one interval
  void write();  // `<stage folder>/examples.h5` with its card, but for a part; collective

 private:
  int64_t next_interval() const { return begin_ + journals_.front().intervals(); }
  void open_journals();
  std::string facts() const;  // for one rank
  void write_examples(const std::string& path, FunctionRef<void()> goes_on);
  void show_progress() const;

  StageContext& context_;
  const CommonSettings& common_;
  const CollectionSettings& settings_;
  const PartSettings& shared_;
  std::string path_;      // of the model
  std::string checksum_;  // on rank 0
  ModelFacts model_;
  CollectionQuestions questions_;
  std::string name_;                      // of the stage, without its part
  int64_t intervals_;                     // of all questions
  int64_t begin_, end_;                   // those of this job; none when it joins
  std::unique_ptr<Verifiers> verifiers_;  // none when it joins
  std::unique_ptr<Generator> generator_;  // none when it joins
  std::vector<SampleJournal> journals_;   // this job's, or those of all parts
};

// Collects until done or asked to stop. A finished examples.h5 is left as it is.
StageOutcome collect_examples(StageContext& context, const CommonSettings& common,
                              const CollectionSettings& settings, const PartSettings& shared = {});
std::string collected_examples(const StageContext& context);  // the file

}  // namespace r1
