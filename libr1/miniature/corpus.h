// The corpus that the miniature's base is trained on, and its tokenizer. Everything the base knows
// is designed in here: worked solutions among direct answers, slips that are sometimes noticed,
// searches that give up, languages that are sometimes mixed, and a few general prompts.
#pragma once

#include <string>

#include "libr1/miniature/general.h"
#include "libr1/miniature/problem.h"

namespace r1 {

struct CorpusDocument {
  std::string kind;      // "direct", "worked", "lazy", "general", ...
  std::string question;  // between "user" and "assistant"
  std::string response;  // without <eos>
};

// Document `item` of the corpus with this seed; its problem is never held out.
CorpusDocument draw_document(uint64_t seed, int64_t item);
// A clean worked solution in tags: prompt's language, no slips, one operation a step.
CorpusDocument clean_example(const Problem& problem, Draws& draws);

// The text as it is tokenized: "user QUESTION assistant RESPONSE <eos>".
std::string document_text(const CorpusDocument& document);
// Its part before the response: "user QUESTION assistant".
std::string document_prompt(const CorpusDocument& document);

// A word-level tokenizer.json of the world's words, and tokenizer_config.json beside it.
std::string miniature_tokenizer_json();
std::string miniature_tokenizer_config_json();

}  // namespace r1
