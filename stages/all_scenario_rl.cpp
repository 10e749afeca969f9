#include "stages/all_scenario_rl.h"

namespace r1 {

HackingSignals hacking_signals(const Metrics& metrics) {
  HackingSignals signals;
  const std::string held_out = "held_out/", accuracy = "/pass@1", error = "/pass@1_stderr";
  for (const auto& [name, value] : metrics) {
    const auto* number = std::get_if<double>(&value);
    if (!number) continue;
    if (name == "length/general") signals.length = *number;
    if (name == "repetition/general") signals.repetition = *number;
    if (name == "score") signals.score = *number;
    if (!name.starts_with(held_out)) continue;
    const auto set = [&](const std::string& end) {
      return name.substr(held_out.size(), name.size() - held_out.size() - end.size());
    };
    if (name.ends_with(accuracy)) signals.held_out[set(accuracy)].value = *number;
    if (name.ends_with(error)) signals.held_out[set(error)].error = *number;
  }
  return signals;
}

AllScenarioRun::AllScenarioRun(StageContext& context, const CommonSettings& common,
                               const AllScenarioSettings& settings, ScoreJudge& judge)
    : ReinforcementRun(context, common, settings, &judge),
      is_root_(context.is_root()),
      detectors_(settings.hacking) {
  detectors_.restore(resumed_counters());
}

bool AllScenarioRun::inspect(Metrics& metrics) {
  for (const HackingAlarm& alarm : detectors_.observe(hacking_signals(metrics)))
    if (is_root_) log_warning("reward hacking? ", alarm.detector, ": ", alarm.message);
  for (const auto& [name, level] : detectors_.levels())
    metrics.emplace_back("hacking/" + name, level);
  const auto detector = detectors_.stops();
  if (detector && is_root_)
    log_warning("the stage ends at step ", step(), " of its detector \"", *detector,
                "\" (hacking.stop_on); an earlier checkpoint may be the better model");
  return detector.has_value();
}

}  // namespace r1
