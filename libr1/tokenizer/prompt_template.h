// Turns a question, or a conversation, into the text that a model continues.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace r1 {

class ChatTemplate;
class Tokenizer;

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

// One question's place in a text. Immutable.
class PromptTemplate {
 public:
  // "r1-zero" (DeepSeek-R1, table 1: plain text for a base model), "r1-chat" (the released model's
  // form, reply opened with "<think>\n"), or any text that holds {question} exactly once.
  // Fault::kInput listing the choices otherwise.
  static PromptTemplate parse(std::string_view name_or_text);
  // The same, and "chat": the model's own chat template (chat_template.h), in which the question is
  // the user's turn and the reply is opened. Fault::kInput when the model has none.
  static PromptTemplate parse(std::string_view name_or_text, const Tokenizer& tokenizer);
  // What can be said of it without a model: the choices, or once {question}.
  static void check(std::string_view name_or_text);
  static std::vector<std::string> names();

  // The question goes in as it is: braces or {question} inside it mean nothing.
  std::string render(std::string_view question) const;
  // The same as ids: special tokens that the template or the question spells out are recognised. A
  // model's own template says itself whether there is a BOS; before any other text stands one where
  // the model expects it (Tokenizer::encode_prompt).
  std::vector<int32_t> encode(std::string_view question, const Tokenizer& tokenizer) const;
  // Of a text that begins as render()'s do.
  std::vector<int32_t> encode_rendered(std::string_view text, const Tokenizer& tokenizer) const;

  // Whether the text ends with <think>: the response goes on after the tag.
  bool opens_thoughts() const;

 private:
  PromptTemplate(std::string before, std::string after);
  std::string before_, after_;                // around the question, which "chat" may trim besides
  std::shared_ptr<const ChatTemplate> chat_;  // null but for "chat"
};

struct ChatOptions {
  bool open_reply = true;       // end with <｜Assistant｜>, for the model to continue
  bool open_thinking = true;    // and with "<think>\n" after it, as R1 is prompted
  bool keep_reasoning = false;  // else earlier replies lose all up to "</think>", as R1's template
};

// A conversation in DeepSeek's form: BOS, system text, then <｜User｜>.. <｜Assistant｜>..EOS.
// System texts, wherever they stand, go to the front, parted by an empty line. Fault::kInput for an
// unknown role.
std::string render_chat(std::span<const ChatMessage> messages, const ChatOptions& options = {});

}  // namespace r1
