#include "stages/verifiers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "libr1/core/error.h"
#include "libr1/core/log.h"

namespace r1 {
namespace {

// The first question for that verifier, "FILE, row I"; empty when there is none.
std::string first_for(Verifier verifier, Verifiers::Sets sets) {
  for (const QuestionSet* set : sets)
    for (int64_t i = 0; i < set->size(); ++i)
      if ((*set)[i].verifier == verifier) return concat(set->path(), ", row ", i);
  return "";
}

bool need_judge(const JudgeSettings& settings, Verifiers::Sets sets) {
  const std::string first = first_for(Verifier::kJudge, sets);
  R1_CHECK_INPUT(first.empty() || !settings.model.empty(), first,
                 " is to be judged by a generative model, and judge.model names none");
  return !first.empty();
}

// Of a reference that the set has checked.
CodeReference code_reference(const Question& question) {
  std::string fault;
  auto reference = CodeReference::parse(question.answer, fault);
  R1_CHECK(reference, fault);
  return *std::move(reference);
}

// Limits and options; not what is the machine's own, such as paths and workers.
nlohmann::ordered_json facts_of(const SandboxConfig& sandbox) {
  return {{"cpu_seconds", sandbox.cpu_seconds},
          {"wall_seconds", sandbox.wall_seconds},
          {"memory_mib", sandbox.memory_mib},
          {"output_mib", sandbox.output_mib},
          {"scratch_mib", sandbox.scratch_mib},
          {"threads", sandbox.threads},
          {"open_files", sandbox.open_files},
          {"compile_cpu_seconds", sandbox.compile_cpu_seconds},
          {"compile_memory_mib", sandbox.compile_memory_mib},
          {"compiler_options", sandbox.compiler_options},
          {"protected", sandbox.unprotected.empty()}};
}

// Probes it for the languages that are asked for, if any.
void prepare_sandbox(const SandboxConfig& config, Verifiers::Sets sets) {
  std::set<std::string> needed;
  bool asserts_in_cpp = false;
  for (const QuestionSet* set : sets) {
    for (int64_t i = 0; i < set->size(); ++i) {
      if ((*set)[i].verifier != Verifier::kCode) continue;
      const CodeReference reference = code_reference((*set)[i]);
      const std::string language(enum_name(reference.language));
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

}  // namespace

Verifiers::Verifiers(const VerifierSettings& settings, Sets sets, const CommonSettings& common,
                     StageContext& context)
    : sandbox_(settings.sandbox) {
  prepare_sandbox(settings.sandbox, sets);
  if (need_judge(settings.judge, sets))
    judge_ = std::make_unique<JudgeModel>(settings.judge, common, context);
}

std::string verifier_facts(const VerifierSettings& settings, Verifiers::Sets sets,
                           const std::string& run_dir) {
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();
  if (!first_for(Verifier::kCode, sets).empty()) facts["sandbox"] = facts_of(settings.sandbox);
  if (need_judge(settings.judge, sets))
    facts["judge"] = nlohmann::ordered_json::parse(judge_facts(settings.judge, run_dir));
  return facts.dump();
}

}  // namespace r1
