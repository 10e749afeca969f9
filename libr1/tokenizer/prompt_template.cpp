#include "libr1/tokenizer/prompt_template.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libr1/core/error.h"
#include "libr1/tokenizer/chat_template.h"

namespace r1 {
namespace {

constexpr std::string_view kQuestion = "{question}";
constexpr std::string_view kOwnTemplate = "chat";
constexpr std::string_view kBos = "<｜begin▁of▁sentence｜>";
constexpr std::string_view kEos = "<｜end▁of▁sentence｜>";
constexpr std::string_view kUser = "<｜User｜>";
constexpr std::string_view kAssistant = "<｜Assistant｜>";
constexpr std::string_view kThink = "<think>\n";

struct Named {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<Named, 2> kTemplates = {{
    {"r1-zero",
     "A conversation between User and Assistant. The user asks a question, and the Assistant "
     "solves it. The assistant first thinks about the reasoning process in the mind and then "
     "provides the user with the answer. The reasoning process and answer are enclosed within "
     "<think> </think> and <answer> </answer> tags, respectively, i.e., <think> reasoning process "
     "here </think> <answer> answer here </answer>. User: {question}. Assistant:"},
    {"r1-chat", "<｜begin▁of▁sentence｜><｜User｜>{question}<｜Assistant｜><think>\n"},
}};

std::string without_reasoning(std::string_view reply) {
  constexpr std::string_view kEndOfThinking = "</think>";
  const size_t at = reply.rfind(kEndOfThinking);
  return std::string(at == reply.npos ? reply : reply.substr(at + kEndOfThinking.size()));
}

std::string system_text(std::span<const ChatMessage> messages) {
  std::string text;
  bool first = true;
  for (const ChatMessage& message : messages) {
    if (message.role != "system") continue;
    text += (first ? "" : "\n\n") + message.content;
    first = false;
  }
  return text;
}

}  // namespace

PromptTemplate::PromptTemplate(std::string before, std::string after)
    : before_(std::move(before)), after_(std::move(after)) {}

std::vector<std::string> PromptTemplate::names() {
  std::vector<std::string> names;
  for (const Named& each : kTemplates) names.emplace_back(each.name);
  return names;
}

PromptTemplate PromptTemplate::parse(std::string_view name_or_text) {
  const auto* named = std::find_if(kTemplates.begin(), kTemplates.end(),
                                   [&](const Named& each) { return each.name == name_or_text; });
  const std::string_view text = named == kTemplates.end() ? name_or_text : named->text;
  const size_t at = text.find(kQuestion);
  const bool once = at != text.npos && text.find(kQuestion, at + 1) == text.npos;
  R1_CHECK_INPUT(once, "found the prompt template \"", name_or_text,
                 "\", expected \"r1-zero\", \"r1-chat\", \"chat\" (the model's own) or a text "
                 "that holds {question} exactly once");
  return {std::string(text.substr(0, at)), std::string(text.substr(at + kQuestion.size()))};
}

void PromptTemplate::check(std::string_view name_or_text) {
  if (name_or_text != kOwnTemplate) parse(name_or_text);
}

PromptTemplate PromptTemplate::parse(std::string_view name_or_text, const Tokenizer& tokenizer) {
  if (name_or_text != kOwnTemplate) return parse(name_or_text);
  const auto chat = ChatTemplate::of(tokenizer);
  R1_CHECK_INPUT(chat,
                 "the template \"chat\" is the model's own, and this model has none; expected "
                 "\"r1-zero\", \"r1-chat\" or a text that holds {question}");
  const ChatMessage probe{"user", std::string(kQuestion)};
  const std::string text = chat->render({&probe, 1});
  const size_t at = text.find(kQuestion);
  R1_CHECK_INPUT(at != text.npos, "the model's chat template leaves the user's question out");
  PromptTemplate result(text.substr(0, at), text.substr(at + kQuestion.size()));
  result.chat_ = std::make_shared<const ChatTemplate>(*chat);
  return result;
}

std::string PromptTemplate::render(std::string_view question) const {
  if (!chat_) return concat(before_, question, after_);
  const ChatMessage message{"user", std::string(question)};
  return chat_->render({&message, 1});
}

std::vector<int32_t> PromptTemplate::encode(std::string_view question,
                                            const Tokenizer& tokenizer) const {
  return encode_rendered(render(question), tokenizer);
}

std::vector<int32_t> PromptTemplate::encode_rendered(std::string_view text,
                                                     const Tokenizer& tokenizer) const {
  return chat_ ? tokenizer.encode(text) : tokenizer.encode_prompt(text);
}

bool PromptTemplate::opens_thoughts() const {
  const std::string_view text = after_;
  return text.substr(0, text.find_last_not_of(" \n\t\r") + 1).ends_with("<think>");
}

std::string render_chat(std::span<const ChatMessage> messages, const ChatOptions& options) {
  std::string text = concat(kBos, system_text(messages));
  for (const ChatMessage& message : messages) {
    if (message.role == "user") {
      text += concat(kUser, message.content);
    } else if (message.role == "assistant") {
      text += concat(kAssistant,
                     options.keep_reasoning ? message.content : without_reasoning(message.content),
                     kEos);
    } else {
      R1_CHECK_INPUT(message.role == "system", "found a chat message of role \"", message.role,
                     "\", expected \"system\", \"user\" or \"assistant\"");
    }
  }
  if (options.open_reply) text += concat(kAssistant, options.open_thinking ? kThink : "");
  return text;
}

}  // namespace r1
