#include "libr1/rollout/shared_rewards.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::json;

Json to_json(const Judgement& judgement) {
  return {static_cast<int>(judgement.verdict), judgement.reason};
}

Judgement judgement_from(const Json& json) {
  return {static_cast<Verdict>(json.at(0).get<int>()), json.at(1).get<std::string>()};
}

Json to_json(const Reward& reward) {
  const LanguageCount& language = reward.language;
  return {reward.total,           to_json(reward.accuracy),
          to_json(reward.format), {language.words, language.target, language.other},
          reward.answer,          reward.model_score ? Json(*reward.model_score) : Json()};
}

Reward reward_from(const Json& json) {
  const auto language = json.at(3).get<std::vector<int64_t>>();
  Reward reward{json.at(0).get<double>(),      judgement_from(json.at(1)),
                judgement_from(json.at(2)),    {language.at(0), language.at(1), language.at(2)},
                json.at(4).get<std::string>(), std::nullopt};
  if (!json.at(5).is_null()) reward.model_score = json.at(5).get<double>();
  return reward;
}

}  // namespace

void share_rewards(std::vector<AnsweredSample>& answered, ProcessGroup& group) {
  if (group.size() == 1) return;
  Json all = Json::array();
  if (group.rank() == 0)
    for (const AnsweredSample& one : answered) all.push_back(to_json(one.reward));
  // As CBOR: numbers keep their bits, and answers need not be UTF-8.
  const std::vector<uint8_t> bytes = Json::to_cbor(all);
  const std::string shared = group.broadcast({bytes.begin(), bytes.end()}, 0, "share the rewards");
  if (group.rank() == 0) return;
  all = Json::from_cbor(shared);
  R1_CHECK(all.size() == answered.size(), "ranks that share a model drew ", answered.size(),
           " and ", all.size(), " samples");
  for (size_t i = 0; i < answered.size(); ++i) answered[i].reward = reward_from(all[i]);
}

}  // namespace r1
