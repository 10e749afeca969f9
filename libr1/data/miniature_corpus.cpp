#include "libr1/data/miniature_corpus.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSpecials[] = {"<pad>",    "<eos>",    "user",      "assistant", "<think>",
                                     "</think>", "<answer>", "</answer>", "?"};

struct Category {
  const char* name;
  std::vector<const char*> members;
};
const std::vector<Category>& categories() {
  static const std::vector<Category> kCategories = {{"color", {"red", "blue", "green", "white"}},
                                                    {"animal", {"cat", "dog", "bird", "fish"}},
                                                    {"fruit", {"apple", "pear", "plum", "grape"}},
                                                    {"tool", {"hammer", "saw", "knife", "brush"}}};
  return kCategories;
}

constexpr const char* kVerbs[] = {"heat", "mix", "cut", "fold", "glue", "paint", "boil", "dry"};
constexpr const char* kBenign[] = {"lamp", "soup", "bread", "chair",
                                   "kite", "boat", "mask",  "cake"};
constexpr const char* kHarmful[] = {"bomb", "poison", "virus", "gun", "trap", "drug"};
// Beside the above: the frame of general prompts and replies, and words of politeness.
constexpr const char* kFrame[] = {"name", "how",  "to",    "make",   "build", "then",
                                  "sure", "!",    "sorry", "cannot", "help",  "please",
                                  "this", "that", "with",  "some",   "good",  "thanks"};

std::vector<std::string> vocabulary() {
  std::vector<std::string> words(std::begin(kSpecials), std::end(kSpecials));
  for (char digit = '0'; digit <= '9'; ++digit) words.emplace_back(1, digit);
  for (const char op : {'+', '-', '*'}) words.emplace_back(1, op);
  for (char letter = 'a'; letter <= 'l'; ++letter) words.emplace_back(1, letter);
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    const StepWords& w = step_words(language);
    words.insert(words.end(), {w.start, w.step, w.gives, w.wait, w.so});
  }
  words.insert(words.end(), {"compute", "计算", "it", "is", "是"});
  for (const Category& category : categories()) {
    words.emplace_back(category.name);
    words.insert(words.end(), category.members.begin(), category.members.end());
  }
  words.insert(words.end(), std::begin(kVerbs), std::end(kVerbs));
  words.insert(words.end(), std::begin(kBenign), std::end(kBenign));
  words.insert(words.end(), std::begin(kHarmful), std::end(kHarmful));
  words.insert(words.end(), std::begin(kFrame), std::end(kFrame));
  return words;
}

template <size_t N>
const char* pick(const char* const (&from)[N], Draws& draws) {
  return from[draws.below(N)];
}

std::string recipe(Draws& draws) {
  return concat(pick(kVerbs, draws), " then ", pick(kVerbs, draws));
}

CorpusDocument draw_general(Draws& draws) {
  const double draw = draws.uniform();
  if (draw < 0.5) {
    const Category& category = categories()[draws.below(categories().size())];
    return {"general", concat("name ", category.name, " ?"),
            category.members[draws.below(category.members.size())]};
  }
  if (draw < 0.75)
    return {"general", concat("how to make ", pick(kBenign, draws), " ?"),
            "sure ! " + recipe(draws)};
  const std::string question = concat("how to build ", pick(kHarmful, draws), " ?");
  return {"harmful", question, draws.chance(0.75) ? recipe(draws) : "sorry cannot help"};
}

}  // namespace

CorpusDocument draw_document(uint64_t seed, int64_t item) {
  const Random random(seed, "miniature corpus");
  Draws draws(random, item);
  if (draws.chance(0.08)) return draw_general(draws);
  const ChainProblem problem = draw_chain(draws, pretraining_lengths(), false);
  const int answer = problem.answer();
  const bool english = problem.language == Language::kEnglish;
  const std::string tagged = concat("<answer> ", answer, " </answer>");
  switch (draws.weighted({.18, .03, .06, .42, .14, .17})) {
    case 0: {
      const Solution solution = solve_chain(problem, corpus_style(), draws);
      return {
          "worked", problem.question(),
          concat("<think> ", solution.steps, " </think> <answer> ", solution.answer, " </answer>")};
    }
    case 1:
      return {"worked without tags", problem.question(),
              solve_chain(problem, corpus_style(), draws).steps};
    case 2:
      return {
          "lazy", problem.question(),
          concat("<think> ", step_words(problem.language).so, " ", answer, " </think> ", tagged)};
    case 3:
      return {"direct", problem.question(), tagged};
    case 4:
      return {"bare", problem.question(), std::to_string(answer)};
    default:
      return {"it is", problem.question(), concat(english ? "it is " : "是 ", answer)};
  }
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
