#include "stages/verifiers.h"

#include <algorithm>
#include <set>

#include "libr1/core/error.h"
#include "libr1/core/log.h"

namespace r1 {
namespace {

// The language of a question's programs; the set has checked that the reference can be read.
std::string language_of(const Question& question) {
  std::string fault;
  const auto reference = CodeReference::parse(question.answer, fault);
  R1_CHECK(reference, fault);
  return std::string(enum_names(CodeLanguage{})[static_cast<size_t>(reference->language)].name);
}

}  // namespace

void Verifiers::prepare(std::span<const QuestionSet* const> sets) { prepare_sandbox(sets); }

void Verifiers::prepare_sandbox(std::span<const QuestionSet* const> sets) const {
  const auto& spoken = settings_.sandbox.languages;
  std::set<std::string> needed;
  for (const QuestionSet* set : sets) {
    for (int64_t i = 0; i < set->size(); ++i) {
      if ((*set)[i].verifier != Verifier::kCode) continue;
      const std::string language = language_of((*set)[i]);
      R1_CHECK_INPUT(std::ranges::find(spoken, language) != spoken.end(), set->path(), ", row ", i,
                     " asks for a program in ", language, ", which sandbox.languages has not");
      needed.insert(language);
    }
  }
  if (needed.empty()) return;
  SandboxConfig trial = settings_.sandbox;
  trial.languages.assign(needed.begin(), needed.end());
  Sandbox(trial).probe();
  log_info("answers that are programs are run, ", trial.workers, " at once on a rank");
}

}  // namespace r1
