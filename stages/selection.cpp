#include "stages/selection.h"

#include <algorithm>
#include <functional>

#include "libr1/core/error.h"
#include "libr1/data/run_path.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/readability.h"

namespace r1 {
namespace {

// Puts the parts of a response into the form that examples have.
std::string in_form(const std::string& form, const JournalEntry& entry, bool thoughts_open) {
  const Response response{entry.response, true, thoughts_open};
  const std::pair<std::string_view, std::string> parts[] = {
      {"{response}", with_opening(response)},
      {"{thoughts}", std::string(trimmed(thoughts_of(response)))},
      {"{answer}", entry.answer}};
  std::string text;
  for (std::string_view rest = form; !rest.empty();) {
    bool found = false;
    for (const auto& [name, value] : parts)
      if (!found && rest.starts_with(name)) {
        text += value;
        rest.remove_prefix(name.size());
        found = true;
      }
    if (found) continue;
    text += rest[0];
    rest.remove_prefix(1);
  }
  return text;
}

}  // namespace

void check_response_form(const std::string& form) {
  constexpr std::string_view kParts[] = {"{response}", "{thoughts}", "{answer}"};
  constexpr const char* kExpected = "; expected {response}, or {thoughts} and {answer}";
  bool any = false;
  for (size_t at = form.find('{'); at != form.npos; at = form.find('{', at + 1)) {
    const std::string_view rest = std::string_view(form).substr(at);
    const bool known =
        std::ranges::any_of(kParts, [&](std::string_view part) { return rest.starts_with(part); });
    const size_t end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 1);
    const bool is_word = end != rest.npos && end > 1 && rest[end] == '}';
    R1_CHECK_INPUT(known || !is_word, "response_form has ", rest.substr(0, end + 1), kExpected);
    any = any || known;
  }
  R1_CHECK_INPUT(any, "response_form \"", form, "\" has no part of a response", kExpected);
}

void CollectionSettings::check() const {
  PromptTemplate::check(prompt_template);
  check_response_form(response_form);
  named_files(questions, "questions", "");
  R1_CHECK_INPUT(per_domain.empty() || per_domain.size() == questions.size(), "per_domain has ",
                 per_domain.size(), " entries, questions has ", questions.size());
}

Selection::Selection(const CollectionSettings& settings, std::vector<int64_t> most_per_domain,
                     bool thoughts_open)
    : settings_(settings),
      thoughts_open_(thoughts_open),
      most_per_domain_(std::move(most_per_domain)),
      kept_of_domain_(most_per_domain_.size()) {}

std::string Selection::refusal(const JournalEntry& entry, const Question& question) const {
  const ReadabilityLimits& limits = settings_.readable;
  const GradedSample& graded = entry.graded;
  if (graded.verdict == Verdict::kUnverifiable) return "unverifiable";
  if (graded.verdict == Verdict::kWrong) return "wrong answer";
  if (graded.truncated) return "cut by the length cap";
  if (limits.require_format && !graded.well_formed) return "not in the format";
  if (!question.language.empty() && graded.words > 0 &&
      static_cast<double>(graded.target_words) <
          limits.min_language_share * static_cast<double>(graded.words))
    return "mixed or wrong language";
  if (measure_readability(entry.response).repetition > limits.max_repetition) return "repetition";
  const Readability readable =
      measure_readability(thoughts_or_all({entry.response, true, thoughts_open_}));
  if (readable.longest_paragraph > limits.max_paragraph_words) return "long paragraph";
  if (limits.refuse_code_blocks && readable.code_block) return "code block";
  return "";
}

std::optional<std::string> Selection::select(const JournalEntry& entry, const Question& question,
                                             size_t domain) {
  ++counts_["sampled"];
  if (entry.graded.question != question_) kept_of_question_ = 0;
  question_ = entry.graded.question;
  std::string why = refusal(entry, question);
  std::string text;
  if (why.empty()) {
    text = in_form(settings_.response_form, entry, thoughts_open_);
    const uint64_t hash = std::hash<std::string>()(question.question + "\n" + text);
    if (!seen_.insert(hash).second) why = "duplicate";
  }
  if (why.empty() && settings_.keep_per_question > 0 &&
      kept_of_question_ >= settings_.keep_per_question)
    why = "over the question's quota";
  if (why.empty() && most_per_domain_[domain] > 0 &&
      kept_of_domain_[domain] >= most_per_domain_[domain])
    why = "over the domain's quota";
  ++counts_[why.empty() ? "kept" : why];
  if (!why.empty()) return std::nullopt;
  ++kept_of_question_;
  ++kept_of_domain_[domain];
  return text;
}

}  // namespace r1
