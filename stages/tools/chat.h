// A conversation with a model: lines are questions, or commands when they begin with "/".
#pragma once

#include <string>
#include <vector>

#include "libr1/tokenizer/prompt_template.h"
#include "stages/tools/chat_model.h"
#include "stages/tools/chat_settings.h"
#include "stages/tools/chat_terminal.h"

namespace r1 {

class Chat {
 public:
  // Keeps the reference.
  Chat(ChatModel& model, ChatSettings settings);

  // Reads lines until the end of the input or /quit. Answers go to standard output, everything else
  // to standard error. A wrong line is reported and the next one read; false if there was one.
  bool run();

 private:
  bool handle(const std::string& line);  // false: the end
  bool obey(const std::string& line);    // false: the end
  void answer(const std::string& question);
  std::vector<int32_t> prompt_of(const std::string& question,
                                 const PromptTemplate& prompt_template);
  std::vector<int32_t> prompt_of_conversation(const PromptTemplate& prompt_template);
  void keep(const ChatAnswer& answer, bool thoughts_open);
  void reset();
  bool is_conversation() const {
    return settings_.prompt_template == "r1-chat" || settings_.prompt_template == "chat";
  }
  std::string rendered_conversation() const;
  std::string greeting() const;
  std::string help();

  ChatModel& model_;
  ChatSettings settings_;
  LineReader lines_;
  std::vector<ChatMessage> messages_;  // so far, where the template is a conversation's
  int64_t turn_ = 0;                   // answers drawn since the start, /reset or /seed
};

}  // namespace r1
