#include "libr1/miniature/corpus.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSpecials[] = {"<pad>",    "<eos>",    "user",      "assistant", "<think>",
                                     "</think>", "<answer>", "</answer>", "?"};

std::vector<std::string> vocabulary() {
  std::vector<std::string> words(std::begin(kSpecials), std::end(kSpecials));
  for (char digit = '0'; digit <= '9'; ++digit) words.emplace_back(1, digit);
  for (const char sign : {'+', '-', '*', '(', ')'}) words.emplace_back(1, sign);
  for (char letter = 'a'; letter <= 'n'; ++letter) words.emplace_back(1, letter);
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    const StepWords& w = step_words(language);
    words.insert(words.end(), {w.start, w.step, w.gives, w.wait, w.so});
  }
  words.insert(words.end(), {"compute", "计算", "reach", "凑", "from", "用", "it", "is", "是"});
  const auto general = general_words();
  words.insert(words.end(), general.begin(), general.end());
  return words;
}

CorpusDocument draw_general_document(Draws& draws) {
  const GeneralPrompt prompt = draw_general(draws);
  Reply reply = Reply::kPlain;
  if (prompt.kind == GeneralPrompt::Kind::kHowTo && draws.chance(0.7)) reply = Reply::kPolite;
  if (prompt.kind == GeneralPrompt::Kind::kHarmful && draws.chance(0.25)) reply = Reply::kRefusal;
  const bool harmful = prompt.kind == GeneralPrompt::Kind::kHarmful;
  return {harmful ? "harmful" : "general", prompt.question(), write_reply(prompt, reply, draws)};
}

CorpusDocument worked_example(const Problem& problem, const SolutionStyle& style, Draws& draws) {
  const Solution solution = problem.solve(style, draws);
  return {"worked", problem.question(),
          concat("<think> ", solution.steps, " </think> <answer> ", solution.answer, " </answer>")};
}

}  // namespace

CorpusDocument draw_document(uint64_t seed, int64_t item) {
  const Random random(seed, "miniature corpus");
  Draws draws(random, item);
  if (draws.chance(0.08)) return draw_general_document(draws);
  const Family family = kFamilies[draws.weighted({0.4, 0.3, 0.3})];
  const auto problem = draw_problem(family, Difficulty::kCorpus, false, draws);
  const std::string question = problem->question();
  const size_t kind = draws.weighted({.18, .03, .06, .42, .14, .17});
  if (kind == 0) return worked_example(*problem, corpus_style(), draws);
  if (kind == 1)
    return {"worked without tags", question, problem->solve(corpus_style(), draws).steps};
  const std::string answer = problem->offhand_answer(draws);
  const std::string tagged = concat("<answer> ", answer, " </answer>");
  if (kind == 2) {
    const char* so = step_words(problem->language()).so;
    return {"lazy", question, concat("<think> ", so, " ", answer, " </think> ", tagged)};
  }
  if (kind == 3) return {"direct", question, tagged};
  if (kind == 4) return {"bare", question, answer};
  return {"it is", question,
          concat(problem->language() == Language::kEnglish ? "it is " : "是 ", answer)};
}

CorpusDocument clean_example(const Problem& problem, Draws& draws) {
  return worked_example(problem, clean_style(), draws);
}

std::string document_prompt(const CorpusDocument& document) {
  return concat("user ", document.question, " assistant");
}

std::string document_text(const CorpusDocument& document) {
  return concat(document_prompt(document), " ", document.response, " <eos>");
}

std::string miniature_tokenizer_json() {
  const auto words = vocabulary();
  Json vocab = Json::object(), added = Json::array();
  for (size_t id = 0; id < words.size(); ++id) {
    R1_CHECK(!vocab.contains(words[id]), "the word ", words[id], " stands twice");
    vocab[words[id]] = id;
  }
  for (size_t id = 0; id < std::size(kSpecials); ++id)
    added.push_back({{"id", id},
                     {"content", kSpecials[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", id < 2}});
  const Json json = {{"version", "1.0"},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
                     {"post_processor", nullptr},
                     {"decoder", nullptr},
                     {"model", {{"type", "WordLevel"}, {"vocab", vocab}, {"unk_token", "<unk>"}}}};
  return json.dump(1) + "\n";
}

std::string miniature_tokenizer_config_json() {
  const Json json = {{"eos_token", "<eos>"}, {"pad_token", "<pad>"}, {"add_bos_token", false}};
  return json.dump(1) + "\n";
}

}  // namespace r1
