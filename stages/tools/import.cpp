#include "stages/tools/import.h"

#include <filesystem>

#include "libr1/core/build.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/data/jsonl.h"
#include "libr1/data/question_set.h"
#include "libr1/model/hugging_face.h"
#include "libr1/model/layout.h"
#include "libr1/storage/checksum.h"
#include "libr1/storage/safetensors.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

// Tensors of a Hugging Face file that are not parameters.
bool is_derived(const std::string& name, const ModelConfig& config) {
  return name.ends_with("rotary_emb.inv_freq") || (config.tied_head && name == "lm_head.weight");
}

template <class E>
E value_of(const std::string& name, const char* option) {
  std::string names;
  for (const auto& entry : enum_names(E{})) {
    if (entry.name == name) return entry.value;
    names += concat(names.empty() ? "" : ", ", entry.name);
  }
  throw_error(Fault::kInput, concat(option, ": found '", name, "', expected ", names));
}

}  // namespace

void import_model(const std::string& folder, const std::string& out) {
  const std::string config_file = folder + "/config.json";
  ModelFacts facts{model_config_from_hugging_face(read_file(config_file), config_file),
                   Tokenizer::from_folder(folder),
                   {},
                   ""};
  facts.config.check();
  R1_CHECK_INPUT(facts.tokenizer.vocab_size() <= facts.config.vocab, folder, ": the tokenizer has ",
                 facts.tokenizer.vocab_size(), " tokens, the model only ", facts.config.vocab);
  const SafetensorsReader weights(folder);
  const ParamSet params(model_layout(facts.config).table, Dtype::kF32);
  const auto& entries = params.table().entries();
  for (const std::string& name : weights.names())
    R1_CHECK_INPUT(params.table().find(name) >= 0 || is_derived(name, facts.config), folder,
                   ": the tensor ", name, " belongs to no parameter of this family");
  for (size_t i = 0; i < entries.size(); ++i)
    weights.read(entries[i].name, params[static_cast<int>(i)]);
  facts.lineage = {{"r1-import", 0, out, file_checksum(config_file), git_revision()}};
  const auto parent = std::filesystem::path(out).parent_path();
  if (!parent.empty()) make_directories(parent.string());
  const std::string part = out + ".part";
  write_model(part, facts, params, {});
  sync_path(part);
  std::filesystem::rename(part, out);
}

void import_questions(const QuestionImport& settings) {
  const auto verifier = value_of<Verifier>(settings.verifier, "--verifier");
  DatasetWriter writer(settings.out, question_columns());
  writer.attribute("source", settings.rows);
  int64_t count = 0;
  for_each_jsonl_row(settings.rows, [&](const JsonRow& row) {
    if (settings.limit > 0 && count == settings.limit) return;
    const std::string answer = row.text(settings.answer);
    std::string reference = answer;
    if (settings.extraction != "none") {
      const auto found =
          extract_answer(value_of<Extraction>(settings.extraction, "--extraction"), answer);
      R1_CHECK_INPUT(found, row.where(), ": no reference by ", settings.extraction,
                     " in the field '", settings.answer, "'");
      reference = *found;
    }
    const Judgement readable = verify(verifier, reference, reference);
    R1_CHECK_INPUT(readable.verdict == Verdict::kCorrect, row.where(), ": ", readable.reason);
    const std::string question = row.text(settings.question);
    R1_CHECK_INPUT(!question.empty(), row.where(), ": the question is empty");
    write_question(writer, {count++, question, reference, verifier, settings.language,
                            settings.source.empty() ? settings.rows : settings.source});
  });
  writer.close();
}

}  // namespace r1
