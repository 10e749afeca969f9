#include "stages/sft.h"

#include <algorithm>

#include "libr1/data/example_set.h"
#include "libr1/data/run_path.h"
#include "libr1/reward/ascii.h"
#include "stages/epochs.h"
#include "stages/lineage.h"

namespace r1 {
namespace {

Document document_of(const Example& example, const PromptTemplate& prompt_template,
                     const Tokenizer& tokenizer) {
  Document document{prompt_template.encode(example.question, tokenizer)};
  document.loss_from = static_cast<int64_t>(document.tokens.size());
  const auto response = tokenizer.encode(continuation_of(example.response, prompt_template));
  document.tokens.insert(document.tokens.end(), response.begin(), response.end());
  if (tokenizer.eos_id() >= 0) document.tokens.push_back(tokenizer.eos_id());
  return document;
}

}  // namespace

std::string continuation_of(const std::string& response, const PromptTemplate& prompt_template) {
  constexpr std::string_view kThink = "<think>";
  if (!prompt_template.opens_thoughts()) return response;
  const size_t begin = std::min(response.find_first_not_of(kWhiteSpace), response.size());
  if (response.compare(begin, kThink.size(), kThink) != 0)
    return response.find("</think>") == response.npos ? "\n</think>\n\n" + response : response;
  const size_t text = response.find_first_not_of(kWhiteSpace, begin + kThink.size());
  return text == std::string::npos ? "" : response.substr(text);
}

void SftSettings::check() const {
  PromptTemplate::check(prompt_template);
  R1_CHECK_INPUT(!examples.empty(), "examples is empty: nothing to learn from");
}

SupervisedTask fine_tuning(StageContext& context, const CommonSettings& common,
                           const SftSettings& settings, const std::vector<std::string>& examples) {
  const std::string base = find_base(settings.base, context);
  SupervisedTask task{.facts = facts_of_base(base, context)};
  task.initialize = [base](Policy& policy) { ModelFile(base).read(policy.master(), policy.tp()); };
  const auto prompt_template =
      PromptTemplate::parse(settings.prompt_template, task.facts.tokenizer);
  int64_t left_out = 0;
  for (const std::string& entry : examples) {
    const ExampleSet set(in_run(entry, context.run_dir()));
    for (const Example& example : set.examples()) {
      Document document = document_of(example, prompt_template, task.facts.tokenizer);
      if (static_cast<int64_t>(document.tokens.size()) <= common.compute.max_positions)
        task.documents.push_back(std::move(document));
      else
        ++left_out;
    }
  }
  R1_CHECK_INPUT(!task.documents.empty(), "all ", left_out,
                 " examples are longer than compute.max_positions ", common.compute.max_positions);
  if (left_out > 0)
    log_warning(left_out, " examples are left out: longer than compute.max_positions ",
                common.compute.max_positions);
  const Epochs all =
      epochs_to_train(static_cast<int64_t>(task.documents.size()), settings.epochs, settings.batch);
  task.batch_documents = all.batch;
  task.steps = all.steps;
  task.checkpoints = settings.checkpoints;
  task.optimizer = over_steps(settings.optimizer, task.steps);
  return task;
}

}  // namespace r1
