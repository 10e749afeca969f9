#include "libr1/grpo/dynamic_sampling.h"

#include <algorithm>
#include <map>

#include "libr1/core/bytes.h"

namespace r1 {

std::vector<int64_t> informative_questions(std::span<const QuestionReward> mine,
                                           ProcessGroup& group) {
  ByteWriter bytes;
  for (const QuestionReward& r : mine) bytes.put(r);
  std::map<int64_t, std::pair<double, double>> range;  // least and greatest reward
  for (const std::string& of_rank : group.all_gather(bytes.take(), "rewards of groups")) {
    for (ByteReader in(of_rank); !in.done();) {
      QuestionReward r;
      in.get(r);
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
