// The vocabulary of the tiny models: w0 ... w28.
#pragma once

#include <string>

#include "libr1/core/error.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1::testing {

inline Tokenizer word_tokenizer() {
  std::string vocab;
  for (int i = 0; i < 29; ++i) vocab += concat(i ? "," : "", "\"w", i, "\":", i);
  return Tokenizer::from_json(
      concat(R"({"model":{"type":"WordLevel","unk_token":"w0","vocab":{)", vocab,
             R"(}},"pre_tokenizer":{"type":"WhitespaceSplit"},"normalizer":null,"decoder":null,)",
             R"("post_processor":null,"added_tokens":[]})"));
}

}  // namespace r1::testing
