#include "stages/tools/report_tables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/dataset.h"
#include "stages/tools/report_html.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

constexpr const char* kNothing = "–";

Json parse(const std::string& text, const std::string& where) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<ptrdiff_t>(std::min(error.byte, text.size()));
    throw_error(Fault::kInput, concat(where, ":", 1 + std::count(text.begin(), end, '\n'),
                                      ": not JSON: ", std::string(error.what()).substr(0, 200)));
  }
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string cell(const Json& object, const char* key) {
  if (!object.contains(key) || object[key].is_null()) return kNothing;
  return escaped(text_of(object[key]));
}

// Four decimals; the number of the file when the pointer rests on it.
std::string rounded(const Json& value) {
  if (!value.is_number_float()) return value.is_null() ? kNothing : escaped(text_of(value));
  char text[40];
  std::snprintf(text, sizeof text, std::abs(value.get<double>()) < 100 ? "%.4f" : "%.1f",
                value.get<double>());
  return "<span title=\"" + value.dump() + "\">" + text + "</span>";
}

std::string rounded(const Json& object, const char* key) {
  return object.contains(key) ? rounded(object[key]) : kNothing;
}

std::string held_html(const Json& claim) {
  if (!claim.contains("held") || !claim["held"].is_boolean()) return kNothing;
  return claim["held"].get<bool>() ? "<span class=\"yes\">held</span>"
                                   : "<span class=\"no\">not held</span>";
}

std::string with_error(const Json& result, const std::string& key) {
  const std::string error = rounded(result, (key + "_stderr").c_str());
  return rounded(result, key.c_str()) + (error == kNothing ? "" : " ± " + error);
}

std::vector<std::string> result_row(const Json& result, bool ratings) {
  std::vector<std::string> row = {cell(result, "model"),           cell(result, "benchmark"),
                                  cell(result, "questions"),       cell(result, "samples"),
                                  rounded(result, "unverifiable"), with_error(result, "pass@1")};
  for (const char* key : {"cons@k", "pass@k", "length", "truncated", "mixed", "reflections"})
    row.push_back(rounded(result, key));
  if (!ratings) return row;
  const bool is_bound = result.contains("rating_clamped") && result["rating_clamped"] == true;
  row.push_back(with_error(result, "rating") + (is_bound ? " (bound)" : ""));
  return row;
}

// Objects as tables within the table.
std::string value_html(const Json& value) {
  if (value.is_object()) {
    Rows rows;
    for (const auto& [name, inner] : value.items())
      rows.push_back({escaped(name), value_html(inner)});
    return html_table({}, rows);
  }
  if (!value.is_array()) return value.is_null() ? kNothing : escaped(text_of(value));
  std::string html;
  for (const Json& inner : value)
    html += (html.empty() || inner.is_object() ? "" : ", ") + value_html(inner);
  return html;
}

// RUN/STAGE/NAME of every stage that has one, by name.
std::vector<std::string> files_of_stages(const std::string& run, const char* name) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(run))
    if (entry.is_directory() && file_exists((entry.path() / name).string()))
      paths.push_back((entry.path() / name).string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string results_html(const std::string& path) {
  const Json file = parse(read_file(path), path);
  R1_CHECK_INPUT(file.is_object() && file.contains("results") && file["results"].is_array(), path,
                 ": expected an object with an array \"results\"");
  const Json& results = file["results"];
  bool ratings = false;
  for (size_t i = 0; i < results.size(); ++i) {
    const Json& result = results[i];
    R1_CHECK_INPUT(result.is_object() && result.contains("model") && result.contains("benchmark"),
                   path, ": result ", i + 1, " is ", result.dump().substr(0, 60),
                   ", expected an object with \"model\" and \"benchmark\"");
    ratings |= result.contains("rating");
  }
  std::vector<std::string> header = {"model",        "benchmark", "questions", "samples",
                                     "unverifiable", "pass@1",    "cons@k",    "pass@k",
                                     "length",       "truncated", "mixed",     "reflections"};
  if (ratings) header.push_back("rating");
  Rows rows;
  for (const Json& result : results) rows.push_back(result_row(result, ratings));
  return html_table(header, rows);
}

}  // namespace

std::string claims_html(const std::string& run) {
  const std::string path = run + "/claims.json";
  if (!file_exists(path)) return "";
  const Json claims = parse(read_file(path), path);
  R1_CHECK_INPUT(claims.is_array(), path, ": found ", claims.type_name(),
                 ", expected an array of claims");
  Rows rows;
  for (const Json& claim : claims) {
    R1_CHECK_INPUT(claim.is_object() && claim.contains("claim"), path, ": claim ", rows.size() + 1,
                   " is ", claim.dump().substr(0, 60),
                   ", expected an object with \"claim\", \"paper\", \"ours\", \"held\", \"note\"");
    rows.push_back({cell(claim, "claim"), cell(claim, "paper"), cell(claim, "ours"),
                    held_html(claim), claim.contains("note") ? cell(claim, "note") : ""});
  }
  return html_table({"claim", "paper", "ours", "", "note"}, rows);
}

std::string evaluation_html(const std::string& run) {
  const auto paths = files_of_stages(run, "evaluation.json");
  std::string html;
  for (const std::string& path : paths)
    html += (paths.size() > 1 ? "<h3>" + escaped(path) + "</h3>\n" : "") + results_html(path);
  return html;
}

std::string cards_html(const std::string& run) {
  std::string html;
  for (const std::string& path : files_of_stages(run, "examples.h5")) {
    const DatasetReader reader(path);
    const std::string card = reader.attribute("card");
    if (card.empty()) continue;
    html += "<h3>" + escaped(path) + "</h3>\n<p class=\"quiet\">" + std::to_string(reader.rows()) +
            " rows</p>\n" + value_html(parse(card, path + ", attribute \"card\""));
  }
  return html;
}

}  // namespace r1
