#include "libr1/stage/metrics.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/stage/tensorboard.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void append(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << bytes;
  file.flush();
  R1_CHECK(file, "cannot write ", path, "; is the disk full?");
}

// The numbers of a line of metrics.jsonl.
std::string event_of(const Json& line, double wall_time) {
  std::vector<std::pair<std::string, double>> scalars;
  for (const auto& [name, value] : line.items()) {
    if (name == "step") continue;
    if (value.is_number()) scalars.emplace_back(name, value.get<double>());
    if (value.is_null()) scalars.emplace_back(name, std::numeric_limits<double>::quiet_NaN());
  }
  return scalars_record(wall_time, line["step"].get<int64_t>(), scalars);
}

}  // namespace

MetricsLog::MetricsLog(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  events_path_ = (std::filesystem::path(path_).parent_path() / "events.out.tfevents.r1").string();
}

void MetricsLog::keep_until(int64_t step) {
  if (path_.empty()) return;
  std::map<int64_t, double> times;
  if (file_exists(events_path_)) times = wall_times(read_file(events_path_));
  std::istringstream lines(file_exists(path_) ? read_file(path_) : "");
  const double now = now_s();
  std::string kept, events = version_record(times.empty() ? now : times.begin()->second);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) continue;
    const auto found = json["step"].get<int64_t>();
    if (found > step) continue;
    kept += line + "\n";
    events += event_of(json, times.contains(found) ? times[found] : now);
  }
  if (file_exists(path_)) write_file(path_, kept);
  if (file_exists(events_path_) || !kept.empty()) write_file(events_path_, events);
}

void MetricsLog::write(int64_t step, const Metrics& metrics) {
  if (path_.empty()) return;
  Json json = {{"step", step}};
  for (const auto& [name, value] : metrics) {
    if (const auto* number = std::get_if<double>(&value))
      json[name] = std::isfinite(*number) ? Json(*number) : Json(nullptr);
    else if (const auto* integer = std::get_if<int64_t>(&value))
      json[name] = *integer;
    else
      json[name] = std::get<std::string>(value);
  }
  append(path_, json.dump() + "\n");
  const double now = now_s();
  append(events_path_,
         (file_exists(events_path_) ? "" : version_record(now)) + event_of(json, now));
}

}  // namespace r1
