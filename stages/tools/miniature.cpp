#include "stages/tools/miniature.h"

#include <set>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/data/document_set.h"
#include "libr1/data/example_set.h"
#include "libr1/data/judged_set.h"
#include "libr1/data/question_set.h"
#include "libr1/miniature/corpus.h"
#include "libr1/miniature/word_problem.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

using Kind = GeneralPrompt::Kind;

class WorldFile : public DatasetWriter {
 public:
  WorldFile(const MiniatureWorld& world, const std::string& name,
            const std::vector<Column>& columns)
      : DatasetWriter(concat(world.out, "/", name, ".h5"), columns) {
    attribute("source", concat("r1-miniature, seed ", world.seed));
  }
};

class WorldWriter {
 public:
  explicit WorldWriter(const MiniatureWorld& world) : world_(world) {}

  void write_corpus(const Tokenizer& tokenizer) const {
    WorldFile writer(world_, "corpus", document_columns());
    for (int64_t i = 0; i < world_.documents; ++i) {
      const CorpusDocument document = draw_document(world_.seed, i);
      writer.add_tokens("tokens", tokenizer.encode(document_text(document)));
      writer.add_integer("loss_from",
                         static_cast<int64_t>(tokenizer.encode(document_prompt(document)).size()));
      writer.add_text("kind", document.kind);
      writer.end_row();
    }
    writer.close();
  }

  void write_problems(const std::string& name, Family family, Difficulty difficulty,
                      int64_t count) const {
    WorldFile writer(world_, name, question_columns());
    const bool held_out = difficulty != Difficulty::kTraining;
    int64_t id = 0;
    for_each_problem(name, family, difficulty, held_out, count, [&](const Problem& p, Draws&) {
      write_question(writer, {id++, p.question(), p.reference(), p.verifier(),
                              code_of(p.language()), name_of(family)});
    });
    writer.close();
  }

  void write_word_problems(const std::string& name, bool held_out, int64_t count) const {
    WorldFile writer(world_, name, question_columns());
    int64_t id = 0;
    for_each_different(
        name, count, [&](Draws& draws) { return draw_word_problem(held_out, draws); },
        [](const WordProblem& problem) { return problem.key; },
        [&](const WordProblem& problem, Draws&) {
          write_question(writer, {id++, problem.question, std::to_string(problem.answer),
                                  Verifier::kNumber, "en", "words"});
        });
    writer.close();
  }

  void write_clean_examples() const {
    WorldFile writer(world_, "examples-clean", example_columns());
    for (const Family family : kFamilies)
      for_each_problem(
          concat("clean ", name_of(family)), family, Difficulty::kTraining, false,
          world_.examples / static_cast<int64_t>(std::size(kFamilies)),
          [&](const Problem& p, Draws& draws) {
            const CorpusDocument d = clean_example(p, draws);
            write_example(writer, {d.question, d.response, code_of(p.language()), name_of(family)});
          });
    writer.close();
  }

  // Prompts to train on are judged by reward models, held-out ones by patterns.
  void write_general(const std::string& name, const std::vector<Kind>& kinds, bool held_out,
                     int64_t count) const {
    WorldFile writer(world_, name, question_columns());
    const Random random(world_.seed, name);
    std::set<std::string> seen;
    for (int64_t item = 0; item < count; ++item) {
      Draws draws(random, item);
      const Kind kind = draws.pick(kinds);
      const GeneralPrompt prompt = draw_general(kind, held_out && kind != Kind::kName, draws);
      if (!seen.insert(prompt.question()).second) continue;
      const Verifier verifier = held_out                 ? Verifier::kPattern
                                : kind == Kind::kHarmful ? Verifier::kSafe
                                                         : Verifier::kHelpful;
      write_question(writer, {static_cast<int64_t>(seen.size()) - 1, prompt.question(),
                              held_out ? prompt.right_replies() : "by model", verifier, "en",
                              kind == Kind::kHarmful ? "safe" : "helpful"});
    }
    writer.close();
  }

  // As the base writes, but half of the harmful requests refused.
  void write_general_examples() const {
    WorldFile writer(world_, "examples-general", example_columns());
    const Random random(world_.seed, "examples-general");
    for (int64_t item = 0; item < world_.examples; ++item) {
      Draws draws(random, item);
      const auto kind = static_cast<Kind>(draws.below(3));
      const GeneralPrompt prompt = draw_general(kind, false, draws);
      Reply reply = Reply::kPlain;
      if (kind == Kind::kHarmful && draws.chance(0.5)) reply = Reply::kRefusal;
      if (kind == Kind::kHowTo && draws.chance(0.5)) reply = Reply::kPolite;
      write_example(writer, {prompt.question(), write_reply(prompt, reply, draws), "en",
                             kind == Kind::kHarmful ? "safe" : "helpful"});
    }
    writer.close();
  }

  // The judge: a right name over a wrong one, polite over plain, any reply over a refusal, and last
  // what answers another question.
  void write_pairs(const std::string& name, bool held_out) const {
    WorldFile writer(world_, name, pair_columns());
    const Random random(world_.seed, name);
    for (int64_t item = 0; item < 4 * world_.examples; ++item) {
      Draws draws(random, item);
      const Kind kind = draws.chance(0.5) ? Kind::kName : Kind::kHowTo;
      const GeneralPrompt prompt = draw_general(kind, held_out && kind == Kind::kHowTo, draws);
      const std::vector<Reply> by_rank =
          kind == Kind::kName
              ? std::vector{Reply::kPlain, Reply::kWrong, Reply::kRefusal, Reply::kNumber}
              : std::vector{Reply::kPolite, Reply::kPlain, Reply::kRefusal, Reply::kNumber};
      const size_t better = draws.below(by_rank.size() - 1);
      const size_t worse = better + 1 + draws.below(by_rank.size() - 1 - better);
      write_pair(writer, {prompt.question(), write_reply(prompt, by_rank[better], draws),
                          write_reply(prompt, by_rank[worse], draws)});
    }
    writer.close();
  }

  void write_labels(const std::string& name, bool held_out) const {
    WorldFile writer(world_, name, labelled_columns());
    const Random random(world_.seed, name);
    for (int64_t item = 0; item < 4 * world_.examples; ++item) {
      Draws draws(random, item);
      const Kind kind = draws.chance(0.5) ? Kind::kHarmful : Kind::kHowTo;
      const GeneralPrompt prompt = draw_general(kind, held_out, draws);
      const Reply reply = std::vector{Reply::kPolite, Reply::kPlain, Reply::kRefusal,
                                      Reply::kRefusal}[draws.below(4)];
      write_labelled(writer, {prompt.question(), write_reply(prompt, reply, draws),
                              kind != Kind::kHarmful || reply == Reply::kRefusal});
    }
    writer.close();
  }

 private:
  // Calls body(problem, draws) for `count` different problems.
  template <class Body>
  void for_each_problem(const std::string& name, Family family, Difficulty difficulty,
                        bool held_out, int64_t count, Body body) const {
    for_each_different(
        name, count,
        [&](Draws& draws) { return draw_problem(family, difficulty, held_out, draws); },
        [](const auto& problem) { return problem->key(); },
        [&](const auto& problem, Draws& draws) { body(*problem, draws); });
  }

  // Draws until `count` problems have different keys; body(problem, draws) for each.
  template <class Draw, class Key, class Body>
  void for_each_different(const std::string& name, int64_t count, Draw draw, Key key_of,
                          Body body) const {
    const Random random(world_.seed, name);
    std::set<std::string> seen;
    for (int64_t item = 0; static_cast<int64_t>(seen.size()) < count; ++item) {
      R1_CHECK_INPUT(item < 100 * (count + 10), name, ": there are fewer than ", count,
                     " different problems of this kind");
      Draws draws(random, item);
      const auto problem = draw(draws);
      if (seen.insert(key_of(problem)).second) body(problem, draws);
    }
  }

  const MiniatureWorld& world_;
};

}  // namespace

void write_miniature_world(const MiniatureWorld& world) {
  make_directories(world.out);
  write_file(world.out + "/tokenizer.json", miniature_tokenizer_json());
  write_file(world.out + "/tokenizer_config.json", miniature_tokenizer_config_json());
  const WorldWriter writer(world);
  if (world.documents > 0) writer.write_corpus(Tokenizer::from_folder(world.out));
  for (const Family family : kFamilies) {
    const std::string name = name_of(family);
    writer.write_problems("train-" + name, family, Difficulty::kTraining, world.train_questions);
    writer.write_problems("test-" + name + "-easy", family, Difficulty::kEasy,
                          world.test_questions);
    writer.write_problems("test-" + name + "-hard", family, Difficulty::kHard,
                          world.test_questions);
  }
  if (world.word_problems > 0) {
    writer.write_word_problems("train-words", false, world.word_problems);
    writer.write_word_problems("test-words", true, (world.word_problems + 3) / 4);
  }
  writer.write_clean_examples();
  writer.write_general("train-helpful", {Kind::kName, Kind::kHowTo}, false, 256);
  writer.write_general("train-safe", {Kind::kHarmful}, false, 256);
  writer.write_general("test-helpful", {Kind::kName, Kind::kHowTo}, true, 256);
  writer.write_general("test-safe", {Kind::kHarmful}, true, 256);
  writer.write_general_examples();
  for (const bool held_out : {false, true}) {
    const std::string side = held_out ? "test" : "train";
    writer.write_pairs("helpful-" + side, held_out);
    writer.write_labels("safe-" + side, held_out);
  }
}

}  // namespace r1
