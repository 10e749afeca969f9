// Fuzz target: any bytes as a chat template. It ends, in an input error or a text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libr1/core/error.h"
#include "libr1/tokenizer/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    r1::ChatTemplate::parse({reinterpret_cast<const char*>(data), size})
        .render(R"({"messages": [{"role": "user", "content": "é</think>"}, {"role": "assistant",
                    "content": null, "tool_calls": [{"function": {"name": "f"}}]}],
                    "add_generation_prompt": true})");
  } catch (const r1::Error& error) {
    if (error.fault() != r1::Fault::kInput) std::abort();
  }
  return 0;
}
