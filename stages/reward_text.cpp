#include "stages/reward_text.h"

namespace r1 {

RewardText::RewardText(RewardKind kind, const std::string& prompt_template,
                       const Tokenizer& tokenizer)
    : kind_(kind),
      template_(PromptTemplate::parse(prompt_template, tokenizer)),
      tokenizer_(tokenizer) {}

std::string RewardText::judged_part(const Response& response) const {
  if (kind_ == RewardKind::kHelpful) return std::string(reply_of(response));
  return with_opening(response);
}

std::vector<int32_t> RewardText::encode(const std::string& question,
                                        const std::string& judged) const {
  std::string prompt = template_.render(question);
  if (template_.opens_thoughts()) prompt.resize(prompt.rfind("<think>"));
  std::vector<int32_t> tokens = template_.encode_rendered(prompt, tokenizer_);
  const std::vector<int32_t> response = tokenizer_.encode(judged);
  tokens.insert(tokens.end(), response.begin(), response.end());
  if (tokenizer_.eos_id() >= 0) tokens.push_back(tokenizer_.eos_id());
  return tokens;
}

}  // namespace r1
