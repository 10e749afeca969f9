#include "stages/tools/import_questions.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/data/question_set.h"
#include "stages/tools/question_rows.h"

namespace r1 {
namespace {

// Fields are those that the publishers use, "a|b" where they differ among themselves.
struct Preset {
  const char* name;
  RowForm form;
  const char *question, *answer, *extraction, *verifier, *language, *licence;
};

constexpr Preset kPresets[] = {
    {"gsm8k", RowForm::kPlain, "question", "answer", "hash", "number", "en", "MIT"},
    {"math", RowForm::kPlain, "problem", "answer", "none", "math", "en", "MIT"},
    {"math-solutions", RowForm::kPlain, "problem", "solution", "boxed", "math", "en", "MIT"},
    {"math500", RowForm::kPlain, "problem", "answer", "none", "math", "en", "MIT"},
    {"aime", RowForm::kPlain, "problem", "answer", "none", "number", "en", "problems (c) MAA"},
    {"amc", RowForm::kPlain, "problem", "answer", "none", "number", "en", "problems (c) MAA"},
    {"deepmath", RowForm::kPlain, "question|problem", "final_answer|answer", "none", "math", "en",
     "MIT"},
    {"cmath", RowForm::kPlain, "question|input", "golden|answer", "none", "number", "zh",
     "CC BY 4.0"},
    {"mmlu", RowForm::kChoice, "", "", "none", "choice", "en", "MIT"},
    {"agieval", RowForm::kChoice, "", "", "none", "choice", "", "MIT"},
    {"mbpp", RowForm::kMbpp, "", "", "none", "code", "en", "CC BY 4.0"},
    {"humaneval", RowForm::kHumanEval, "", "", "none", "code", "en", "MIT"},
    {"stdin", RowForm::kStdin, "", "", "none", "code", "en", ""}};

constexpr Preset kNoPreset = {"", RowForm::kPlain, "question", "answer", "none", "number", "", ""};

const Preset& preset_of(const std::string& name) {
  if (name.empty()) return kNoPreset;
  std::string known;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset;
    known += concat(known.empty() ? "" : ", ", preset.name);
  }
  throw_error(Fault::kInput, concat("--dataset: found '", name, "', expected ", known));
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

// The preset's word where the user has said nothing.
const std::string& chosen(const std::string& given, const std::string& usual) {
  return given.empty() ? usual : given;
}

// The first of the fields a|b that the row has; all of them where it has none, for the error.
std::string field_of(const JsonRow& row, const std::string& fields) {
  if (row.has(fields)) return fields;
  std::istringstream names(fields);
  for (std::string name; std::getline(names, name, '|');)
    if (row.has(name)) return name;
  return fields;
}

QuestionImport with_preset(QuestionImport settings, const Preset& preset) {
  settings.question = chosen(settings.question, preset.question);
  settings.answer = chosen(settings.answer, preset.answer);
  settings.extraction = chosen(settings.extraction, preset.extraction);
  settings.verifier = chosen(settings.verifier, preset.verifier);
  settings.language = chosen(settings.language, preset.language);
  settings.licence = chosen(settings.licence, preset.licence);
  settings.source = chosen(settings.source, chosen(preset.name, settings.rows));
  return settings;
}

std::string extracted(const QuestionImport& settings, const JsonRow& row,
                      const std::string& answer) {
  if (settings.extraction == "none") return answer;
  const auto found =
      extract_answer(value_of<Extraction>(settings.extraction, "--extraction"), answer);
  R1_CHECK_INPUT(found, row.where(), ": no reference by ", settings.extraction, " in the field '",
                 settings.answer, "'");
  return std::string(*found);
}

// Whether the verifier can read the reference; says what is wrong with it.
bool is_readable(Verifier verifier, bool preset, const JsonRow& row, const std::string& reference) {
  if (is_judged_by_reward_model(verifier)) return true;
  Judgement readable = check_reference(verifier, reference);
  if (reference.empty()) readable = {Verdict::kUnverifiable, "the reference is empty"};
  if (readable.verdict == Verdict::kCorrect) return true;
  // Of a data set that is known, the fields are right and single references are poor.
  R1_CHECK_INPUT(preset, row.where(), ": ", readable.reason);
  std::fprintf(stderr, "%s: left out: %s\n", row.where().c_str(), readable.reason.c_str());
  return false;
}

double rating_of(const JsonRow& row, const std::string& field) {
  const auto rating = row.find_number(field);
  R1_CHECK_INPUT(rating, row.where(), ": the field '", field, "' is missing");
  return *rating;
}

}  // namespace

std::vector<std::string> question_presets() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

void import_questions(const QuestionImport& given) {
  const Preset& preset = preset_of(given.dataset);
  const QuestionImport settings = with_preset(given, preset);
  const auto verifier = value_of<Verifier>(settings.verifier, "--verifier");
  const bool rated = !settings.rating.empty();
  std::vector<Column> columns = question_columns();
  if (rated) columns.push_back({"rating", ColumnKind::kNumber});
  refuse_own_input(settings.rows, settings.out);
  DatasetWriter writer(settings.out, columns);
  writer.attribute("source", settings.source);
  writer.attribute("licence", settings.licence);
  int64_t count = 0;
  std::map<std::string, int64_t> left_out;  // of each field that was null
  const auto lacks = [&](const JsonRow& row, const std::string& field) {
    return row.is_null(field) && ++left_out[field] > 0;
  };
  for_each_jsonl_row(settings.rows, [&](const JsonRow& row) {
    if (settings.limit > 0 && count == settings.limit) return;
    const std::string question = field_of(row, settings.question);
    const std::string answer = field_of(row, settings.answer);
    if (preset.form == RowForm::kPlain && lacks(row, answer)) return;
    if (rated && lacks(row, settings.rating)) return;
    QuestionRow found = question_row(preset.form, row, question, answer);
    found.reference = extracted(settings, row, found.reference);
    R1_CHECK_INPUT(!found.question.empty(), row.where(), ": the question is empty");
    if (!is_readable(verifier, !given.dataset.empty(), row, found.reference)) return;
    if (rated) writer.add_number("rating", rating_of(row, settings.rating));
    writer.add_integer("id", count++);
    writer.add_text("question", found.question);
    writer.add_text("answer", found.reference);
    writer.add_text("verifier", settings.verifier);
    const bool says_language = settings.language.empty() && row.is_text("lang");
    writer.add_text("language", says_language ? row.text("lang") : settings.language);
    writer.add_text("source", settings.source);
    writer.end_row();
  });
  for (const auto& [field, rows] : left_out)
    std::fprintf(stderr, "%lld rows are left out: the field '%s' is null\n",
                 static_cast<long long>(rows), field.c_str());
  R1_CHECK_INPUT(count > 0, settings.rows, ": no row is left");
  writer.close();
}

}  // namespace r1
