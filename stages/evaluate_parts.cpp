#include "stages/evaluate_parts.h"

#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "stages/evaluate_transcripts.h"
#include "stages/part.h"
#include "stages/sample_facts.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

// "results" of a part's evaluation.json.
Json results_of(const std::string& folder) {
  check_finished_part(folder);
  const Json json = Json::parse(read_file(folder + "/evaluation.json"), nullptr, false);
  R1_CHECK_INPUT(json.is_object() && json.contains("results") && json["results"].is_array(), folder,
                 "/evaluation.json has no results");
  return json["results"];
}

}  // namespace

EvaluationParts::EvaluationParts(const EvaluationPlan& plan, const std::vector<std::string>& facts,
                                 int64_t count, const std::string& stage_dir) {
  std::vector<Json> results;
  std::vector<std::string> folders;
  for (int64_t index = 1; index <= count; ++index) {
    folders.push_back(stage_dir + folder_suffix({index, count}));
    results.push_back(results_of(folders.back()));
    readers_.push_back(std::make_unique<DatasetReader>(folders.back() + "/evaluation.h5"));
  }
  std::vector<int64_t> taken(results.size(), 0), next_row(results.size(), 0);
  for (size_t place = 0; place < plan.pairs.size(); ++place) {
    const size_t part = place % results.size();
    const auto nth = static_cast<size_t>(taken[part]++);
    const std::string& model = plan.models[plan.pairs[place].model].name;
    const Benchmark& benchmark = plan.benchmarks[plan.pairs[place].benchmark];
    const std::string where = folders[part] + "/evaluation.json";
    R1_CHECK_INPUT(nth < results[part].size() && results[part][nth].value("model", "") == model &&
                       results[part][nth].value("benchmark", "") == benchmark.name,
                   where, ": result ", nth + 1, " is not that of ", model, " on ", benchmark.name,
                   "; parts are joined with the models and benchmarks that they were run with");
    check_same_facts(facts[place], results[part][nth].dump(), where);
    rows_.push_back({readers_[part].get(), next_row[part], benchmark.questions * benchmark.samples,
                     benchmark.samples});
    next_row[part] += rows_.back().count;
  }
  for (size_t part = 0; part < results.size(); ++part)
    R1_CHECK_INPUT(readers_[part]->rows() == next_row[part], readers_[part]->path(), " has ",
                   readers_[part]->rows(), " samples, expected ", next_row[part]);
}

void EvaluationParts::for_each(size_t pair, FunctionRef<void(const JournalEntry&)> body) const {
  const Rows& rows = rows_[pair];
  for (int64_t row = 0; row < rows.count; ++row)
    body(entry_in(*rows.reader, rows.first + row, row / rows.samples));
}

}  // namespace r1
