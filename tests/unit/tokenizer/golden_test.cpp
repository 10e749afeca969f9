// Ids and texts of other implementations: Qwen3, DeepSeek-V3 and a Llama tokenizer with byte
// fallback, every row of the golden files.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libr1/core/file.h"
#include "libr1/tokenizer/chat_template.h"
#include "libr1/tokenizer/prompt_template.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string data_folder() {
  const char* folder = std::getenv("R1_TEST_DATA");
  return folder == nullptr ? "" : folder;
}

std::string unzipped(const std::string& path) {
  FILE* pipe = ::popen(("gzip -dc '" + path + "'").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run gzip");
  std::string bytes;
  std::array<char, 65536> block;
  while (const size_t n = std::fread(block.data(), 1, block.size(), pipe))
    bytes.append(block.data(), n);
  if (::pclose(pipe) != 0) throw std::runtime_error("gzip failed on " + path);
  return bytes;
}

template <class Json = json>
std::vector<Json> rows_of(const std::string& path) {
  std::vector<Json> rows;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::string streamed(const Tokenizer& tokenizer, const std::vector<int32_t>& ids, bool skip) {
  StreamingDecoder decoder(tokenizer, skip);
  std::string text;
  for (const int32_t id : ids) text += decoder.push(id);
  return text + decoder.finish();
}

class GoldenTest : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenTest, EveryRow) {
  if (data_folder().empty()) GTEST_SKIP() << "R1_TEST_DATA is not set";
  const std::string folder = data_folder() + "/tokenizers/" + GetParam();
  const Tokenizer tokenizer = Tokenizer::from_json(unzipped(folder + "/tokenizer.json.gz"),
                                                   read_file(folder + "/tokenizer_config.json"));
  int num_encode = 0;
  int num_decode = 0;
  for (const json& row : rows_of(folder + "/golden.jsonl")) {
    SCOPED_TRACE(row["id"].get<std::string>());
    const auto ids = row["ids"].get<std::vector<int32_t>>();
    if (row["kind"] != "decode") {  // encode, chat: the text is already rendered
      EXPECT_EQ(tokenizer.encode(row["text"].get<std::string>()), ids);
      ++num_encode;
    }
    ++num_decode;
    EXPECT_EQ(tokenizer.decode(ids), row["decoded"]);
    EXPECT_EQ(tokenizer.decode(ids, true), row["decoded_skip_special"]);
    EXPECT_EQ(streamed(tokenizer, ids, false), row["decoded"]);
    EXPECT_EQ(streamed(tokenizer, ids, true), row["decoded_skip_special"]);
  }
  EXPECT_GT(num_encode, 150);
  EXPECT_GT(num_decode, 200);
  const Tokenizer again = Tokenizer::from_json(tokenizer.json(), tokenizer.config_json());
  EXPECT_EQ(again.encode("2 + 2 = 4"), tokenizer.encode("2 + 2 = 4"));
  std::printf("%s: %d texts encoded, %d decoded\n", GetParam(), num_encode, num_decode);
}

// The model's own template, rendered by Jinja2, and the ids of its text.
TEST_P(GoldenTest, EveryChat) {
  if (data_folder().empty()) GTEST_SKIP() << "R1_TEST_DATA is not set";
  const std::string folder = data_folder() + "/tokenizers/" + GetParam();
  const Tokenizer tokenizer = Tokenizer::from_json(unzipped(folder + "/tokenizer.json.gz"),
                                                   read_file(folder + "/tokenizer_config.json"));
  const auto chat = ChatTemplate::of(tokenizer);
  ASSERT_TRUE(chat);
  int num_chats = 0;
  for (const auto& row : rows_of<ordered_json>(folder + "/golden.jsonl")) {
    if (row["kind"] != "chat") continue;
    SCOPED_TRACE(row["id"].get<std::string>());
    ++num_chats;
    ordered_json variables;  // a template shows the keys of tools in their order
    for (const char* key : {"messages", "tools", "add_generation_prompt", "enable_thinking"})
      if (row.contains(key)) variables[key] = row[key];
    const std::string text = chat->render(variables.dump());
    EXPECT_EQ(text, row["text"].get<std::string>());
    EXPECT_EQ(tokenizer.encode(text), row["ids"].get<std::vector<int32_t>>());
  }
  EXPECT_GE(num_chats, 20);
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, GoldenTest, ::testing::Values("qwen3", "deepseek_v3"),
                         [](const auto& param) { return param.param; });

TEST(GoldenFactsTest, NamedTokens) {
  if (data_folder().empty()) GTEST_SKIP() << "R1_TEST_DATA is not set";
  const auto load = [](const std::string& name) {
    const std::string folder = data_folder() + "/tokenizers/" + name;
    return Tokenizer::from_json(unzipped(folder + "/tokenizer.json.gz"),
                                read_file(folder + "/tokenizer_config.json"));
  };
  const Tokenizer qwen = load("qwen3");
  EXPECT_EQ(qwen.vocab_size(), 151669);
  EXPECT_EQ(qwen.bos_id(), -1);
  EXPECT_EQ(qwen.eos_id(), 151645);
  EXPECT_EQ(qwen.pad_id(), 151643);
  EXPECT_FALSE(qwen.adds_bos());
  EXPECT_TRUE(qwen.is_special(151645));
  EXPECT_FALSE(qwen.is_special(qwen.id_of("<think>")));
  const Tokenizer deepseek = load("deepseek_v3");
  EXPECT_EQ(deepseek.bos_id(), 0);
  EXPECT_EQ(deepseek.eos_id(), 1);
  EXPECT_TRUE(deepseek.adds_bos());
  const auto prompt = PromptTemplate::parse("r1-chat").render("1+1?");
  const auto ids = deepseek.encode_prompt(prompt);
  EXPECT_EQ(ids[0], 0);
  EXPECT_EQ(ids[1], 128803);
  EXPECT_EQ(deepseek.encode_prompt("1+1?").front(), 0);
}

// DeepSeek's own chat template, where only text is exchanged; tools are not ours to render.
TEST(GoldenFactsTest, DeepSeekChats) {
  if (data_folder().empty()) GTEST_SKIP() << "R1_TEST_DATA is not set";
  int num_rendered = 0;
  int num_skipped = 0;
  for (const json& row : rows_of(data_folder() + "/tokenizers/deepseek_v3/golden.jsonl")) {
    if (row["kind"] != "chat") continue;
    std::vector<ChatMessage> messages;
    bool plain = true;
    for (const json& message : row["messages"]) {
      plain = plain && message["role"] != "tool" && !message.contains("tool_calls");
      if (plain) messages.push_back({message["role"], message["content"]});
    }
    if (!plain) {
      ++num_skipped;
      continue;
    }
    ChatOptions options;
    options.open_reply = row.value("add_generation_prompt", false);
    options.open_thinking = false;
    options.keep_reasoning = true;
    EXPECT_EQ(render_chat(messages, options), row["text"]) << row["id"];
    ++num_rendered;
  }
  EXPECT_GT(num_rendered, 5);
  std::printf("%d chats rendered, %d with tools skipped\n", num_rendered, num_skipped);
}

TEST(GoldenLlamaTest, EveryRow) {
  if (data_folder().empty()) GTEST_SKIP() << "R1_TEST_DATA is not set";
  const std::string folder = data_folder() + "/models/stories260K";
  const Tokenizer tokenizer = Tokenizer::from_folder(folder + "/hf");
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_TRUE(tokenizer.adds_bos());
  const auto rows = rows_of(folder + "/tokenizer_golden.jsonl");
  EXPECT_EQ(rows.size(), 175u);
  for (const json& row : rows) {
    const auto ids = row["ids"].get<std::vector<int32_t>>();
    const std::string text = row["text"];
    EXPECT_EQ(tokenizer.encode(text), ids) << text;
    EXPECT_EQ(streamed(tokenizer, ids, false), tokenizer.decode(ids)) << text;
    if (text.find("\u2581") == text.npos && text.find("<") == text.npos) {
      EXPECT_EQ(tokenizer.decode(ids), text);
    }
  }
  for (const json& row : rows_of(folder + "/golden.jsonl")) {
    const auto prompt = row["prompt"].get<std::string>();
    EXPECT_EQ(tokenizer.encode_prompt(prompt), row["prompt_ids"].get<std::vector<int32_t>>());
  }
}

}  // namespace
}  // namespace r1
