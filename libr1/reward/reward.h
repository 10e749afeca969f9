// Rule rewards of R1-Zero: accuracy and format (DeepSeek-R1, section 2.2.2). Strings in, numbers
// out; no model judges.
#pragma once

#include <string>
#include <string_view>

#include "libr1/reward/extraction.h"
#include "libr1/reward/verdict.h"

namespace r1 {

// How an answer is compared with its reference.
enum class Verifier {
  kNumber,  // equal as exact rationals
  kExact,   // equal as text, but for white space around
};
std::span<const EnumName<Verifier>> enum_names(Verifier);

struct RewardConfig {
  Extraction extraction = Extraction::kAnswerTag;
  double accuracy_weight = 1;
  double format_weight = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("extraction", extraction, "where the answer stands in a response");
    v.field("accuracy_weight", accuracy_weight, "reward of a correct answer (paper: 1)",
            at_least(0));
    v.field("format_weight", format_weight,
            "reward of thoughts and answer in their tags (paper: the same weight)", at_least(0));
  }
};

// A response's text without its end token.
struct Response {
  std::string_view text;
  bool finished = true;        // by its end token, not by the length cap
  bool thoughts_open = false;  // the prompt ended with <think>
};

struct Reward {
  double total = 0;
  Judgement accuracy, format;
  std::string answer;  // extracted; empty when there is none
};

// Compares an answer with its reference. A reference that the verifier cannot read gives
// kUnverifiable.
Judgement verify(Verifier verifier, std::string_view reference, std::string_view answer);

// Whether the response is <think> thoughts </think> <answer> answer </answer> and nothing else,
// each tag once, the answer not empty.
Judgement check_format(const Response& response);

Reward score(const RewardConfig& config, Verifier verifier, std::string_view reference,
             const Response& response);

}  // namespace r1
