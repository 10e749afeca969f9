// r1-miniature: generates the miniature's world.
#include "stages/tools/miniature.h"

#include <CLI/CLI.hpp>

#include "libr1/config/number_text.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  r1::MiniatureWorld world;
  CLI::App app("Generates the world of the miniature: tokenizer, corpus, questions",
               "r1-miniature");
  const r1::NumberIn<int64_t> kCount{r1::between(0, 100'000'000)};
  app.add_option("--out", world.out, "folder to write")->required();
  app.add_option("--seed", world.seed, "of everything random")->capture_default_str();
  app.add_option("--documents", world.documents, "of the corpus; 0: no corpus")
      ->check(kCount)
      ->capture_default_str();
  app.add_option("--train-questions", world.train_questions, "of each family, to train on")
      ->check(kCount)
      ->capture_default_str();
  app.add_option("--test-questions", world.test_questions,
                 "of each family, held out, easy and hard each")
      ->check(kCount)
      ->capture_default_str();
  app.add_option("--examples", world.examples, "worked solutions, and replies to general prompts")
      ->check(kCount)
      ->capture_default_str();
  app.add_option("--word-problems", world.word_problems,
                 "everyday sums in English for a real model, and a quarter as many held out")
      ->check(kCount)
      ->capture_default_str();
  return r1::run_tool(app, argc, argv, [&] { r1::write_miniature_world(world); });
}
