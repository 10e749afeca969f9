// Which of a collection's samples become examples, and why the others do not. Language, paragraphs
// and code blocks are looked at in the thoughts (of a response without any, in all of it): an
// answer may be code. Repetition counts everywhere.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "stages/collection.h"

namespace r1 {

// Fault::kInput for a form of responses that holds none of the parts, or another {word}.
void check_response_form(const std::string& form);

// In the order of (question, sample). Counts every refusal under its first reason.
class Selection {
 public:
  // thoughts_open: the prompts ended with <think>; examples have the tag, whatever the template of
  // those who learn from them.
  Selection(const CollectionSettings& settings, std::vector<int64_t> most_per_domain,
            bool thoughts_open);

  // The example's response, or nothing.
  std::optional<std::string> select(const JournalEntry& entry, const Question& question,
                                    size_t domain);
  // "sampled", "wrong answer", "mixed language", ..., "kept"
  const std::map<std::string, int64_t>& counts() const { return counts_; }
  int64_t kept(size_t domain) const { return kept_of_domain_[domain]; }

 private:
  std::string refusal(const JournalEntry& entry, const Question& question) const;  // or empty

  const CollectionSettings& settings_;
  bool thoughts_open_;
  std::vector<int64_t> most_per_domain_, kept_of_domain_;
  std::map<std::string, int64_t> counts_;
  std::set<uint64_t> seen_;
  int64_t question_ = -1, kept_of_question_ = 0;
};

}  // namespace r1
