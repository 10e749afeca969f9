#include "libr1/rollout/held_out.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/data/chain_solution.h"

namespace r1 {
namespace {

// What a rank tells the others of a sample; the answer is last and may hold anything but a line
// break.
std::string to_lines(const std::vector<AnsweredSample>& answered) {
  std::string lines;
  for (const AnsweredSample& a : answered) {
    std::string answer = a.reward.answer;
    std::replace(answer.begin(), answer.end(), '\n', ' ');
    lines += concat(a.sample.question, " ", a.sample.sample, " ",
                    a.reward.accuracy.verdict == Verdict::kCorrect, " ", a.sample.tokens.size(),
                    " ", a.sample.reason == FinishReason::kLength, " ", answer, "\n");
  }
  return lines;
}

void append_lines(const std::string& text, std::vector<GradedSample>& graded) {
  std::istringstream lines(text);
  for (GradedSample g; lines >> g.question >> g.sample >> g.correct >> g.length >> g.truncated;) {
    lines.get();
    std::getline(lines, g.answer);
    graded.push_back(g);
  }
}

ChainShares chain_shares(const std::vector<AnsweredSample>& answered, ProcessGroup& group) {
  std::vector<double> sums(6, 0.0);
  for (const AnsweredSample& a : answered) {
    const ChainAnalysis analysis = analyze_chain(a.question->question, a.text);
    sums[0] += 1;
    sums[1] += analysis.worked;
    sums[2] += analysis.mixed;
    sums[3] += analysis.foreign;
    sums[4] += analysis.steps;
    sums[5] += analysis.wrong_steps;
  }
  group.all_reduce_sum(sums, "sum shares of chains");
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
  return {share(sums[1], sums[0]), share(sums[2], sums[1]), share(sums[3], sums[1]),
          share(sums[5], sums[4])};
}

}  // namespace

HeldOut::HeldOut(const HeldOutConfig& config, const SamplingSettings& settings, uint64_t seed)
    : config_(config), settings_(settings), random_(seed, "held-out evaluation") {
  settings_.num_samples = config.samples;
  settings_.rule.temperature = static_cast<float>(config.temperature);
  settings_.rule.top_p = static_cast<float>(config.top_p);
  for (const std::string& entry : config.sets) {
    const size_t at = entry.find('=');
    R1_CHECK_INPUT(at != entry.npos && at > 0, "evaluation.sets: found '", entry,
                   "', expected \"name=file.h5\"");
    sets_.push_back({entry.substr(0, at), QuestionSet(entry.substr(at + 1))});
  }
}

bool HeldOut::due(int64_t step) const { return config_.every > 0 && step % config_.every == 0; }

std::map<std::string, HeldOutResult> HeldOut::run(QuestionRollout& rollout,
                                                  ProcessGroup& group) const {
  std::map<std::string, HeldOutResult> results;
  for (size_t i = 0; i < sets_.size(); ++i) {
    const QuestionSet& set = sets_[i].questions;
    const int64_t count =
        config_.max_questions > 0 ? std::min(config_.max_questions, set.size()) : set.size();
    std::vector<const Question*> questions;
    for (int64_t idx = 0; idx < count; ++idx) questions.push_back(&set[idx]);
    const auto mine = rollout.run(questions, settings_, random_, static_cast<int64_t>(i));
    std::vector<GradedSample> graded;
    for (const std::string& lines : group.all_gather(to_lines(mine), "gather evaluation"))
      append_lines(lines, graded);
    HeldOutResult& result = results[sets_[i].name];
    result.accuracy = summarize(graded);
    const bool chains = std::all_of(questions.begin(), questions.end(),
                                    [](const Question* q) { return q->source == "chain"; });
    if (chains) result.chains = chain_shares(mine, group);
  }
  return results;
}

}  // namespace r1
