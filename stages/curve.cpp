#include "stages/curve.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

double number(const Json& json, const std::string& key) {
  return json.contains(key) && json[key].is_number() ? json[key].get<double>() : std::nan("");
}

std::string cell(double value, int decimals) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

// Names of the held-out sets of a line.
std::set<std::string> sets_of(const Json& line) {
  std::set<std::string> names;
  constexpr std::string_view kPrefix = "held_out/";
  for (const auto& [key, value] : line.items())
    if (key.starts_with(kPrefix)) {
      const std::string rest = key.substr(kPrefix.size());
      names.insert(rest.substr(0, rest.find('/')));
    }
  return names;
}

// The lines of the file that are JSON.
template <class Body>
void for_each_line(const std::string& path, Body body) {
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_discarded()) body(line);
  }
}

}  // namespace

void print_curve(const std::string& metrics_path) {
  std::printf("%6s %7s %9s %7s %7s   %-10s %-15s %7s %7s %7s\n", "step", "reward", "accuracy",
              "format", "length", "held out", "pass@1", "cons@k", "pass@k", "length");
  for_each_line(metrics_path, [](const Json& line) {
    bool first = true;
    for (const std::string& name : sets_of(line)) {
      const std::string set = "held_out/" + name + "/";
      std::printf("%6s %7s %9s %7s %7s   %-10s %5s +- %-6s %7s %7s %7s\n",
                  first ? line["step"].dump().c_str() : "",
                  first ? cell(number(line, "reward"), 2).c_str() : "",
                  first ? cell(number(line, "accuracy"), 3).c_str() : "",
                  first ? cell(number(line, "format_rate"), 3).c_str() : "",
                  first ? cell(number(line, "length/mean"), 1).c_str() : "", name.c_str(),
                  cell(number(line, set + "pass@1"), 3).c_str(),
                  cell(number(line, set + "pass@1_stderr"), 3).c_str(),
                  cell(number(line, set + "cons@k"), 3).c_str(),
                  cell(number(line, set + "pass@k"), 3).c_str(),
                  cell(number(line, set + "length"), 1).c_str());
      first = false;
    }
  });
  std::fflush(stdout);
}

void print_reward_quality(const std::string& metrics_path) {
  std::printf("%6s %8s   %-14s %-16s %-16s %12s %-16s\n", "step", "loss", "held out", "accuracy",
              "margin", "calib. error", "Brier score");
  for_each_line(metrics_path, [](const Json& line) {
    bool first = true;
    for (const std::string& name : sets_of(line)) {
      const auto value = [&](const std::string& key, int decimals) {
        return cell(number(line, "held_out/" + name + "/" + key), decimals);
      };
      std::printf("%6s %8s   %-14s %5s +- %-7s %5s +- %-7s %12s %5s +- %-7s\n",
                  first ? line["step"].dump().c_str() : "",
                  first ? cell(number(line, "loss"), 4).c_str() : "", name.c_str(),
                  value("accuracy", 3).c_str(), value("accuracy_stderr", 3).c_str(),
                  value("margin", 2).c_str(), value("margin_stderr", 2).c_str(),
                  value("calibration_error", 3).c_str(), value("brier", 3).c_str(),
                  value("brier_stderr", 3).c_str());
      first = false;
    }
  });
  std::fflush(stdout);
}

}  // namespace r1
