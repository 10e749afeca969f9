// Fuzz target: any bytes as tokenizer.json. Loading ends in an input error, or in a tokenizer
// that encodes and decodes; streaming a text equals decoding it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libr1/tokenizer/tokenizer.h"
#include "tests/fuzz/refuse.h"

namespace {

constexpr std::string_view kTexts[] = {"", "a b <s>  Hello, it's 12\n",
                                       "e\xCC\x81\xE4\xBD\xA0\xF0\x9F\x98\x80\xFF\xE4",
                                       "aaaaaaaaaaab"};

void use(const r1::Tokenizer& tokenizer) {
  for (const std::string_view text : kTexts) {
    const auto ids = tokenizer.encode_prompt(text);
    r1::StreamingDecoder decoder(tokenizer, false);
    std::string streamed;
    for (const int32_t id : ids) streamed += decoder.push(id);
    streamed += decoder.finish();
    if (streamed != tokenizer.decode(ids)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  r1::fuzz::refuse_or([&] {
    use(r1::Tokenizer::from_json({reinterpret_cast<const char*>(data), size}));
  });
  return 0;
}
