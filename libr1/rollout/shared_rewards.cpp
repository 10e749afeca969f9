#include "libr1/rollout/shared_rewards.h"

#include "libr1/core/bytes.h"

namespace r1 {
namespace {

// body(field), to write or to read it.
template <class Any, class Body>
void for_each_field(Any& reward, Body body) {
  body(reward.total), body(reward.accuracy.verdict), body(reward.accuracy.reason);
  body(reward.format.verdict), body(reward.format.reason), body(reward.language);
  body(reward.answer), body(reward.model_score);
}

}  // namespace

void share_rewards(std::vector<AnsweredSample>& answered, ProcessGroup& group) {
  if (group.size() == 1) return;
  ByteWriter mine;
  if (group.rank() == 0) {
    mine.put(answered.size());
    for (const AnsweredSample& one : answered)
      for_each_field(one.reward, [&](const auto& field) { mine.put(field); });
  }
  const std::string shared = group.broadcast(mine.take(), 0, "share the rewards");
  if (group.rank() == 0) return;
  ByteReader all(shared);
  size_t count = 0;
  all.get(count);
  R1_CHECK(count == answered.size(), "ranks that share a model drew ", answered.size(), " and ",
           count, " samples");
  for (AnsweredSample& one : answered)
    for_each_field(one.reward, [&](auto& field) { all.get(field); });
}

}  // namespace r1
