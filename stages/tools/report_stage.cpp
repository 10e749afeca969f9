#include "stages/tools/report_stage.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/stage/tensorboard.h"
#include "libr1/storage/checkpoint.h"
#include "stages/tools/report_html.h"
#include "stages/tools/report_plot.h"
#include "stages/tools/report_transcripts.h"

namespace r1 {
namespace {

// Place in the recipe; of "r1-sft-2" that of "r1-sft".
size_t recipe_order(const std::string& name) {
  static constexpr std::string_view kRecipe[] = {"r1-pretrain",     "r1-zero",
                                                 "r1-cold-start",   "r1-reasoning-rl",
                                                 "r1-reward-model", "r1-rejection-sampling",
                                                 "r1-sft",          "r1-all-scenario-rl",
                                                 "r1-distill",      "r1-evaluate"};
  size_t best = std::size(kRecipe);
  for (size_t i = 0; i < std::size(kRecipe); ++i)
    if (name.starts_with(kRecipe[i])) best = i;
  return best;
}

StageFacts facts_of(const std::filesystem::path& folder) {
  StageFacts stage{folder.filename().string(), folder.string()};
  stage.done = file_exists(stage.path + "/DONE");
  const std::string metrics = stage.path + "/metrics.jsonl";
  if (file_exists(metrics)) stage.curves = read_curves(metrics);
  for (const Curve& curve : stage.curves)
    for (const CurvePoint& point : curve.points)
      stage.last_step = std::max(stage.last_step.value_or(point.step), point.step);
  const std::string events = stage.path + "/events.out.tfevents.r1";
  if (file_exists(events))
    for (const auto& [step, time] : wall_times(read_file(events))) stage.times.push_back(time);
  std::sort(stage.times.begin(), stage.times.end());
  stage.checkpoint = latest_checkpoint(stage.path);
  if (stage.checkpoint && file_exists(*stage.checkpoint + "/model.h5"))
    stage.lineage = ModelFile(*stage.checkpoint).facts().lineage;
  return stage;
}

std::vector<std::string> row_of(const Curve& curve) {
  const CurvePoint *first = nullptr, *last = nullptr, *least = nullptr, *most = nullptr;
  size_t nulls = 0;
  for (const CurvePoint& point : curve.points) {
    if (std::isnan(point.value)) {
      ++nulls;
      continue;
    }
    if (!first) first = least = most = &point;
    last = &point;
    if (point.value < least->value) least = &point;
    if (point.value > most->value) most = &point;
  }
  std::vector<std::string> row = {escaped(curve.name)};
  for (const CurvePoint* point : {first, last, least, most})
    row.push_back(point ? escaped(point->text) : "");
  row.push_back(std::to_string(curve.points.size() - nulls));
  row.push_back(std::to_string(nulls));
  return row;
}

std::string numbers_html(const std::vector<Curve>& curves, const std::string& summary) {
  std::vector<std::vector<std::string>> rows;
  for (const Curve& curve : curves) rows.push_back(row_of(curve));
  return html_folded(summary,
                     html_table({"metric", "first", "last", "min", "max", "steps", "null"}, rows));
}

Plot plot_of(const CurveGroup& group) {
  Plot plot;
  for (const Curve& curve : group.curves) {
    auto& line = plot.lines.emplace_back();
    for (const CurvePoint& point : curve.points)
      line.emplace_back(static_cast<double>(point.step), point.value);
  }
  return plot;
}

std::string figure_html(const CurveGroup& group, const std::string& svg) {
  std::string html =
      "<figure>\n<figcaption>" + escaped(group.title) + "</figcaption>\n<div class=\"key\">";
  for (size_t i = 0; i < group.curves.size(); ++i)
    html += "<span style=\"color:" + std::string(line_color(i)) + "\"><b>—</b> " +
            escaped(group.curves[i].name) + "</span> ";
  html += "</div>\n";
  html += svg.empty() ? "<p class=\"quiet\">No finite value.</p>\n" : svg;
  return html + numbers_html(group.curves, "numbers") + "</figure>\n";
}

std::string charts_html(const StageFacts& stage, const std::string& id) {
  std::vector<CurveGroup> groups = group_curves(stage.curves);
  std::string others;
  if (!groups.empty() && groups.back().title.empty()) {
    others = numbers_html(groups.back().curves, "Other metrics");
    groups.pop_back();
  }
  if (groups.empty()) return others;
  std::vector<Plot> plots;
  for (const CurveGroup& group : groups) plots.push_back(plot_of(group));
  const std::vector<std::string> svgs = draw_plots(plots, id);
  std::string html = "<h3>Curves by step</h3>\n<div class=\"charts\">\n";
  for (size_t i = 0; i < groups.size(); ++i) html += figure_html(groups[i], svgs[i]);
  return html + "</div>\n" + others;
}

}  // namespace

std::vector<StageFacts> find_stages(const std::string& run) {
  R1_CHECK_INPUT(std::filesystem::is_directory(run), run,
                 " is no folder; expected that of a run, as given to --run of a stage");
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(run))
    if (entry.is_directory() && (std::filesystem::exists(entry.path() / "effective.toml") ||
                                 std::filesystem::exists(entry.path() / "metrics.jsonl")))
      folders.push_back(entry.path());
  const auto key = [](const auto& path) {
    const std::string name = path.filename().string();
    return std::pair(recipe_order(name), name);
  };
  std::sort(folders.begin(), folders.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<StageFacts> stages;
  for (const auto& folder : folders) stages.push_back(facts_of(folder));
  return stages;
}

std::string stage_html(const StageFacts& stage, const std::string& id) {
  std::string html = charts_html(stage, id) + transcripts_html(stage.path, stage.last_step);
  const std::string config = stage.path + "/effective.toml";
  if (file_exists(config))
    html += html_folded("Effective config", "<pre>" + escaped(read_file(config)) + "</pre>\n");
  return html;
}

}  // namespace r1
