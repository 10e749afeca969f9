// What a reward model reads: a question in its template, a finished response, the end token. The
// helpful one sees the final reply only, the safe one the whole response (DeepSeek-R1, section
// 2.3.4).
#pragma once

#include <string>
#include <vector>

#include "libr1/reward/reward.h"
#include "libr1/tokenizer/prompt_template.h"
#include "libr1/tokenizer/tokenizer.h"
#include "libr1/train/reward_loss.h"

namespace r1 {

class RewardText {
 public:
  // Fault::kInput for what is no template. A <think> that the template ends with is left out: a
  // finished response brings its own.
  RewardText(RewardKind kind, const std::string& prompt_template, const Tokenizer& tokenizer);

  // The part of the response that is judged; empty when there is none.
  std::string judged_part(const Response& response) const;
  std::vector<int32_t> encode(const std::string& question, const std::string& judged) const;

 private:
  RewardKind kind_;
  PromptTemplate template_;
  Tokenizer tokenizer_;
};

}  // namespace r1
