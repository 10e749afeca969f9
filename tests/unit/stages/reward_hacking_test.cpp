// Detectors of reward hacking on made-up series.
#include "stages/reward_hacking.h"

#include <gtest/gtest.h>

#include <functional>

#include "libr1/core/error.h"
#include "stages/all_scenario_rl.h"

namespace r1 {
namespace {

RewardHackingConfig config(std::vector<std::string> stop_on = {}) {
  RewardHackingConfig result;
  result.window = 4;
  result.stop_on = std::move(stop_on);
  return result;
}

// Deterministic noise in [-1, 1].
double noise(int64_t step) { return 2.0 * static_cast<double>((step * 7919 + 13) % 101) / 100 - 1; }

using Series = std::function<HackingSignals(int64_t)>;

// Steps at which each detector raises its alarm.
std::map<std::string, std::vector<int64_t>> alarms_of(RewardHackingDetectors& detectors,
                                                      const Series& series, int64_t steps) {
  std::map<std::string, std::vector<int64_t>> raised;
  for (int64_t step = 1; step <= steps; ++step)
    for (const HackingAlarm& alarm : detectors.observe(series(step)))
      raised[alarm.detector].push_back(step);
  return raised;
}

HackingSignals steady(int64_t step) {
  HackingSignals signals{20 + 3 * noise(step), 0.05 + 0.03 * noise(step + 1),
                         1 + 0.2 * noise(step + 2)};
  if (step % 5 == 0) signals.held_out["math"] = {0.7 + 0.02 * noise(step), 0.02};
  return signals;
}

TEST(RewardHacking, NoiseAloneIsQuiet) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  EXPECT_TRUE(alarms_of(detectors, steady, 200).empty());
  EXPECT_EQ(detectors.levels().size(), 3u);
}

TEST(RewardHacking, LengthThatDriftsIsSeenOnceAndAgainAfterARest) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  const auto series = [](int64_t step) {
    HackingSignals signals = steady(step);
    if ((step > 20 && step <= 40) || step > 60) signals.length = 40;
    return signals;
  };
  const auto raised = alarms_of(detectors, series, 80);
  ASSERT_EQ(raised.size(), 1u);
  // The mean of 4 crosses 1.5 times the baseline with the third long step.
  EXPECT_EQ(raised.at("length"), (std::vector<int64_t>{23, 63}));
}

TEST(RewardHacking, ShorterRepliesAreNoDrift) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  EXPECT_TRUE(
      alarms_of(
          detectors, [](int64_t step) { return HackingSignals{step > 10 ? 2.0 : 20.0}; }, 40)
          .empty());
  EXPECT_EQ(detectors.levels().at("length"), 0);
}

TEST(RewardHacking, RepetitionThatRises) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  const auto series = [](int64_t step) {
    HackingSignals signals = steady(step);
    signals.repetition = 0.05 + 0.01 * static_cast<double>(std::max<int64_t>(0, step - 20));
    return signals;
  };
  const auto raised = alarms_of(detectors, series, 60);
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised.at("repetition"), (std::vector<int64_t>{32}));
}

HackingSignals falling_accuracy(int64_t step, double score_slope) {
  HackingSignals signals = steady(step);
  signals.score = 1 + score_slope * static_cast<double>(step);
  if (step % 5 == 0 && step > 20) signals.held_out["math"] = {0.5, 0.02};
  return signals;
}

TEST(RewardHacking, AccuracyThatFallsWhileTheScoreRises) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors rising(settings), falling(settings);
  const auto raised = alarms_of(
      rising, [](int64_t step) { return falling_accuracy(step, 0.1); }, 40);
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised.at("accuracy"), (std::vector<int64_t>{25}));
  // A fall with a falling score is a failure of another kind.
  EXPECT_TRUE(alarms_of(
                  falling, [](int64_t step) { return falling_accuracy(step, -0.1); }, 40)
                  .empty());
}

TEST(RewardHacking, AFallWithinTheErrorIsQuiet) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  const auto series = [](int64_t step) {
    HackingSignals signals = falling_accuracy(step, 0.1);
    for (auto& [name, accuracy] : signals.held_out) accuracy.error = 0.08;
    return signals;
  };
  EXPECT_TRUE(alarms_of(detectors, series, 40).empty());
}

TEST(RewardHacking, OneSetsFallIsNotHiddenByAnothersRise) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  const auto series = [](int64_t step) {
    HackingSignals signals = falling_accuracy(step, 0.1);
    if (step % 5 == 0) signals.held_out["chat"] = {0.01 * static_cast<double>(step), 0.01};
    return signals;
  };
  EXPECT_EQ(alarms_of(detectors, series, 40).at("accuracy"), (std::vector<int64_t>{25}));
}

// General prompts join late: accuracy was best before any score.
TEST(RewardHacking, AccuracyFromBeforeTheFirstScoreCounts) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  const auto series = [](int64_t step) {
    HackingSignals signals = falling_accuracy(step, 0.1);
    if (step <= 20) signals.score.reset();
    return signals;
  };
  // At step 25 the baseline of scores is four steps old, and one is newer.
  EXPECT_EQ(alarms_of(detectors, series, 40).at("accuracy"), (std::vector<int64_t>{25}));
}

TEST(RewardHacking, AccuracyWithoutAnyErrorGivesAFiniteLevel) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  HackingSignals signals;
  signals.score = 1;
  signals.held_out["math"] = {1, 0};
  detectors.observe(signals);
  signals.score = 9;
  signals.held_out["math"] = {0, 0};
  ASSERT_EQ(detectors.observe(signals).size(), 1u);
  EXPECT_GT(detectors.levels().at("accuracy"), 1);
  EXPECT_LT(detectors.levels().at("accuracy"), 1e6);
}

TEST(RewardHacking, StepsWithoutGeneralPromptsAreNotCounted) {
  const RewardHackingConfig settings = config();
  RewardHackingDetectors detectors(settings);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(detectors.observe({}).empty());
  EXPECT_TRUE(detectors.levels().empty());
}

TEST(RewardHacking, OnlyWhatStopOnNamesStops) {
  const RewardHackingConfig warns = config({"repetition"}), stops = config({"accuracy", "length"});
  RewardHackingDetectors warning(warns), stopping(stops);
  const auto long_replies = [](int64_t step) { return HackingSignals{step > 4 ? 60.0 : 20.0}; };
  EXPECT_EQ(alarms_of(warning, long_replies, 20).size(), 1u);
  EXPECT_EQ(warning.stops(), std::nullopt);
  alarms_of(stopping, long_replies, 20);
  EXPECT_EQ(stopping.stops(), "length");
}

TEST(RewardHacking, AnUnknownDetectorIsRefused) {
  config({"length"}).check();
  EXPECT_THROW(config({"lenght"}).check(), Error);
}

// Saved after any step and restored, the rest of the run is the same to the last bit.
TEST(RewardHacking, RemembersThroughACheckpoint) {
  const auto series = [](int64_t step) {
    HackingSignals signals = falling_accuracy(step, 0.1);
    signals.length = 20 + static_cast<double>(step) / 3;
    if (step % 5 == 0) signals.held_out["other/set"] = {0.3 + 0.1 * noise(step), 0.01};
    if (step % 7 == 0) signals.score.reset();
    return signals;
  };
  const RewardHackingConfig settings = config();
  for (int64_t cut = 0; cut <= 40; ++cut) {
    RewardHackingDetectors whole(settings), first(settings), second(settings);
    for (int64_t step = 1; step <= cut; ++step) {
      whole.observe(series(step));
      first.observe(series(step));
    }
    Counters counters = {{"step", cut}, {"zzz", 1}};
    first.save(counters);
    second.restore(counters);
    for (int64_t step = cut + 1; step <= 60; ++step) {
      const auto expected = whole.observe(series(step)), found = second.observe(series(step));
      ASSERT_EQ(found.size(), expected.size()) << "cut " << cut << ", step " << step;
      for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].message, expected[i].message);
      ASSERT_EQ(second.levels(), whole.levels()) << "cut " << cut << ", step " << step;
    }
    Counters a, b;
    whole.save(a);
    second.save(b);
    EXPECT_EQ(a, b);
  }
}

TEST(RewardHacking, SignalsAreReadFromMetrics) {
  const HackingSignals signals = hacking_signals({{"length/general", 12.5},
                                                  {"repetition/general", 0.25},
                                                  {"score", -1.5},
                                                  {"samples", int64_t{7}},
                                                  {"length/mean", 99.0},
                                                  {"held_out/easy/pass@1", 0.5},
                                                  {"held_out/easy/pass@1_stderr", 0.125},
                                                  {"held_out/easy/pass@k", 0.9}});
  EXPECT_EQ(signals.length, 12.5);
  EXPECT_EQ(signals.repetition, 0.25);
  EXPECT_EQ(signals.score, -1.5);
  ASSERT_EQ(signals.held_out.size(), 1u);
  EXPECT_EQ(signals.held_out.at("easy").value, 0.5);
  EXPECT_EQ(signals.held_out.at("easy").error, 0.125);
  EXPECT_FALSE(hacking_signals({}).score.has_value());
}

}  // namespace
}  // namespace r1
