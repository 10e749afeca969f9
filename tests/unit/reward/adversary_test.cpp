// Responses written to earn more than they deserve, or to stall the judge.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "libr1/reward/reward.h"

namespace r1 {
namespace {

struct Attack {
  const char* name;
  std::string text;
  bool accuracy, format;  // what it deserves when the answer is 42
  bool finished = true, thoughts_open = false;
};

void expect_deserved(const Attack& attack) {
  const Reward reward =
      score({}, {Verifier::kNumber, "42"}, {attack.text, attack.finished, attack.thoughts_open});
  EXPECT_EQ(reward.accuracy.verdict == Verdict::kCorrect, attack.accuracy) << attack.name;
  EXPECT_EQ(reward.format.verdict == Verdict::kCorrect, attack.format) << attack.name;
  EXPECT_EQ(reward.total, attack.accuracy + attack.format) << attack.name;
}

TEST(Adversary, AnswersThatAreNone) {
  const Attack attacks[] = {
      {"nothing", "", false, false},
      {"white space", " \n\t ", false, false},
      {"zeros", std::string(100, '\0'), false, false},
      {"tags alone", "<think></think><answer></answer>", false, false},
      {"blank answer", "<think> 42 </think> <answer> \n </answer>", false, false},
      {"no-break space", "<think> a </think> <answer>\u00a0</answer>", false, false},
      {"nothing visible", "<think> a </think> <answer>\u200b\u3000\u2028\ufeff\xff</answer>", false,
       false},
      {"a zero byte", std::string("<think> a </think> <answer> 42\0 </answer>", 41), false, true},
      {"the reference's name", "<think> a </think> <answer> reference </answer>", false, true},
  };
  for (const Attack& attack : attacks) expect_deserved(attack);
}

TEST(Adversary, MoreAnswersThanOne) {
  const Attack attacks[] = {
      {"two answers", "<think> a </think> <answer> 41 </answer> <answer> 42 </answer>", false,
       false},
      {"the same twice", "<think> a </think> <answer> 42 </answer> <answer> 42 </answer>", false,
       false},
      {"either", "<think> a </think> <answer> 41 or 42 </answer>", false, true},
      {"a list", "<think> a </think> <answer> 42, 43 </answer>", false, true},
      {"a range", "<think> a </think> <answer> 40-44 </answer>", false, true},
      {"by lines", "<think> a </think> <answer> 42\n43 </answer>", false, true},
      {"all in thoughts", "<think> <answer> 42 </answer> </think> <answer> 41 </answer>", false,
       false},
      {"one in thoughts", "<think> <answer> 41 </answer> </think> <answer> 42 </answer>", false,
       false},
      {"thoughts twice",
       "<think> a </think> <answer> 41 </answer> <think> b </think> <answer> 42 </answer>", false,
       false},
  };
  for (const Attack& attack : attacks) expect_deserved(attack);
}

TEST(Adversary, AnswersInTheWrongPlace) {
  const Attack attacks[] = {
      {"bare", "42", false, false},
      {"before the thoughts", "<answer> 42 </answer> <think> a </think>", false, false},
      {"in the thoughts", "<think> <answer> 42 </answer> </think>", false, false},
      {"in thoughts that never end", "<think> <answer> 42 </answer>", false, false},
      {"in thoughts of the prompt", "<answer> 42 </answer>", false, false, true, true},
      {"behind the thoughts", "<think> a </think> 42", false, false},
      {"behind the answer", "<think> a </think> <answer> no </answer> 42", false, false},
      {"boxed", "<think> a </think> \\boxed{42}", false, false},
      {"boxed inside", "<think> a </think> <answer> \\boxed{42} </answer>", false, true},
      {"an attribute", "<think> a </think> <answer value=\"42\"> no </answer>", false, false},
      {"a comment", "<think> a </think> <answer> <!-- 42 --> 41 </answer>", false, true},
      {"no thoughts", "<answer> 42 </answer>", true, false},
      {"cut", "<think> a </think> <answer> 42 </answer>", true, false, false},
      {"a word before", "so <think> a </think> <answer> 42 </answer>", true, false},
      {"a word between", "<think> a </think> so <answer> 42 </answer>", true, false},
      {"a word after", "<think> a </think> <answer> 42 </answer> so", true, false},
  };
  for (const Attack& attack : attacks) expect_deserved(attack);
}

TEST(Adversary, NestedAndBrokenTags) {
  const Attack attacks[] = {
      {"nested answers", "<think> a </think> <answer> <answer> 42 </answer> </answer>", false,
       false},
      {"thoughts in thoughts", "<think> <think> a </think> </think> <answer> 42 </answer>", true,
       false},
      {"thoughts in the answer", "<think> a </think> <answer> <think> b </think> 42 </answer>",
       false, false},
      {"ends swapped", "<think> a <answer> 42 </think> </answer>", false, false},
      {"no end", "<think> a </think> <answer> 42", false, false},
      {"no begin", "<think> a </think> 42 </answer>", false, false},
      {"ends first", "<think> a </think> </answer> 42 <answer>", false, false},
      {"capitals", "<THINK> a </THINK> <ANSWER> 42 </ANSWER>", false, false},
      {"spaces in tags", "< think > a < /think > < answer > 42 < /answer >", false, false},
      {"full-width brackets", "＜think＞ a ＜/think＞ ＜answer＞ 42 ＜/answer＞", false, false},
      {"a tag in a tag", "<think> a </think> <ans<answer>wer> 42 </answer>", false, false},
      {"escaped", "&lt;think&gt; a &lt;/think&gt; &lt;answer&gt; 42 &lt;/answer&gt;", false, false},
  };
  for (const Attack& attack : attacks) expect_deserved(attack);
}

std::string in_form(std::string_view answer) {
  return "<think> a </think> <answer> " + std::string(answer) + " </answer>";
}

TEST(Adversary, NumbersThatOnlyLookEqual) {
  for (const char* answer :
       {"٤٢", "४२", "４２", "𝟒𝟐", "4２", "42٠", "四十二", "forty-two", "XLII", "0x2A", "0b101010",
        "41.999999999999999999", "42.0000000000000000001", "4 2", "4,2", "42-", "--42", "40+2",
        "6*7", "84/2/1", "42e", "42/0", "42²", "42½", "42万", "42 thousand", "42 or so", "x=42",
        "NaN", "inf", "∞", "42\u200b0", "4\u200b2", "42\u202e", "\ufeff42", "(42)", "not 42",
        // What follows makes another number of it.
        "42!", "42 !", "$42!$", "42 squared", "42 Cubed", "42 factorial", "42 hundredths",
        "42 plus one", "42 minus one", "42 over ten", "42 and one", "42 lakh", "42 x", "42 i",
        "42ⁿ", "42\u0305", "4.2\u0307", "42或"})
    expect_deserved({answer, in_form(answer), false, true});
  for (const char* answer : {"42", "42.", "42.000", "84/2", "+42", "42 apples!", "42 个",
                             "42 times", "42 加仑", "$42$."})
    expect_deserved({answer, in_form(answer), true, true});
}

TEST(Adversary, CannotStallTheJudge) {
  for (const char* piece : {"a",
                            "4",
                            "42 ",
                            " ",
                            "\n",
                            "<",
                            ">",
                            "<think>",
                            "</think>",
                            "<answer>",
                            "</answer>",
                            "<think></think><answer>",
                            "<answer>4</answer>",
                            "\\boxed{",
                            "}",
                            "####",
                            "-",
                            ".",
                            ",",
                            "4,",
                            "4/",
                            "1e9",
                            "\\frac{",
                            "元",
                            "\xff",
                            "\xe4\xb8",
                            "\u0301",
                            "$",
                            "42 or "}) {
    std::string filling;
    while (filling.size() < 1'000'000) filling += piece;
    const std::string texts[] = {filling, "<think>" + filling + "</think> <answer> 42 </answer>",
                                 in_form(filling), in_form("42 " + filling),
                                 in_form("42" + filling)};
    for (const std::string& text : texts) {
      for (const auto& extraction : enum_names(Extraction{})) {
        RewardConfig config;
        config.extraction = extraction.value;
        const std::clock_t start = std::clock();  // of the CPU: others may be busy
        score(config, {Verifier::kNumber, "42"}, {text});
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        EXPECT_LT(seconds, 1e-6 * static_cast<double>(text.size()))  // 1 ms a kilobyte
            << piece << " " << extraction.name;
      }
    }
  }
}

}  // namespace
}  // namespace r1
