#include "stages/tools/report.h"

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "libr1/core/build.h"
#include "libr1/core/error.h"
#include "stages/tools/report_html.h"
#include "stages/tools/report_lineage.h"
#include "stages/tools/report_stage.h"
#include "stages/tools/report_tables.h"

namespace r1 {
namespace {

std::string utc(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

std::string id_of(size_t stage) { return concat("s", stage); }

std::vector<std::string> stage_row(const StageFacts& stage, size_t i, bool with_times) {
  const auto time = [](double seconds) { return utc(static_cast<std::time_t>(seconds)); };
  std::vector<std::string> row = {
      "<a href=\"#" + id_of(i) + "\">" + escaped(stage.name) + "</a>",
      stage.done ? "done" : "not finished", stage.last_step ? std::to_string(*stage.last_step) : "",
      stage.checkpoint ? escaped(std::filesystem::path(*stage.checkpoint).filename().string()) : "",
      stage.lineage.empty() ? "" : escaped(stage.lineage.back().revision)};
  if (!with_times) return row;
  row.push_back(stage.times.empty() ? "" : time(stage.times.front()));
  row.push_back(stage.times.empty() ? "" : time(stage.times.back()));
  return row;
}

std::string header_html(const std::string& run, const std::vector<StageFacts>& stages) {
  std::string html = "<h1>" + escaped(run) + "</h1>\n<p class=\"quiet\">Written " +
                     utc(std::time(nullptr)) + " by r1-report " + kVersion + ", revision " +
                     escaped(git_revision()) + "</p>\n";
  if (stages.empty()) return html;
  const bool with_times = std::any_of(stages.begin(), stages.end(),
                                      [](const StageFacts& stage) { return !stage.times.empty(); });
  std::vector<std::string> header = {"stage", "state", "last step", "newest checkpoint",
                                     "revision"};
  if (with_times) header.insert(header.end(), {"first metrics", "last metrics"});
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < stages.size(); ++i) rows.push_back(stage_row(stages[i], i, with_times));
  return html + html_table(header, rows);
}

}  // namespace

std::string report_page(const std::string& run) {
  const std::vector<StageFacts> stages = find_stages(run);
  const std::string tables =
      html_section("Claims", claims_html(run)) + html_section("Evaluation", evaluation_html(run));
  const std::string cards = html_section("Data cards", cards_html(run));
  R1_CHECK_INPUT(!stages.empty() || !tables.empty() || !cards.empty(), run,
                 " has nothing to report: no folder of a stage with effective.toml or "
                 "metrics.jsonl, and no claims.json; expected a folder given to --run of a stage");
  std::string body = header_html(run, stages) + tables;
  body += html_section("Lineage", lineage_html(stages));
  for (size_t i = 0; i < stages.size(); ++i)
    body += "<div id=\"" + id_of(i) + "\">\n" +
            html_section(stages[i].name, stage_html(stages[i], id_of(i))) + "</div>\n";
  return html_page("R1 run " + run, body + cards);
}

}  // namespace r1
