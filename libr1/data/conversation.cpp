#include "libr1/data/conversation.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

constexpr std::string_view kHuman = "\n\nHuman:", kAssistant = "\n\nAssistant:";

std::string role_of(const std::string& name, const std::string& where) {
  if (name == "user" || name == "human") return "user";
  if (name == "assistant" || name == "gpt") return "assistant";
  R1_CHECK_INPUT(name == "system", where, ": the role is '", name,
                 "', expected system, user or assistant");
  return name;
}

}  // namespace

std::vector<ChatMessage> parse_dialogue(const std::string& text, const std::string& where) {
  std::string_view rest = text;
  const std::string framed = "\n\n" + std::string(trimmed(rest));
  rest = framed;
  R1_CHECK_INPUT(rest.starts_with(kHuman) || rest.starts_with(kAssistant), where,
                 ": the dialogue begins with '", rest.substr(2, 30),
                 "', expected \"Human:\" or \"Assistant:\"");
  std::vector<ChatMessage> turns;
  while (!rest.empty()) {
    const bool human = rest.starts_with(kHuman);
    rest.remove_prefix(human ? kHuman.size() : kAssistant.size());
    const size_t end = std::min(std::min(rest.find(kHuman), rest.find(kAssistant)), rest.size());
    turns.push_back({human ? "user" : "assistant", std::string(trimmed(rest.substr(0, end)))});
    rest.remove_prefix(end);
  }
  return turns;
}

std::vector<ChatMessage> read_messages(const JsonRow& row, const std::string& field) {
  std::vector<ChatMessage> messages;
  for (const JsonRow& each : row.rows(field)) {
    const bool other_names = each.has("from");
    messages.push_back({role_of(each.text(other_names ? "from" : "role"), each.where()),
                        each.text(other_names ? "value" : "content")});
  }
  return messages;
}

std::string question_of(const std::vector<ChatMessage>& messages) {
  if (messages.size() == 1 && messages[0].role == "user") return messages[0].content;
  std::string text;
  for (const ChatMessage& message : messages) {
    if (!text.empty()) text += "\n\n";
    if (message.role != "system") text += message.role == "user" ? "Human: " : "Assistant: ";
    text += message.content;
  }
  return text;
}

}  // namespace r1
