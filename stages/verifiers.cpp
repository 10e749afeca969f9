#include "stages/verifiers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "libr1/core/error.h"
#include "libr1/core/log.h"

namespace r1 {
namespace {

bool ask_for(Verifier verifier, Verifiers::Sets sets) {
  for (const QuestionSet* set : sets)
    for (int64_t i = 0; i < set->size(); ++i)
      if ((*set)[i].verifier == verifier) return true;
  return false;
}

// Of a reference that the set has checked.
CodeReference code_reference(const Question& question) {
  std::string fault;
  auto reference = CodeReference::parse(question.answer, fault);
  R1_CHECK(reference, fault);
  return *std::move(reference);
}

std::string name_of(CodeLanguage language) {
  return std::string(enum_names(language)[static_cast<size_t>(language)].name);
}

// Limits and options; not what is the machine's own, such as paths and workers.
nlohmann::ordered_json facts_of(const SandboxConfig& sandbox) {
  return {{"cpu_seconds", sandbox.cpu_seconds},
          {"memory_mib", sandbox.memory_mib},
          {"output_mib", sandbox.output_mib},
          {"scratch_mib", sandbox.scratch_mib},
          {"threads", sandbox.threads},
          {"open_files", sandbox.open_files},
          {"compiler_options", sandbox.compiler_options},
          {"protected", sandbox.unprotected.empty()}};
}

}  // namespace

Verifiers::Verifiers(const VerifierSettings& settings, Sets sets) : sandbox_(settings.sandbox) {
  prepare_sandbox(settings.sandbox, sets);
}

void Verifiers::prepare_sandbox(const SandboxConfig& config, Sets sets) const {
  std::set<std::string> needed;
  bool asserts_in_cpp = false;
  for (const QuestionSet* set : sets) {
    for (int64_t i = 0; i < set->size(); ++i) {
      if ((*set)[i].verifier != Verifier::kCode) continue;
      const CodeReference reference = code_reference((*set)[i]);
      const std::string language = name_of(reference.language);
      R1_CHECK_INPUT(std::ranges::find(config.languages, language) != config.languages.end(),
                     set->path(), ", row ", i, " asks for a program in ", language,
                     ", which sandbox.languages has not");
      needed.insert(language);
      asserts_in_cpp |=
          reference.language == CodeLanguage::kCpp && reference.kind == CodeTestKind::kAsserts;
    }
  }
  if (needed.empty()) return;
  SandboxConfig trial = config;
  trial.languages.assign(needed.begin(), needed.end());
  Sandbox(trial).probe();
  log_info("answers that are programs are run, ", config.workers, " at once on a rank");
  if (asserts_in_cpp)
    log_warning(
        "a data set has asserts in C++, which run in one program with the answer: one that "
        "is out to deceive could pass them; tests by standard input and output are safe");
}

std::string verifier_facts(const VerifierSettings& settings, Verifiers::Sets sets) {
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();
  if (ask_for(Verifier::kCode, sets)) facts["sandbox"] = facts_of(settings.sandbox);
  return facts.dump();
}

}  // namespace r1
