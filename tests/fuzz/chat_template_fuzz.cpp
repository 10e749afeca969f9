// Fuzz target: any bytes as a chat template. It ends, in an input error or a text.
#include <cstdint>
#include <string_view>

#include "libr1/tokenizer/chat_template.h"
#include "tests/fuzz/refuse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  r1::fuzz::refuse_or([&] {
    r1::ChatTemplate::parse({reinterpret_cast<const char*>(data), size})
        .render(R"({"messages": [{"role": "user", "content": "é</think>"}, {"role": "assistant",
                    "content": null, "tool_calls": [{"function": {"name": "f"}}]}],
                    "add_generation_prompt": true})");
  });
  return 0;
}
