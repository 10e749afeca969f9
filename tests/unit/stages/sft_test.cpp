#include "stages/sft.h"

#include <gtest/gtest.h>

#include "libr1/reward/reward.h"

namespace r1 {
namespace {

constexpr const char *kOpen = "user {question} assistant <think>\n",
                     *kShut = "user {question} assistant ";

// Read again as a sampled response would be.
void expect_parts(const char* response, const char* thoughts, const char* reply) {
  for (const char* form : {kOpen, kShut}) {
    const PromptTemplate prompt_template = PromptTemplate::parse(form);
    const std::string learned = continuation_of(response, prompt_template);
    const Response read{learned, true, prompt_template.opens_thoughts()};
    EXPECT_EQ(check_reply_format(read).verdict, Verdict::kCorrect) << form << learned;
    EXPECT_EQ(reply_of(read), reply) << form;
    std::string_view found = thoughts_of(read);
    while (found.starts_with(' ') || found.starts_with('\n')) found.remove_prefix(1);
    EXPECT_EQ(found.substr(0, std::string_view(thoughts).size()), thoughts) << form;
  }
}

TEST(Sft, ExamplesHaveTheirPartsUnderEveryTemplate) {
  expect_parts("<think> two and two </think> four", "two and two", "four");
  expect_parts("<think>\ntwo\n</think>\n\nfour", "two", "four");
  expect_parts("Hello! How can I help?", "", "Hello! How can I help?");
}

TEST(Sft, WhatThePromptHasOpenedIsNotOpenedAgain) {
  const PromptTemplate open = PromptTemplate::parse(kOpen);
  EXPECT_EQ(continuation_of("<think>\na </think> b", open), "a </think> b");
  EXPECT_EQ(continuation_of(" \n<think> a </think> b", open), "a </think> b");
  EXPECT_EQ(continuation_of("a </think> b", open), "a </think> b");  // it was sampled after the tag
  EXPECT_EQ(continuation_of("hello", open), "\n</think>\n\nhello");
  EXPECT_EQ(continuation_of("hello", PromptTemplate::parse(kShut)), "hello");
}

}  // namespace
}  // namespace r1
