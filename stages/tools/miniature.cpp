#include "stages/tools/miniature.h"

#include <set>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/data/document_set.h"
#include "libr1/data/miniature_corpus.h"
#include "libr1/data/question_set.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

void write_corpus(const MiniatureWorld& world, const Tokenizer& tokenizer) {
  DatasetWriter writer(world.out + "/corpus.h5", document_columns());
  writer.attribute("source", concat("r1-miniature, seed ", world.seed));
  for (int64_t i = 0; i < world.documents; ++i) {
    const CorpusDocument document = draw_document(world.seed, i);
    writer.add_tokens("tokens", tokenizer.encode(document_text(document)));
    writer.add_integer("loss_from",
                       static_cast<int64_t>(tokenizer.encode(document_prompt(document)).size()));
    writer.add_text("kind", document.kind);
    writer.end_row();
  }
  writer.close();
}

struct QuestionFile {
  const char* name;
  int64_t count;
  int shortest, longest;
  bool held_out;
};

void write_questions(const MiniatureWorld& world, const QuestionFile& file) {
  DatasetWriter writer(concat(world.out, "/", file.name, ".h5"), question_columns());
  writer.attribute("source", concat("r1-miniature, seed ", world.seed));
  const Random random(world.seed, file.name);
  const ChainRange range = uniform_lengths(file.shortest, file.longest);
  std::set<std::string> seen;
  for (int64_t item = 0; static_cast<int64_t>(seen.size()) < file.count; ++item) {
    R1_CHECK_INPUT(item < 1000 * (file.count + 1), file.name, ": there are fewer than ", file.count,
                   " different problems of this kind");
    Draws draws(random, item);
    const ChainProblem problem = draw_chain(draws, range, file.held_out);
    if (!seen.insert(problem.key()).second) continue;
    write_question(writer, {static_cast<int64_t>(seen.size()) - 1, problem.question(),
                            std::to_string(problem.answer()), Verifier::kNumber,
                            problem.language == Language::kEnglish ? "en" : "zh", "chain"});
  }
  writer.close();
}

}  // namespace

void write_miniature_world(const MiniatureWorld& world) {
  make_directories(world.out);
  write_file(world.out + "/tokenizer.json", miniature_tokenizer_json());
  write_file(world.out + "/tokenizer_config.json", miniature_tokenizer_config_json());
  if (world.documents > 0) write_corpus(world, Tokenizer::from_folder(world.out));
  for (const QuestionFile& file : {QuestionFile{"train", world.train_questions, 3, 10, false},
                                   QuestionFile{"test-easy", world.test_questions, 3, 5, true},
                                   QuestionFile{"test-hard", world.test_questions, 8, 10, true}})
    write_questions(world, file);
}

}  // namespace r1
