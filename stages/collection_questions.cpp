#include "stages/collection_questions.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/data/run_path.h"
#include "libr1/reward/ngram_index.h"
#include "libr1/storage/checksum.h"
#include "stages/stage_config.h"

namespace r1 {
namespace {

std::vector<CollectionQuestions::Domain> read_domains(const CollectionSettings& settings,
                                                      const std::string& run_dir) {
  std::vector<CollectionQuestions::Domain> domains;
  for (const auto& [name, path] : named_files(settings.questions, "questions", run_dir))
    domains.push_back({name, QuestionSet(path),
                       settings.per_domain.empty() ? 0 : settings.per_domain[domains.size()]});
  return domains;
}

NgramIndex asked_by_evaluations(const CollectionSettings& settings, const std::string& run_dir) {
  NgramIndex index;
  for (const std::string& path : settings.decontaminate) {
    const QuestionSet set(in_run(path, run_dir));
    for (int64_t i = 0; i < set.size(); ++i) index.add(set[i].question);
  }
  return index;
}

}  // namespace

CollectionQuestions::CollectionQuestions(const CollectionSettings& settings,
                                         const std::string& run_dir,
                                         FunctionRef<bool(const Question&)> fits)
    : domains_(read_domains(settings, run_dir)) {
  const NgramIndex evaluations = asked_by_evaluations(settings, run_dir);
  for (size_t d = 0; d < domains_.size(); ++d) {
    int64_t count = domains_[d].set.size();
    if (settings.max_questions > 0) count = std::min(count, settings.max_questions);
    for (int64_t i = 0; i < count; ++i) {
      const Question& question = domains_[d].set[i];
      if (evaluations.overlaps(question.question))
        ++contaminated_;
      else if (!fits(question))
        ++too_long_;
      else
        entries_.push_back({&question, d, i});
    }
  }
  R1_CHECK_INPUT(!entries_.empty(), "no question is left to sample from: ", contaminated_,
                 " are asked by an evaluation, ", too_long_, " leave no room for a response of ",
                 settings.rollout.max_new_tokens, " tokens");
}

std::vector<const QuestionSet*> CollectionQuestions::sets() const {
  std::vector<const QuestionSet*> sets;
  for (const Domain& domain : domains_) sets.push_back(&domain.set);
  return sets;
}

std::string CollectionQuestions::checksum() const {
  std::string rows;
  for (const Entry& entry : entries_)
    rows += concat(domains_[entry.domain].name, ' ', entry.row, '\n');
  return text_checksum(rows);
}

}  // namespace r1
