#include "stages/evaluate_results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Rating> rating_of(const std::map<int64_t, double>& solved,
                                const std::vector<double>& ratings) {
  if (ratings.empty() || solved.empty()) return std::nullopt;
  std::vector<ProblemResult> problems;
  for (const auto& [question, share] : solved)
    problems.push_back({ratings[static_cast<size_t>(question)], share});
  return estimate_rating(problems);
}

Json result_json(const NamedResult& named) {
  const PairResult& result = named.result;
  Json json = {{"model", named.model}, {"benchmark", named.benchmark}};
  json.update(Json::parse(named.facts));
  json["questions"] = result.figures.questions;
  json["unverifiable"] = result.figures.unverifiable;
  json["unverifiable_reasons"] = result.unverifiable_reasons;
  json["left_out_questions"] = named.left_out_ids;
  const bool any = result.figures.questions > 0;
  for (const auto& [name, value] : named_values(result.figures))
    json[name] = any && std::isfinite(value) ? Json(value) : Json(nullptr);
  if (result.rating) {
    json["rating"] = result.rating->value;
    json["rating_stderr"] = result.rating->standard_error;
    json["rating_clamped"] = result.rating->clamped;
  }
  return json;
}

struct Comparison {
  const NamedResult *a, *b;
  PairedDifference difference;
};

// Of all pairs of models on the same benchmark; of neighbours alone when asked so.
std::vector<Comparison> compare(const std::vector<NamedResult>& results, bool neighbours) {
  std::vector<Comparison> comparisons;
  for (auto b = results.begin(); b != results.end(); ++b)
    for (auto a = b; a != results.begin();) {
      if ((--a)->benchmark != b->benchmark) continue;
      comparisons.push_back({&*a, &*b, paired_difference(a->result.solved, b->result.solved)});
      if (neighbours) break;
    }
  return comparisons;
}

std::vector<std::string> benchmarks_of(const std::vector<NamedResult>& results) {
  std::vector<std::string> names;
  for (const NamedResult& named : results)
    if (std::ranges::find(names, named.benchmark) == names.end()) names.push_back(named.benchmark);
  return names;
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char text[400];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string figures_line(const PairResult& result) {
  const EvaluationResult& f = result.figures;
  std::string line = formatted("%9lld %4lld", static_cast<long long>(f.questions),
                               static_cast<long long>(f.samples));
  if (f.questions == 0) return line + "   no question could be verified";
  line += formatted("   %5.3f +- %5.3f  %6.3f  %6.3f %9.1f %10.3f  %5s", f.pass_at_1,
                    f.pass_at_1_stderr, f.cons_at_k, f.pass_at_k, f.mean_length, f.truncated,
                    std::isnan(f.mixed) ? "-" : formatted("%5.3f", f.mixed).c_str());
  if (result.rating)
    line += formatted("   rating %.0f +- %.0f%s", result.rating->value,
                      result.rating->standard_error, result.rating->clamped ? " (bound)" : "");
  return line;
}

std::string unverifiable_lines(const NamedResult& named) {
  const PairResult& result = named.result;
  if (result.figures.unverifiable == 0) return "";
  std::string text =
      concat(named.model, " on ", named.benchmark, ": ", result.figures.unverifiable,
             " samples could not be verified and do not count; ", result.left_out.size(),
             " questions have no other and are left out (ids in evaluation.json)\n");
  for (const auto& [reason, count] : result.unverifiable_reasons)
    text += concat("  ", count, " x ", reason, "\n");
  return text;
}

}  // namespace

void PairTally::add(const JournalEntry& entry) {
  graded_.push_back(entry.graded);
  if (entry.graded.verdict == Verdict::kUnverifiable) ++unverifiable_reasons_[entry.reason];
}

PairResult PairTally::result(const std::vector<double>& ratings) const {
  PairResult result{summarize(graded_), question_means(graded_)};
  result.rating = rating_of(result.solved, ratings);
  result.unverifiable_reasons = unverifiable_reasons_;
  std::set<int64_t> left_out;
  for (const GradedSample& graded : graded_)
    if (!result.solved.contains(graded.question)) left_out.insert(graded.question);
  result.left_out.assign(left_out.begin(), left_out.end());
  return result;
}

std::string results_json(const std::vector<NamedResult>& results) {
  Json json = {{"results", Json::array()}, {"comparisons", Json::array()}};
  for (const NamedResult& named : results) json["results"].push_back(result_json(named));
  for (const Comparison& c : compare(results, false))
    json["comparisons"].push_back({{"benchmark", c.b->benchmark},
                                   {"model", c.b->model},
                                   {"baseline", c.a->model},
                                   {"questions", c.difference.questions},
                                   {"pass@1_difference", c.difference.mean},
                                   {"pass@1_difference_stderr", c.difference.standard_error}});
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string results_table(const std::vector<NamedResult>& results) {
  size_t model_width = 5, benchmark_width = 9;
  for (const NamedResult& named : results) {
    model_width = std::max(model_width, named.model.size());
    benchmark_width = std::max(benchmark_width, named.benchmark.size());
  }
  std::string text = padded("benchmark", benchmark_width) + "  " + padded("model", model_width) +
                     "  questions    k   pass@1          cons@k  pass@k    length  truncated  "
                     "mixed\n";
  for (const std::string& benchmark : benchmarks_of(results)) {
    std::string title = benchmark;
    for (const NamedResult& named : results) {
      if (named.benchmark != benchmark) continue;
      text += padded(title, benchmark_width) + "  " + padded(named.model, model_width) + "  " +
              figures_line(named.result) + "\n";
      title.clear();
    }
  }
  for (const NamedResult& named : results) text += unverifiable_lines(named);
  auto comparisons = compare(results, true);
  std::erase_if(comparisons, [](const Comparison& c) { return c.difference.questions == 0; });
  if (!comparisons.empty()) text += "\npass@1 on the same questions, difference and its error\n";
  for (const Comparison& c : comparisons)
    text +=
        concat(padded(c.b->benchmark, benchmark_width), "  ", c.b->model, " - ", c.a->model,
               formatted(" = %+.3f +- %.3f", c.difference.mean, c.difference.standard_error), "\n");
  return text;
}

}  // namespace r1
