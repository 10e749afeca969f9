// r1-import: brings a Hugging Face model, or questions as JSONL, into HDF5.
#include "stages/tools/import.h"

#include <CLI/CLI.hpp>

#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Brings models and data sets into HDF5", "r1-import");
  app.require_subcommand(1);
  std::string from, out, dtype = "f32";
  CLI::App* model = app.add_subcommand("model", "a Hugging Face folder, or a GGUF file");
  model
      ->add_option("from", from,
                   "folder with config.json, tokenizer.json, safetensors; or FILE.gguf")
      ->required();
  model->add_option("--out", out, "model.h5 to write")->required();
  model->add_option("--dtype", dtype, "f32 or bf16")
      ->check(CLI::IsMember({"f32", "bf16"}).description(""))
      ->capture_default_str();
  r1::QuestionImport q;
  CLI::App* questions = app.add_subcommand("questions", "JSONL rows of questions and answers");
  questions->add_option("rows", q.rows, "JSONL file")->required();
  questions->add_option("--out", q.out, "HDF5 file to write")->required();
  questions->add_option("--question", q.question, "field of the question")->capture_default_str();
  questions->add_option("--answer", q.answer, "field of the answer")->capture_default_str();
  questions
      ->add_option("--extraction", q.extraction,
                   "where the reference stands in the answer: none (all of it), hash (GSM8K's "
                   "####), boxed, answer-tag, last-number")
      ->capture_default_str();
  questions->add_option("--verifier", q.verifier, "number or exact")->capture_default_str();
  questions->add_option("--language", q.language, "such as en");
  questions->add_option("--source", q.source, "name of the data set");
  questions->add_option("--limit", q.limit, "rows; 0: all")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return r1::run_tool("r1-import", [&] {
    if (*model) r1::import_model(from, out, r1::dtype_from_string(dtype), {});
    if (*questions) r1::import_questions(q);
  });
}
