#include "libr1/data/question_set.h"

#include "libr1/core/error.h"

namespace r1 {
namespace {

Verifier verifier_from(const std::string& name, const std::string& where) {
  std::string known;
  for (const auto& entry : enum_names(Verifier{})) {
    if (entry.name == name) return entry.value;
    known += concat(known.empty() ? "" : ", ", entry.name);
  }
  throw_error(Fault::kInput,
              concat(where, ": the verifier '", name, "' is unknown; known are ", known));
}

}  // namespace

QuestionSet::QuestionSet(const std::string& path) : path_(path) {
  const DatasetReader reader(path);
  R1_CHECK_INPUT(reader.rows() > 0, path, " has no questions");
  const auto optional = [&](const char* column, int64_t row) {
    return reader.has_column(column) ? reader.text(column, row) : std::string();
  };
  for (int64_t row = 0; row < reader.rows(); ++row) {
    const std::string where = concat(path, ", row ", row);
    Question question{
        reader.integer("id", row),  reader.text("question", row),
        reader.text("answer", row), verifier_from(reader.text("verifier", row), where),
        optional("language", row),  optional("source", row)};
    R1_CHECK_INPUT(!question.question.empty(), where, ": the question is empty");
    R1_CHECK_INPUT(question.language.empty() || is_known_language(question.language), where,
                   ": the language '", question.language,
                   "' is unknown; expected a code such as en");
    R1_CHECK_INPUT(!question.answer.empty(), where, ": the answer is empty");
    const Judgement readable = check_reference(question.verifier, question.answer);
    R1_CHECK_INPUT(
        readable.verdict == Verdict::kCorrect || is_judged_by_reward_model(question.verifier),
        where, ": ", readable.reason);
    questions_.push_back(std::move(question));
  }
}

std::vector<Column> question_columns() {
  return {{"id", ColumnKind::kInteger},    {"question", ColumnKind::kText},
          {"answer", ColumnKind::kText},   {"verifier", ColumnKind::kText},
          {"language", ColumnKind::kText}, {"source", ColumnKind::kText}};
}

void write_question(DatasetWriter& writer, const Question& question) {
  writer.add_integer("id", question.id);
  writer.add_text("question", question.question);
  writer.add_text("answer", question.answer);
  writer.add_text("verifier", enum_name(question.verifier));
  writer.add_text("language", question.language);
  writer.add_text("source", question.source);
  writer.end_row();
}

}  // namespace r1
