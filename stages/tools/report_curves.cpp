#include "stages/tools/report_curves.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

// "length" of "held_out/easy/length".
std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
}

// What a chart shows: names that begin with one of `families` (as a whole part), or whose last part
// is one of `parts`. The first subject that fits takes the curve.
struct Subject {
  const char* title;
  std::vector<std::string_view> families, parts;

  bool fits(std::string_view name) const {
    for (const std::string_view family : families)
      if (name == family || (name.starts_with(family) && name[family.size()] == '/')) return true;
    for (const std::string_view part : parts)
      if (last_part(name) == part) return true;
    return false;
  }
};

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> kSubjects = {
      {"Reward", {"reward"}, {}},
      {"Accuracy and format", {}, {"accuracy", "format_rate", "pass@1", "cons@k"}},
      {"Length of responses, tokens", {"length"}, {"length"}},
      {"Entropy", {"entropy"}, {"entropy"}},
      {"KL to the reference", {"kl"}, {"kl"}},
      {"Loss", {"loss"}, {"loss"}},
      {"Clip fraction", {"clip_fraction"}, {"clip_fraction"}},
      {"Log-probabilities, rollout less training", {"logprob_mismatch"}, {}},
      {"Learning rate", {"lr"}, {"lr"}},
      {"Gradient norm", {"grad_norm"}, {"grad_norm"}},
      {"Seconds a step, by phase", {"seconds"}, {}},
      {"Tokens per second",
       {"tokens_per_s"},
       {"tokens_per_s", "rollout_tokens_per_s", "train_tokens_per_s"}},
      {"Memory of a rank, bytes", {"memory_bytes"}, {"memory_bytes"}},
  };
  return kSubjects;
}

Json parse_line(const std::string& text, const std::string& path, int64_t line) {
  const Json json = Json::parse(text, nullptr, false);
  R1_CHECK_INPUT(json.is_object(), path, ":", line, ": found '", text.substr(0, 60),
                 "', expected a JSON object; a killed run may leave a cut line, which the resumed "
                 "run removes");
  R1_CHECK_INPUT(json.contains("step") && json["step"].is_number_integer(), path, ":", line,
                 ": no integer \"step\" in '", text.substr(0, 60), "'");
  return json;
}

}  // namespace

std::vector<Curve> read_curves(const std::string& path) {
  std::ifstream file(path);
  R1_CHECK_INPUT(file, "cannot open ", path);
  std::vector<Curve> curves;
  std::unordered_map<std::string, size_t> index;
  int64_t line = 0;
  for (std::string text; std::getline(file, text);) {
    ++line;
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    const Json json = parse_line(text, path, line);
    const auto step = json["step"].get<int64_t>();
    for (const auto& [name, value] : json.items()) {
      if (name == "step" || !(value.is_number() || value.is_null())) continue;
      const auto [found, is_new] = index.try_emplace(name, curves.size());
      if (is_new) curves.push_back({name, {}});
      const double number = value.is_null() ? std::numeric_limits<double>::quiet_NaN()  // a gap
                                            : value.get<double>();
      curves[found->second].points.push_back({step, number, value.dump()});
    }
  }
  return curves;
}

std::vector<CurveGroup> group_curves(std::vector<Curve> curves) {
  std::vector<CurveGroup> groups;
  for (const Subject& subject : subjects()) groups.push_back({subject.title, {}});
  groups.push_back({"", {}});
  for (Curve& curve : curves) {
    size_t i = 0;
    while (i < subjects().size() && !subjects()[i].fits(curve.name)) ++i;
    groups[i].curves.push_back(std::move(curve));
  }
  std::erase_if(groups, [](const CurveGroup& group) { return group.curves.empty(); });
  return groups;
}

}  // namespace r1
