#include "stages/evaluate_settings.h"

#include <algorithm>

#include "libr1/config/edit_distance.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

// Names become folders.
std::vector<NamedText> named_entries(const std::vector<std::string>& texts, const char* key,
                                     const char* form) {
  const auto entries = named_texts(texts, key, form);
  for (const NamedText& entry : entries)
    R1_CHECK_INPUT(entry.name.find('/') == entry.name.npos && entry.name[0] != '.', key,
                   ": the name '", entry.name,
                   "' becomes a folder's; it must hold no / and not begin with a dot");
  return entries;
}

// Values for some of `named`.
std::map<std::string, std::string> overrides(const std::vector<std::string>& texts, const char* key,
                                             const char* form,
                                             const std::vector<NamedText>& named) {
  std::vector<std::string> names;
  for (const auto& [name, value] : named) names.push_back(name);
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : named_entries(texts, key, form)) {
    if (std::ranges::find(names, name) == names.end()) {
      std::string known;
      for (const std::string& each : names) known += concat(known.empty() ? "" : ", ", each);
      const std::string nearest = nearest_name(name, names);
      throw_error(Fault::kInput,
                  concat(key, ": '", name, "' is none of ", known,
                         nearest.empty() ? "" : concat("; did you mean '", nearest, "'?")));
    }
    values[name] = value;
  }
  return values;
}

std::map<std::string, int64_t> numbers(const std::vector<std::string>& texts, const char* key,
                                       const char* form, const std::vector<NamedText>& named) {
  std::map<std::string, int64_t> values;
  for (const auto& [name, text] : overrides(texts, key, form, named)) {
    const int64_t number = whole_number(text);
    R1_CHECK_INPUT(number >= 1 && number <= INT32_MAX, key, ": found '", name, "=", text,
                   "', expected a whole number of at least 1");
    values[name] = number;
  }
  return values;
}

}  // namespace

EvaluationEntries entries_of(const EvaluateSettings& settings) {
  EvaluationEntries entries;
  entries.models = named_entries(settings.models, "models", "name=path");
  entries.benchmarks = named_entries(settings.benchmarks, "benchmarks", "name=file.h5");
  R1_CHECK_INPUT(!entries.models.empty(), "models is empty: nothing to evaluate");
  R1_CHECK_INPUT(!entries.benchmarks.empty(), "benchmarks is empty: nothing to ask");
  entries.templates =
      overrides(settings.template_of, "template_of", "model=template", entries.models);
  entries.samples = numbers(settings.samples_of, "samples_of", "benchmark=64", entries.benchmarks);
  entries.max_new_tokens = numbers(settings.max_new_tokens_of, "max_new_tokens_of",
                                   "benchmark=32768", entries.benchmarks);
  return entries;
}

void EvaluateSettings::check() const {
  PartSettings::check();
  PromptTemplate::check(prompt_template);
  for (const auto& [model, text] : entries_of(*this).templates) PromptTemplate::check(text);
}

}  // namespace r1
