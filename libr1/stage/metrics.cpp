#include "libr1/stage/metrics.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {

using Json = nlohmann::ordered_json;

void MetricsLog::keep_until(int64_t step) {
  if (path_.empty() || !file_exists(path_)) return;
  std::istringstream lines(read_file(path_));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("step") && json["step"].is_number_integer() &&
        json["step"].get<int64_t>() <= step)
      kept += line + "\n";
  }
  write_file(path_, kept);
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
  std::ofstream file(path_, std::ios::app);
  file << json.dump() + "\n";
  file.flush();
  R1_CHECK(file, "cannot write ", path_, "; is the disk full?");
}

}  // namespace r1
