// The questions of a collection: of several domains, without those that an evaluation also asks and
// those whose prompt leaves no room for a response.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/data/question_set.h"
#include "stages/collection_settings.h"

namespace r1 {

class CollectionQuestions {
 public:
  struct Domain {
    std::string name;
    QuestionSet set;
    int64_t most;  // examples kept; 0: all
  };
  struct Entry {
    const Question* question;
    size_t domain;
    int64_t row;  // of the domain's set
  };

  // Fault::kInput for sets that cannot be read, and when no question is left.
  CollectionQuestions(const CollectionSettings& settings, const std::string& run_dir,
                      FunctionRef<bool(const Question&)> fits);
  CollectionQuestions(const CollectionQuestions&) = delete;  // entries point into the domains
  CollectionQuestions& operator=(const CollectionQuestions&) = delete;

  const std::vector<Domain>& domains() const { return domains_; }
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  const Entry& operator[](int64_t index) const { return entries_[static_cast<size_t>(index)]; }
  std::vector<const QuestionSet*> sets() const;
  std::string checksum() const;  // of which rows of which sets are asked
  int64_t contaminated() const { return contaminated_; }
  int64_t too_long() const { return too_long_; }

 private:
  std::vector<Domain> domains_;
  std::vector<Entry> entries_;
  int64_t contaminated_ = 0, too_long_ = 0;
};

}  // namespace r1
