// What reward models get to see.
#include "stages/reward_text.h"

#include <gtest/gtest.h>

namespace r1 {
namespace {

Tokenizer words() {
  return Tokenizer::from_json(
      R"({"model":{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"ask":1,"say":2,"yes":3,)"
      R"("no":4,"<think>":5,"</think>":6,"<eos>":7}},"pre_tokenizer":{"type":"WhitespaceSplit"},)"
      R"("normalizer":null,"decoder":null,"post_processor":null,"added_tokens":[)"
      R"({"id":5,"content":"<think>","special":false,"single_word":false,"lstrip":false,)"
      R"("rstrip":false,"normalized":false},)"
      R"({"id":6,"content":"</think>","special":false,"single_word":false,"lstrip":false,)"
      R"("rstrip":false,"normalized":false},)"
      R"({"id":7,"content":"<eos>","special":true,"single_word":false,"lstrip":false,)"
      R"("rstrip":false,"normalized":false}]})",
      R"({"eos_token":"<eos>"})");
}

TEST(RewardText, HelpfulSeesTheReplySafeTheThoughtsAsWell) {
  const RewardText helpful(RewardKind::kHelpful, "ask {question} say", words());
  const RewardText safe(RewardKind::kSafe, "ask {question} say", words());
  const Response response{"<think> no </think> yes"};
  EXPECT_EQ(helpful.judged_part(response), "yes");
  EXPECT_EQ(safe.judged_part(response), "<think> no </think> yes");
  EXPECT_EQ(helpful.encode("no", "yes"), (std::vector<int32_t>{1, 4, 2, 3, 7}));
  EXPECT_EQ(safe.encode("no", safe.judged_part(response)),
            (std::vector<int32_t>{1, 4, 2, 5, 4, 6, 3, 7}));
}

TEST(RewardText, ThoughtsThatThePromptOpenedGetTheirTagBack) {
  const RewardText safe(RewardKind::kSafe, "ask {question} say", words());
  EXPECT_EQ(safe.judged_part({"no </think> yes", true, true}), "<think>\nno </think> yes");
  const RewardText helpful(RewardKind::kHelpful, "ask {question} say", words());
  EXPECT_EQ(helpful.judged_part({" no </think> yes", true, true}), "yes");
}

TEST(RewardText, ATemplateThatOpensThoughtsIsCutBeforeThem) {
  const RewardText helpful(RewardKind::kHelpful, "ask {question} say <think>\n", words());
  EXPECT_EQ(helpful.encode("no", "yes"), (std::vector<int32_t>{1, 4, 2, 3, 7}));
  // The question may speak of the tag.
  EXPECT_EQ(helpful.encode("<think>", "yes"), (std::vector<int32_t>{1, 5, 2, 3, 7}));
}

TEST(RewardText, ThoughtsWithoutEndHaveNoReply) {
  const RewardText helpful(RewardKind::kHelpful, "{question}", words());
  EXPECT_EQ(helpful.judged_part({"<think> yes yes"}), "");
  EXPECT_EQ(helpful.judged_part({"yes yes", true, true}), "");
  EXPECT_EQ(helpful.judged_part({"<think> no </think> "}), "");
}

}  // namespace
}  // namespace r1
