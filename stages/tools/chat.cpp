#include "stages/tools/chat.h"

#include <cstdio>

#include "libr1/config/config.h"
#include "libr1/core/clock.h"
#include "libr1/core/error.h"
#include "libr1/tokenizer/chat_template.h"

namespace r1 {
namespace {

constexpr const char* kCommands[] = {"reset", "help", "quit"};

void note(const std::string& text) { std::fputs((text + "\n").c_str(), stderr); }

std::string ending(const ChatAnswer& answer) {
  if (answer.reason == FinishReason::kInterrupted)
    return concat("(stopped after ", answer.tokens, " tokens)");
  if (answer.reason == FinishReason::kLength)
    return concat("(cut off after ", answer.tokens,
                  " tokens; /max-new-tokens and --context set how many)");
  return {};
}

}  // namespace

Chat::Chat(ChatModel& model, ChatSettings settings)
    : model_(model), settings_(std::move(settings)), lines_("> ") {}

bool Chat::run() {
  if (lines_.is_terminal()) note(greeting());
  bool all_right = true;
  for (;;) {
    const auto line = lines_.next();
    if (!line) break;
    try {
      if (!handle(*line)) return all_right;
    } catch (const Error& error) {
      if (error.fault() != Fault::kInput) throw;
      note(error.what());
      all_right = false;
    }
  }
  if (lines_.is_terminal()) note("");
  return all_right;
}

bool Chat::handle(const std::string& line) {
  if (line.find_first_not_of(" \t") == line.npos) return true;
  if (line.front() == '/') return obey(line);
  answer(line);
  return true;
}

bool Chat::obey(const std::string& line) {
  const size_t space = line.find(' ');
  std::vector<std::string> names(std::begin(kCommands), std::end(kCommands));
  for (const Field& field : fields_of(settings_).fields) names.push_back(field.name);
  const std::string command = complete_command(line.substr(1, space - 1), names);
  const size_t begin = line.find_first_not_of(' ', std::min(space, line.size()));
  const std::string value = begin == line.npos ? "" : line.substr(begin);
  if (command == "quit") return false;
  if (command == "help") {
    note(help());
  } else if (command == "reset") {
    reset();
  } else {
    settings_.set(command, value, "/" + command);
    if (command == "seed") turn_ = 0;
    if (command == "template") messages_.clear();
  }
  return true;
}

std::string Chat::rendered_conversation() const {
  if (settings_.prompt_template == "r1-chat") return render_chat(messages_);
  return ChatTemplate::of(model_.facts().tokenizer)->render(messages_);
}

// The whole conversation, or as much of its end as leaves room for the answer.
std::vector<int32_t> Chat::prompt_of_conversation(const PromptTemplate& prompt_template) {
  for (;;) {
    auto prompt =
        prompt_template.encode_rendered(rendered_conversation(), model_.facts().tokenizer);
    const int64_t room = model_.context() - static_cast<int64_t>(prompt.size());
    if (messages_.size() == 1 || room >= std::min(settings_.max_new_tokens, model_.context() / 2))
      return prompt;
    messages_.erase(messages_.begin(), messages_.begin() + 2);  // a question and its answer
    note("(the conversation is longer than the context: its oldest question is forgotten)");
  }
}

// The question joins the conversation; one that is refused leaves it as it was.
std::vector<int32_t> Chat::prompt_of(const std::string& question,
                                     const PromptTemplate& prompt_template) {
  std::vector<ChatMessage> before = messages_;
  if (is_conversation()) messages_.push_back({"user", question});
  try {
    auto prompt = is_conversation() ? prompt_of_conversation(prompt_template)
                                    : prompt_template.encode(question, model_.facts().tokenizer);
    const auto length = static_cast<int64_t>(prompt.size());
    R1_CHECK_INPUT(length >= 1 && length < model_.context(), "found a prompt of ", length,
                   " tokens, expected between 1 and ", model_.context() - 1,
                   " (--context, less a token for the answer)");
    return prompt;
  } catch (const Error&) {
    messages_ = std::move(before);
    throw;
  }
}

void Chat::answer(const std::string& question) {
  const Tokenizer& tokenizer = model_.facts().tokenizer;
  const auto prompt_template = PromptTemplate::parse(settings_.prompt_template, tokenizer);
  std::vector<int32_t> prompt = prompt_of(question, prompt_template);
  const bool thoughts_open = prompt_template.opens_thoughts();
  AnswerPrinter printer(thoughts_open);
  const auto start = Clock::now();
  take_interrupt();  // one that came before is not meant for this answer
  const ChatAnswer answer =
      model_.answer(std::move(prompt), settings_.sampling(tokenizer),
                    Random(settings_.seed, "r1-chat"), turn_++, [&](std::string_view piece) {
                      printer.print(piece);
                      return !take_interrupt();
                    });
  printer.finish();
  const double took = seconds_since(start);
  if (const std::string why = ending(answer); !why.empty()) note(why);
  if (lines_.is_terminal())
    note(concat("[", answer.tokens, " tokens, ",
                static_cast<int64_t>(static_cast<double>(answer.tokens) / took), " a second]"));
  if (is_conversation()) keep(answer, thoughts_open);
}

// Thoughts are no reply: an answer that was cut off in them leaves the conversation.
void Chat::keep(const ChatAnswer& answer, bool thoughts_open) {
  const bool whole = answer.reason == FinishReason::kStopToken;
  const bool thinks = thoughts_open || answer.text.find("<think>") != std::string::npos;
  if (whole || !thinks || answer.text.find("</think>") != std::string::npos) {
    messages_.push_back({"assistant", answer.text});
  } else {
    messages_.pop_back();
    note("(there is no reply yet, only thoughts: question and thoughts are forgotten)");
  }
}

void Chat::reset() {
  messages_.clear();
  turn_ = 0;
}

std::string Chat::greeting() const {
  const ModelFacts& facts = model_.facts();
  std::string from;
  if (!facts.lineage.empty())
    from = concat(" of ", facts.lineage.back().stage, ", step ", facts.lineage.back().step);
  return concat(facts.config.num_parameters(), " parameters", from, "; template \"",
                settings_.prompt_template, "\"; /help lists the commands");
}

std::string Chat::help() {
  return concat(
      "A line is a question, or a command:\n"
      "  /reset        forgets the conversation; the same questions get the same answers again\n"
      "  /quit         ends, as Ctrl-D does; Ctrl-C stops an answer\n"
      "  /NAME VALUE   changes a setting; the start of a name will do. They are now\n\n",
      write_fields(fields_of(settings_)));
}

}  // namespace r1
