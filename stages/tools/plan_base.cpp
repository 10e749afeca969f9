#include "stages/tools/plan_base.h"

#include <algorithm>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/dataset.h"
#include "libr1/tokenizer/prompt_template.h"
#include "libr1/train/model_file.h"
#include "stages/tools/plan_models.h"

namespace r1 {
namespace {

constexpr int64_t kRowsRead = 64;  // of a set, for mean lengths

}  // namespace

PlanBase read_base(const std::string& path, const std::map<std::string, PlanBase>& made,
                   const PlanWorkload& workload, const std::string& job) {
  if (path.starts_with(kInRun)) {
    const std::string name =
        path.substr(kInRun.size(), path.find('/', kInRun.size()) - kInRun.size());
    const auto found = made.find(name);
    if (found != made.end()) {
      PlanBase base = found->second;
      base.note = concat("model of ", name);
      return base;
    }
  } else if (file_exists(path)) {
    const ModelFile file(path);
    return {file.facts().config, file.facts().tokenizer, "model read from " + path};
  }
  R1_CHECK_INPUT(!workload.model.empty(), job, ": the model ", path,
                 " is not here; say what it will be: model = \"Qwen2.5-7B\", or the path of a "
                 "config.json, under [plan] or [plan.",
                 job, "]");
  return {model_named(workload.model), std::nullopt, "model given: " + workload.model};
}

DataFacts read_data(const std::vector<std::string>& entries, const std::string& prompt_template,
                    const PlanBase& base, int64_t most) {
  DataFacts facts;
  double prompts = 0, responses = 0, counted = 0;
  for (const std::string& entry : entries) {
    const std::string path(path_of(entry, TextForm::kNamedPath));
    if (path.starts_with(kInRun) || !file_exists(path)) continue;
    const DatasetReader reader(path);
    const int64_t rows = most > 0 ? std::min(most, reader.rows()) : reader.rows();
    facts.rows += rows;
    if (!base.tokenizer) continue;
    const auto form = PromptTemplate::parse(prompt_template, *base.tokenizer);
    const bool examples = reader.has_column("response");
    double prompt = 0, response = 0;
    const int64_t read = std::min(rows, kRowsRead);
    for (int64_t i = 0; i < read; ++i) {
      const int64_t row = i * rows / read;
      prompt +=
          static_cast<double>(form.encode(reader.text("question", row), *base.tokenizer).size());
      if (examples)
        response +=
            1 + static_cast<double>(base.tokenizer->encode(reader.text("response", row)).size());
    }
    const double weight =
        static_cast<double>(rows) / static_cast<double>(std::max<int64_t>(1, read));
    prompts += prompt * weight;
    responses += response * weight;
    counted += static_cast<double>(rows);
  }
  if (counted == 0) return facts;
  facts.prompt_tokens = prompts / counted;
  facts.response_tokens = responses / counted;
  return facts;
}

}  // namespace r1
