#include "stages/tools/import_replies.h"

#include <cstdio>
#include <map>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/function_ref.h"
#include "libr1/data/conversation.h"
#include "libr1/data/example_set.h"
#include "libr1/data/judged_set.h"

namespace r1 {
namespace {

using Messages = std::vector<ChatMessage>;

// Why a row is left out; not an error.
struct LeftOut {
  std::string reason;
};

const char* message_field(const JsonRow& row) {
  if (row.has("messages")) return "messages";
  return row.has("conversations") ? "conversations" : nullptr;
}

struct Exchange {
  std::string question, response;
};

Exchange split_last_reply(Messages messages) {
  if (messages.empty() || messages.back().role != "assistant")
    throw LeftOut{"the last turn is not the assistant's"};
  std::string response = std::move(messages.back().content);
  messages.pop_back();
  if (messages.empty() || messages.back().role != "user")
    throw LeftOut{"the reply answers no user"};
  if (response.empty()) throw LeftOut{"the last reply is empty"};
  Exchange exchange{question_of(messages), std::move(response)};
  if (exchange.question.empty()) throw LeftOut{"the question is empty"};
  return exchange;
}

Exchange exchange_of(const ReplyImport& settings, const JsonRow& row) {
  if (const char* field = message_field(row)) return split_last_reply(read_messages(row, field));
  Exchange exchange{row.text(settings.question), row.text(settings.response)};
  if (exchange.question.empty()) throw LeftOut{"the question is empty"};
  if (exchange.response.empty()) throw LeftOut{"the response is empty"};
  return exchange;
}

// Where a row has its context apart, one reply to it; else the end of a whole dialogue.
Exchange reply_of(const ReplyImport& settings, const JsonRow& row, const std::string& field) {
  const char* context = message_field(row);
  if (!context && !row.has(settings.question)) {
    return split_last_reply(row.is_text(field) ? parse_dialogue(row.text(field), row.where())
                                               : read_messages(row, field));
  }
  Messages messages =
      context ? read_messages(row, context) : Messages{{"user", row.text(settings.question)}};
  if (row.is_text(field)) {
    messages.push_back({"assistant", row.text(field)});
  } else {
    for (ChatMessage& message : read_messages(row, field)) messages.push_back(std::move(message));
  }
  return split_last_reply(std::move(messages));
}

// Reads all rows into a data set that write_row makes; says what was left out.
void import_rows(const ReplyImport& settings, const std::vector<Column>& columns,
                 FunctionRef<void(DatasetWriter&, const JsonRow&)> write_row) {
  refuse_own_input(settings.rows, settings.out);
  DatasetWriter writer(settings.out, columns);
  writer.attribute("source", settings.source.empty() ? settings.rows : settings.source);
  writer.attribute("licence", settings.licence);
  writer.attribute("language", settings.language);
  int64_t count = 0;
  std::map<std::string, int64_t> left_out;
  for_each_jsonl_row(settings.rows, [&](const JsonRow& row) {
    if (settings.limit > 0 && count == settings.limit) return;
    try {
      write_row(writer, row);
      ++count;
    } catch (const LeftOut& why) {
      ++left_out[why.reason];
    }
  });
  for (const auto& [reason, rows] : left_out)
    std::fprintf(stderr, "%lld rows are left out: %s\n", static_cast<long long>(rows),
                 reason.c_str());
  R1_CHECK_INPUT(count > 0, settings.rows, ": no row is left");
  writer.close();
}

}  // namespace

void import_examples(const ReplyImport& settings) {
  const std::string source = settings.source.empty() ? settings.rows : settings.source;
  import_rows(settings, example_columns(), [&](DatasetWriter& writer, const JsonRow& row) {
    const Exchange exchange = exchange_of(settings, row);
    write_example(writer, {exchange.question, exchange.response, settings.language, source});
  });
}

void import_pairs(const ReplyImport& settings) {
  import_rows(settings, pair_columns(), [&](DatasetWriter& writer, const JsonRow& row) {
    const Exchange chosen = reply_of(settings, row, settings.chosen);
    const Exchange rejected = reply_of(settings, row, settings.rejected);
    if (chosen.question != rejected.question)
      throw LeftOut{"the dialogues differ before the last reply"};
    if (chosen.response == rejected.response) throw LeftOut{"both replies are the same"};
    write_pair(writer, {chosen.question, chosen.response, rejected.response});
  });
}

void import_labelled(const ReplyImport& settings) {
  import_rows(settings, labelled_columns(), [&](DatasetWriter& writer, const JsonRow& row) {
    const Exchange exchange = exchange_of(settings, row);
    write_labelled(writer, {exchange.question, exchange.response, row.flag(settings.label)});
  });
}

}  // namespace r1
