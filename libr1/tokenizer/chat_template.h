// A model's own chat template: the Jinja program of tokenizer_config.json that turns a conversation
// into the text that the model was trained on. Supported is the part of Jinja that chat templates
// use: expressions, if, for, set, macro, filter, namespaces, slices, the usual filters, tests and
// methods of strings and maps, white-space control as Hugging Face sets it. Anything else is
// refused by name. A template is a program from elsewhere: its work, text and depth are bounded.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libr1/tokenizer/prompt_template.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {

// Immutable, thread-safe, cheap to copy.
class ChatTemplate {
 public:
  // Fault::kInput "the chat template, line N: ..." for what is no template, or not supported.
  static ChatTemplate parse(std::string_view jinja);
  // The one of the tokenizer's config ("default", where it has several), with the names of the
  // special tokens; nothing when it has none.
  static std::optional<ChatTemplate> of(const Tokenizer& tokenizer);

  // `variables`: a JSON object such as {"messages": [{"role": "user", "content": "Hi"}],
  // "add_generation_prompt": true}; "tools" and "documents" are none unless given, and
  // strftime_now is not there: a prompt does not depend on the day. Fault::kInput when the template
  // refuses the conversation, does not end, or asks for what is not supported.
  std::string render(std::string_view variables) const;
  // The conversation, open for the assistant's reply.
  std::string render(std::span<const ChatMessage> messages) const;

 private:
  struct Program;
  explicit ChatTemplate(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

// The text of tokenizer_config.json (or nothing) with this template in it, for folders that keep
// it in a file of its own.
std::string with_chat_template(std::string_view config, std::string_view jinja);

}  // namespace r1
