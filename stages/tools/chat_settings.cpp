#include "stages/tools/chat_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libr1/config/edit_distance.h"
#include "libr1/config/number_text.h"
#include "libr1/core/error.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/tokenizer/chat_template.h"

namespace r1 {
namespace {

template <class T>
void assign_number(const std::string& value, const Field& field, const std::string& said,
                   T* target) {
  const std::string refusal = read_number(value, field.range, target);
  R1_CHECK_INPUT(refusal.empty(), said, ": ", refusal, " (", field.doc, ")");
}

void assign(const std::string& value, const Field& field, const std::string& said) {
  if (auto* const* number = std::get_if<double*>(&field.target))
    assign_number(value, field, said, *number);
  else if (auto* const* integer = std::get_if<int64_t*>(&field.target))
    assign_number(value, field, said, *integer);
  else if (auto* const* natural = std::get_if<uint64_t*>(&field.target))
    assign_number(value, field, said, *natural);
  else
    *std::get<std::string*>(field.target) = value;
}

// A line `template = "..."` of the effective config; empty when there is none.
std::string template_of_stage(const std::string& stage_config) {
  std::istringstream lines(stage_config);
  constexpr std::string_view kKey = "template = ";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kKey)) continue;
    const auto value = nlohmann::json::parse(line.substr(kKey.size()), nullptr, false);
    if (value.is_string()) return value.get<std::string>();
  }
  return {};
}

}  // namespace

void ChatSettings::set(std::string_view name, const std::string& value, const std::string& said) {
  if (name == "template" && value != "chat") PromptTemplate::parse(value);
  const FieldTable table = fields_of(*this);
  const auto field = std::ranges::find(table.fields, name, &Field::name);
  R1_CHECK(field != table.fields.end(), "no setting is called ", name);
  assign(value, *field, said);
}

SamplingSettings ChatSettings::sampling(const Tokenizer& tokenizer) const {
  RolloutConfig config;
  config.temperature = temperature;
  config.top_p = top_p;
  config.max_new_tokens = max_new_tokens;
  return sampling_settings(config, 1, tokenizer);
}

std::string complete_command(const std::string& name, const std::vector<std::string>& names) {
  if (std::ranges::find(names, name) != names.end()) return name;
  std::vector<std::string> longer;
  for (const std::string& each : names)
    if (!name.empty() && each.starts_with(name)) longer.push_back(each);
  if (longer.size() == 1) return longer.front();
  std::string choices;
  for (const std::string& each : longer.empty() ? names : longer)
    choices += concat(choices.empty() ? "" : ", ", "/", each);
  const std::string nearest = longer.empty() ? nearest_name(name, names) : "";
  throw_error(Fault::kInput,
              concat("found the command \"/", name, "\", expected one of ", choices,
                     nearest.empty() ? "" : concat("; did you mean /", nearest, "?")));
}

std::string default_template(const ModelFacts& facts) {
  if (std::string used = template_of_stage(facts.stage_config); !used.empty()) return used;
  const Tokenizer& tokenizer = facts.tokenizer;
  if (ChatTemplate::of(tokenizer)) return "chat";
  if (tokenizer.id_of("<｜User｜>") >= 0 && tokenizer.id_of("<｜Assistant｜>") >= 0)
    return "r1-chat";
  const std::vector<int32_t> words = {tokenizer.id_of("user"), tokenizer.id_of("assistant")};
  if (words.front() >= 0 && tokenizer.encode("user assistant") == words)
    return "user {question} assistant";
  return "r1-zero";
}

}  // namespace r1
