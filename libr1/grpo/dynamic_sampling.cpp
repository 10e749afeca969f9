#include "libr1/grpo/dynamic_sampling.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace r1 {

std::vector<int64_t> informative_questions(std::span<const QuestionReward> mine,
                                           ProcessGroup& group) {
  const std::string_view bytes(reinterpret_cast<const char*>(mine.data()), mine.size_bytes());
  std::map<int64_t, std::pair<double, double>> range;  // least and greatest reward
  for (const std::string& of_rank : group.all_gather(bytes, "rewards of groups")) {
    std::vector<QuestionReward> rewards(of_rank.size() / sizeof(QuestionReward));
    if (!rewards.empty())
      std::memcpy(rewards.data(), of_rank.data(), rewards.size() * sizeof(QuestionReward));
    for (const QuestionReward& r : rewards) {
      const auto [at, is_first] = range.try_emplace(r.question, r.reward, r.reward);
      at->second.first = std::min(at->second.first, r.reward);
      at->second.second = std::max(at->second.second, r.reward);
    }
  }
  std::vector<int64_t> questions;
  for (const auto& [question, rewards] : range)
    if (rewards.first < rewards.second) questions.push_back(question);
  return questions;
}

}  // namespace r1
