// Rewards by rule: accuracy and format (DeepSeek-R1, section 2.2.2), and language. Strings in,
// numbers out. What a model is to judge is "unverifiable" here; its caller adds that part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libr1/reward/code_runner.h"
#include "libr1/reward/extraction.h"
#include "libr1/reward/language.h"
#include "libr1/reward/math.h"
#include "libr1/reward/verdict.h"

namespace r1 {

// How an answer is compared with its reference.
enum class Verifier {
  kNumber,     // equal as exact rationals
  kMath,       // equal as mathematics, see math.h
  kExact,      // equal as text, but for white space around
  kCountdown,  // an expression of the given numbers that reaches the target, see countdown.h
  kPattern,    // the reference is a regular expression (PCRE) of the whole reply
  kCode,       // a program that passes all tests of the reference, see code_reference.h
  kChoice,     // a letter, however it is dressed: see choice.h
  kHelpful,    // no rule: a reward model judges the reply
  kSafe,       // no rule: a reward model judges the response, thoughts included
  kJudge,      // no rule: a generative model judges the answer, see judge_verdict.h
};
std::span<const EnumName<Verifier>> enum_names(Verifier);
// By a score and without a verdict; a generative judge gives a verdict.
inline bool is_judged_by_reward_model(Verifier verifier) {
  return verifier == Verifier::kHelpful || verifier == Verifier::kSafe;
}
// Replies to general prompts are judged as a whole, not by an answer that is extracted.
inline bool is_general(Verifier verifier) {
  return verifier == Verifier::kPattern || is_judged_by_reward_model(verifier);
}

struct RewardConfig {
  Extraction extraction = Extraction::kAnswerTag;
  double accuracy_weight = 1;
  double format_weight = 1;
  double language_weight = 0;
  MathSettings math;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("extraction", extraction, "where the answer stands in a response");
    v.field("accuracy_weight", accuracy_weight, "reward of a correct answer (paper: 1)",
            at_least(0));
    v.field("format_weight", format_weight,
            "reward of thoughts and answer in their tags (paper: the same weight)", at_least(0));
    v.field("language_weight", language_weight,
            "times the share of the thoughts' words that are of the question's language (paper: 1 "
            "from the first RL stage of R1 on, none in R1-Zero)",
            at_least(0));
    v.table("math", math, "the math verifier");
  }
};

// A response's text without its end token.
struct Response {
  std::string_view text;
  bool finished = true;        // by its end token, not by the length cap
  bool thoughts_open = false;  // the prompt ended with <think>
};

// What is asked: how to judge, against what, and in which language (ISO 639-1; empty: any).
struct Task {
  Verifier verifier = Verifier::kNumber;
  std::string_view reference, language;
};

struct Reward {
  double total = 0;
  Judgement accuracy, format;
  LanguageCount language;             // of the thoughts, or of the whole response when it has none
  std::string answer;                 // extracted, or the whole reply; empty when there is none
  std::optional<double> model_score;  // a reward model's, when one has judged
};

// Compares an answer with its reference. A reference that the verifier cannot read, and a verifier
// that is no rule, give kUnverifiable. `math` is for Verifier::kMath alone; code is run by
// `runner`, and refused without one (Fault::kInput).
Judgement verify(Verifier verifier, std::string_view reference, std::string_view answer,
                 const MathSettings& math = {}, CodeRunner* runner = nullptr);

// kUnverifiable, and why, when nothing can be compared with this reference by rule.
Judgement check_reference(Verifier verifier, std::string_view reference,
                          const MathSettings& math = {});

// Whether the response is <think> thoughts </think> <answer> answer </answer> and nothing else,
// each tag once, the answer not empty.
Judgement check_format(const Response& response);
// The same for general prompts: thoughts or none, then a reply without tags, not empty.
Judgement check_reply_format(const Response& response);

// The response's parts. A general prompt may be answered without thoughts: all is reply then.
std::string_view thoughts_of(const Response& response);
std::string_view reply_of(const Response& response);
// All of it, with the tag that the prompt has brought, as prompts end with it: "<think>\n".
std::string with_opening(const Response& response);
// Where the thoughts are looked at: all of a response without any.
std::string_view thoughts_or_all(const Response& response);

// accuracy + format + language, each by its weight (DeepSeek-R1, equations 4, 7 and 8). Without
// words there is nothing in the right language: no language reward. Where a model judges, accuracy
// is "unverifiable" here and its reward is added later; for a generative judge the answer stands in
// the answer tags or is the whole reply, and both forms are well formed. Code stands in the answer
// tags or, with any other extraction, in the reply. A function of its arguments, as far as the
// runner is one.
Reward score(const RewardConfig& config, const Task& task, const Response& response,
             CodeRunner* runner = nullptr);

}  // namespace r1
