#include "stages/tools/import_options.h"

#include <CLI/CLI.hpp>

#include "libr1/config/number_text.h"
#include "libr1/core/error.h"
#include "libr1/parallel/mpi_session.h"
#include "libr1/reward/language.h"
#include "stages/tools/import.h"

namespace r1 {
namespace {

constexpr double kLongestWait = 600;  // seconds, of a rank for another

std::string refused_language(const std::string& language) {
  return is_known_language(language)
             ? ""
             : concat("found '", language, "', expected an ISO 639-1 code such as en");
}

// What all data sets have.
template <class Import>
void add_common(CLI::App& command, Import& import) {
  command.add_option("rows", import.rows, "JSONL file, plain or .gz")->required();
  command.add_option("--out", import.out, "HDF5 file to write")->required();
  command.add_option("--language", import.language, "such as en")
      ->check(CLI::Validator(refused_language, ""));
  command.add_option("--source", import.source, "name of the data set");
  command.add_option("--licence", import.licence, "of the data set");
  command.add_option("--limit", import.limit, "rows; 0: all")
      ->check(NumberIn<int64_t>{at_least(0)})
      ->capture_default_str();
}

}  // namespace

void ImportOptions::declare(CLI::App& app) {
  declare_model(app);
  declare_questions(app);
  declare_replies(app);
}

void ImportOptions::run(int argc, char** argv) const { chosen_(argc, argv); }

void ImportOptions::declare_model(CLI::App& app) {
  CLI::App* model = app.add_subcommand("model", "a Hugging Face folder, or a GGUF file");
  model
      ->add_option("from", from_,
                   "folder with config.json, tokenizer.json, safetensors; or FILE.gguf")
      ->required();
  model->add_option("--out", out_, "model.h5 to write")->required();
  model->add_option("--dtype", dtype_, "f32 or bf16")
      ->check(CLI::IsMember({"f32", "bf16"}).description(""))
      ->capture_default_str();
  model->callback([this] {
    chosen_ = [this](int argc, char** argv) {
      MpiSession session(&argc, &argv);
      const auto world = session.world(kLongestWait);
      import_model(from_, out_, dtype_from_string(dtype_), world->communicator());
    };
  });
}

void ImportOptions::declare_questions(CLI::App& app) {
  CLI::App* questions = app.add_subcommand("questions", "questions with references");
  QuestionImport& q = questions_;
  add_common(*questions, q);
  std::string names;
  for (const std::string& name : question_presets()) names += (names.empty() ? "" : ", ") + name;
  questions->add_option("--dataset", q.dataset, "a data set whose rows are known: " + names);
  questions->add_option("--question", q.question, "field of the question [question]");
  questions->add_option("--answer", q.answer, "field of the answer [answer]");
  questions->add_option("--extraction", q.extraction,
                        "where the reference stands in the answer: none (all of it), hash (GSM8K's "
                        "####), boxed, answer-tag, last-number [none]");
  questions->add_option("--rating", q.rating,
                        "field of the difficulty, as Codeforces and Elo measure it; r1-evaluate "
                        "then rates models");
  questions->add_option("--verifier", q.verifier, "number, exact, choice, math, code ... [number]");
  questions->callback([this] { chosen_ = [this](int, char**) { import_questions(questions_); }; });
}

void ImportOptions::declare_replies(CLI::App& app) {
  const auto add = [&](const char* name, const char* summary, void (*import)(const ReplyImport&)) {
    CLI::App* command = app.add_subcommand(name, summary);
    add_common(*command, replies_);
    command->add_option("--question", replies_.question, "field of the question")
        ->capture_default_str();
    command->callback(
        [this, import] { chosen_ = [this, import](int, char**) { import(replies_); }; });
    return command;
  };
  CLI::App* examples = add("examples", "questions with responses to imitate", import_examples);
  CLI::App* pairs = add("pairs", "questions with a better and a worse reply", import_pairs);
  CLI::App* labelled = add("labelled", "replies that are safe or good, or not", import_labelled);
  for (CLI::App* command : {examples, labelled})
    command->add_option("--response", replies_.response, "field of the response")
        ->capture_default_str();
  pairs->add_option("--chosen", replies_.chosen, "field of the better reply")
      ->capture_default_str();
  pairs->add_option("--rejected", replies_.rejected, "field of the worse one")
      ->capture_default_str();
  labelled->add_option("--label", replies_.label, "field of the label: true or false")
      ->capture_default_str();
}

}  // namespace r1
