// Conversations as data sets write them.
#pragma once

#include <string>
#include <vector>

#include "libr1/data/jsonl.h"
#include "libr1/tokenizer/prompt_template.h"

namespace r1 {

// "\n\nHuman: ...\n\nAssistant: ..." (hh-rlhf) into turns of "user" and "assistant", without white
// space around. Fault::kInput naming `where` for a text that does not begin with a turn.
std::vector<ChatMessage> parse_dialogue(const std::string& text, const std::string& where);

// A list of {"role", "content"} or {"from", "value"}; human and gpt are user and assistant.
// Fault::kInput for another role, or none.
std::vector<ChatMessage> read_messages(const JsonRow& row, const std::string& field);

// What is asked, as one text: a lone user turn as it is; else the turns one after another under
// "Human:" and "Assistant:", a system message first.
std::string question_of(const std::vector<ChatMessage>& messages);

}  // namespace r1
