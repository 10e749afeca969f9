#include "stages/evaluate_facts.h"

#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/storage/checksum.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

template <class E>
std::string enum_name(E value) {
  for (const EnumName<E>& entry : enum_names(value))
    if (entry.value == value) return std::string(entry.name);
  return "";
}

bool asks_for(const QuestionSet& set, Verifier verifier) {
  for (int64_t i = 0; i < set.size(); ++i)
    if (set[i].verifier == verifier) return true;
  return false;
}

// What a verdict on a program can depend on.
Json facts_of(const SandboxConfig& sandbox) {
  return {{"cpu_seconds", sandbox.cpu_seconds},
          {"memory_mib", sandbox.memory_mib},
          {"output_mib", sandbox.output_mib},
          {"scratch_mib", sandbox.scratch_mib},
          {"threads", sandbox.threads},
          {"open_files", sandbox.open_files},
          {"compiler_options", sandbox.compiler_options},
          {"protected", sandbox.unprotected.empty()}};
}

std::string checksum_of_model(const std::string& path) {
  return file_exists(path + "/COMPLETE") ? checkpoint_checksum(path)
                                         : file_checksum(ModelFile(path).path());
}

Json facts_of(const EvaluatedModel& model, const Benchmark& benchmark, const CommonSettings& common,
              const EvaluateSettings& settings) {
  return {{"model_path", model.path},
          {"template", model.template_text},
          {"question_set", benchmark.set.path()},
          {"asked", benchmark.questions},
          {"samples", benchmark.samples},
          {"temperature", settings.rollout.temperature},
          {"top_p", settings.rollout.top_p},
          {"top_k", settings.rollout.top_k},
          {"min_p", settings.rollout.min_p},
          {"stop", settings.rollout.stop},
          {"max_new_tokens", benchmark.max_new_tokens},
          {"extraction", enum_name(settings.reward.extraction)},
          {"seed", common.seed},
          {"dtype", enum_name(common.compute.dtype)},
          {"interval_samples", settings.interval_samples}};
}

}  // namespace

std::vector<std::string> facts_of_pairs(const EvaluationPlan& plan, const CommonSettings& common,
                                        const EvaluateSettings& settings) {
  std::vector<std::string> of_models, of_benchmarks, facts;
  for (const EvaluatedModel& model : plan.models)
    of_models.push_back(checksum_of_model(model.path));
  for (const Benchmark& benchmark : plan.benchmarks)
    of_benchmarks.push_back(file_checksum(benchmark.set.path()));
  for (const EvaluationPair& pair : plan.pairs) {
    Json json =
        facts_of(plan.models[pair.model], plan.benchmarks[pair.benchmark], common, settings);
    json["model_checksum"] = of_models[pair.model];
    json["question_set_checksum"] = of_benchmarks[pair.benchmark];
    if (asks_for(plan.benchmarks[pair.benchmark].set, Verifier::kCode))
      json["sandbox"] = facts_of(settings.verifiers.sandbox);
    facts.push_back(json.dump(1, ' ', false, Json::error_handler_t::replace));
  }
  return facts;
}

void check_same_facts(const std::string& expected, const std::string& found,
                      const std::string& where) {
  const Json other = Json::parse(found, nullptr, false);
  R1_CHECK_INPUT(other.is_object(), where, " is not JSON; remove its folder");
  const Json wanted = Json::parse(expected);
  for (const auto& [name, value] : wanted.items()) {
    const Json drawn = other.contains(name) ? other[name] : Json(nullptr);
    R1_CHECK_INPUT(drawn == value, where, ": these samples were drawn with ", name, " ",
                   drawn.dump(), ", now it is ", value.dump(),
                   "; set it back, choose another --run, or remove the folder");
  }
}

}  // namespace r1
