// What a generative judge says of an answer (DeepSeek-R1, section 2.3.3 and supplement, listing 4):
// a model that reads question, reference and answer, analyses, and ends with a JSON object
//   {"analysis": "...", "correctness": "correct"}     or "incorrect"
// A judge that does not say clearly what it means has not judged: nothing here guesses.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libr1/reward/verdict.h"

namespace r1 {

// What the judge is asked.
class Rubric {
 public:
  // Fault::kInput unless the text holds {question} and {response} once each, and {reference} at
  // most once; {mark} may stand in it as often as one likes. Other braces are text.
  static Rubric parse(const std::string& text);
  // The one that asks whether the answer agrees with the reference.
  static const char* agreement();

  // The parts go in as they are; a placeholder inside them means nothing. For {mark} goes in a word
  // made from the parts that none of them holds: an answer cannot write the line that ends it.
  std::string render(std::string_view question, std::string_view response,
                     std::string_view reference) const;

 private:
  explicit Rubric(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The text with a space after the first character of each of these tokens that it spells out, so
// that an answer cannot end its turn in the judge's prompt and speak for the judge.
std::string with_split_tokens(std::string_view text, std::span<const std::string> tokens);

// One judgement from the judge's text. Its thoughts, up to the last </think>, do not count. After
// them anything may come before the object, and nothing after it but the end of a code fence.
// kUnverifiable, and why: `finished` is false, no such object, several objects with the key
// "correctness" or several such keys, another value than the two (as the texts that they stand for
// in JSON), an analysis that is no text. Linear but for unbalanced braces, which cost their square.
Judgement parse_judgement(std::string_view text, bool finished);

// The verdict of most judgements that are one; kUnverifiable when they are tied or there is none.
Judgement majority_of(std::span<const Judgement> judgements);

}  // namespace r1
