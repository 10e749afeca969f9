#include "stages/evaluate_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/data/run_path.h"
#include "libr1/storage/checksum.h"
#include "libr1/train/model_file.h"
#include "stages/lineage.h"
#include "stages/sample_facts.h"

namespace r1 {
namespace {

template <class T, class Default>
T value_or(const std::map<std::string, T>& values, const std::string& name,
           const Default& otherwise) {
  const auto found = values.find(name);
  return found == values.end() ? T(otherwise) : found->second;
}

std::vector<double> ratings_of(const QuestionSet& set) {
  const DatasetReader reader(set.path());
  std::vector<double> ratings;
  if (!reader.has_column("rating")) return ratings;
  for (int64_t row = 0; row < reader.rows(); ++row) ratings.push_back(reader.number("rating", row));
  return ratings;
}

std::vector<Benchmark> read_benchmarks(const EvaluateSettings& settings,
                                       const EvaluationEntries& entries,
                                       const std::string& run_dir) {
  std::vector<Benchmark> benchmarks;
  for (const auto& [name, file] : entries.benchmarks) {
    QuestionSet set(in_run(file, run_dir));
    for (int64_t i = 0; i < set.size(); ++i)
      R1_CHECK_INPUT(
          !is_judged_by_reward_model(set[i].verifier), set.path(), ", row ", i,
          ": a reward model would have to judge the replies, and an evaluation judges by "
          "rules; give a set whose verifier is another, such as \"pattern\"");
    // Greedy responses of one question are all alike.
    const int64_t k =
        settings.rollout.temperature == 0 ? 1 : value_or(entries.samples, name, settings.samples);
    const int64_t cap = value_or(entries.max_new_tokens, name, settings.rollout.max_new_tokens);
    const int64_t questions =
        settings.max_questions > 0 ? std::min(settings.max_questions, set.size()) : set.size();
    auto ratings = ratings_of(set);
    benchmarks.push_back(
        {name, std::move(set), questions, static_cast<int>(k), cap, std::move(ratings)});
  }
  return benchmarks;
}

// A response that has less room than the others would be wrong for no fault of the model.
void check_room(const EvaluatedModel& model, const Tokenizer& tokenizer, const Benchmark& benchmark,
                int64_t max_positions) {
  for (int64_t i = 0; i < benchmark.questions; ++i) {
    const auto prompt = model.prompt_template.encode(benchmark.set[i].question, tokenizer);
    const int64_t needed = static_cast<int64_t>(prompt.size()) + benchmark.max_new_tokens;
    R1_CHECK_INPUT(needed <= max_positions, benchmark.set.path(), ", row ", i, ": a prompt of ",
                   prompt.size(), " tokens (", model.name, ") and a response of up to ",
                   benchmark.max_new_tokens, " need ", needed,
                   " positions, compute.max_positions is ", max_positions,
                   "; raise it or lower the longest response");
  }
}

EvaluatedModel read_model(const std::string& name, const std::string& path,
                          const std::string& template_text,
                          const std::vector<Benchmark>& benchmarks, int64_t max_positions) {
  const ModelFacts facts = ModelFile(path).facts();
  EvaluatedModel model{name, path, template_text,
                       PromptTemplate::parse(template_text, facts.tokenizer)};
  R1_CHECK_INPUT(!facts.config.scalar_head, "r1-evaluate.models: ", name, ": ", model.path,
                 " is a reward model; it cannot generate");
  for (const Benchmark& benchmark : benchmarks)
    check_room(model, facts.tokenizer, benchmark, max_positions);
  return model;
}

using Json = nlohmann::ordered_json;

Json facts_of(const EvaluatedModel& model, const Benchmark& benchmark, const CommonSettings& common,
              const EvaluateSettings& settings) {
  Json facts = Json::parse(sampling_facts(settings.rollout, settings.reward, common));
  facts.update({{"model_path", model.path},
                {"template", model.template_text},
                {"question_set", benchmark.set.path()},
                {"asked", benchmark.questions},
                {"samples", benchmark.samples},
                {"max_new_tokens", benchmark.max_new_tokens},
                {"interval_samples", settings.interval_samples}});
  return facts;
}

}  // namespace

EvaluationPlan plan_evaluation(const EvaluateSettings& settings, const ComputeSettings& compute,
                               StageContext& context) {
  const Part part = part_of(settings);
  const EvaluationEntries entries = entries_of(settings);
  EvaluationPlan plan;
  plan.benchmarks = read_benchmarks(settings, entries, context.run_dir());
  for (const auto& [name, path] : entries.models)
    plan.models.push_back(read_model(name, find_base(path, context),
                                     value_or(entries.templates, name, settings.prompt_template),
                                     plan.benchmarks, compute.max_positions));
  for (size_t place = 0; place < plan.models.size() * plan.benchmarks.size(); ++place)
    if (part.has(place))
      plan.pairs.push_back({place / plan.benchmarks.size(), place % plan.benchmarks.size()});
  return plan;
}

std::vector<std::string> facts_of_pairs(const EvaluationPlan& plan, const CommonSettings& common,
                                        const EvaluateSettings& settings,
                                        const std::string& run_dir, FunctionRef<void()> goes_on) {
  std::vector<std::string> of_models, of_benchmarks, facts;
  for (const EvaluatedModel& model : plan.models)
    of_models.push_back(checksum_of_model(model.path, goes_on));
  for (const Benchmark& benchmark : plan.benchmarks)
    of_benchmarks.push_back(file_checksum(benchmark.set.path()));
  for (const EvaluationPair& pair : plan.pairs) {
    Json json =
        facts_of(plan.models[pair.model], plan.benchmarks[pair.benchmark], common, settings);
    json["model_checksum"] = of_models[pair.model];
    json["question_set_checksum"] = of_benchmarks[pair.benchmark];
    const QuestionSet* set = &plan.benchmarks[pair.benchmark].set;
    json.update(Json::parse(verifier_facts(settings.verifiers, std::span(&set, 1), run_dir)));
    facts.push_back(json.dump(1, ' ', false, Json::error_handler_t::replace));
  }
  return facts;
}

}  // namespace r1
