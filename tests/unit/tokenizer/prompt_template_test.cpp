#include "libr1/tokenizer/prompt_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libr1/core/error.h"
#include "libr1/tokenizer/chat_template.h"
#include "tests/unit/tokenizer/small_tokenizer.h"

namespace r1 {
namespace {

TEST(PromptTemplateTest, R1Zero) {
  const std::string text = PromptTemplate::parse("r1-zero").render("What is 1+1?");
  EXPECT_THAT(text,
              ::testing::StartsWith("A conversation between User and Assistant. The user asks"));
  EXPECT_THAT(text, ::testing::EndsWith("</answer>. User: What is 1+1?. Assistant:"));
  EXPECT_EQ(text.find('\n'), text.npos);
  EXPECT_EQ(text.find("  "), text.npos);
}

TEST(PromptTemplateTest, R1Chat) {
  EXPECT_EQ(PromptTemplate::parse("r1-chat").render("Q"),
            "<｜begin▁of▁sentence｜><｜User｜>Q<｜Assistant｜><think>\n");
  const ChatMessage question{"user", "Q"};
  EXPECT_EQ(render_chat({&question, 1}), PromptTemplate::parse("r1-chat").render("Q"));
}

TEST(PromptTemplateTest, TheQuestionIsNotExpanded) {
  const PromptTemplate prompt = PromptTemplate::parse("Q: {question} A:");
  EXPECT_EQ(prompt.render("{question} {x} $1 %s \\"), "Q: {question} {x} $1 %s \\ A:");
  EXPECT_EQ(prompt.render(""), "Q:  A:");
  EXPECT_EQ(PromptTemplate::parse("{question}").render("x"), "x");
  EXPECT_EQ(prompt.render("X"), "Q: X A:");
}

TEST(PromptTemplateTest, RefusesListingTheChoices) {
  for (const char* text : {"", "r1-zer", "no place", "{question} and {question}", "{Question}"}) {
    try {
      PromptTemplate::parse(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput);
      for (const auto& name : PromptTemplate::names())
        EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
    }
  }
}

TEST(ChatTest, SeveralTurns) {
  const std::vector<ChatMessage> messages = {{"system", "Be brief."},
                                             {"user", "1+1?"},
                                             {"assistant", "<think>\nsum\n</think>\n\n2"},
                                             {"user", "And 2+2?"}};
  EXPECT_EQ(
      render_chat(messages),
      "<｜begin▁of▁sentence｜>Be brief.<｜User｜>1+1?<｜Assistant｜>\n\n2<｜end▁of▁sentence｜>"
      "<｜User｜>And 2+2?<｜Assistant｜><think>\n");
  ChatOptions options;
  options.open_reply = false;
  options.keep_reasoning = true;
  EXPECT_THAT(render_chat(messages, options),
              ::testing::EndsWith("<｜Assistant｜><think>\nsum\n</think>\n\n2<｜end▁of▁sentence｜>"
                                  "<｜User｜>And 2+2?"));
  const ChatMessage odd{"robot", "x"};
  EXPECT_THROW(render_chat({&odd, 1}), Error);
}

TEST(PromptTemplateTest, TheModelsOwn) {
  const auto model = test::document(test::word_level({"a", "<s>"}));
  const Tokenizer tokenizer =
      test::make(model, {{"bos_token", "<s>"},
                         {"chat_template",
                          "{{ bos_token }}{% for m in messages %}[{{ m.role }}]"
                          "{{ m.content | trim }}{% endfor %}"
                          "{% if add_generation_prompt %}[assistant]<think>\n{% endif %}"}});
  const auto prompt = PromptTemplate::parse("chat", tokenizer);
  EXPECT_EQ(prompt.render(" what? "), "<s>[user]what?[assistant]<think>\n");
  EXPECT_EQ(prompt.render("{question}"), "<s>[user]{question}[assistant]<think>\n");
  EXPECT_EQ(prompt.render("X"), "<s>[user]X[assistant]<think>\n");
  // It says itself whether there is a BOS.
  const Tokenizer adds = test::make(model, {{"bos_token", "<s>"},
                                            {"add_bos_token", true},
                                            {"chat_template", "{{ messages[0].content }}"}});
  EXPECT_NE(adds.encode("a"), adds.encode_prompt("a"));
  EXPECT_EQ(PromptTemplate::parse("chat", adds).encode("a", adds), adds.encode("a"));
  EXPECT_EQ(PromptTemplate::parse("{question}", adds).encode("a", adds), adds.encode_prompt("a"));
  EXPECT_EQ(PromptTemplate::parse("r1-chat", tokenizer).render("Q"),
            PromptTemplate::parse("r1-chat").render("Q"));
  const auto refusal = [&](const nlohmann::json& config) -> std::string {
    try {
      PromptTemplate::parse("chat", test::make(model, config));
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(refusal(nullptr), ::testing::HasSubstr("this model has none"));
  EXPECT_THAT(refusal({{"chat_template", "no question"}}),
              ::testing::HasSubstr("leaves the user's"));
  EXPECT_THAT(refusal({{"chat_template", "{% if"}}),
              ::testing::HasSubstr("the chat template, line 1"));
  EXPECT_EQ(refusal({{"chat_template",
                      {{{"name", "tool_use"}, {"template", "{% if"}},
                       {{"name", "default"}, {"template", "{{ messages[0].content }}"}}}}}),
            "no error");
}

TEST(PromptTemplateTest, TemplateInAFileOfItsOwn) {
  EXPECT_EQ(with_chat_template("", "{{ x }}\n"), "{\n  \"chat_template\": \"{{ x }}\\n\"\n}");
  const std::string text = with_chat_template(R"({"chat_template": "old", "bos_token": "a"})", "b");
  EXPECT_EQ(nlohmann::json::parse(text),
            (nlohmann::json{{"chat_template", "b"}, {"bos_token", "a"}}));
}

}  // namespace
}  // namespace r1
