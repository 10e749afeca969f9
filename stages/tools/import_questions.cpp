#include "stages/tools/import_questions.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "libr1/core/error.h"
#include "libr1/data/question_set.h"
#include "stages/tools/question_rows.h"

namespace r1 {
namespace {

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
    {"deepmath", RowForm::kPlain, "problem", "answer", "none", "math", "en", "MIT"},
    {"cmath", RowForm::kPlain, "question", "answer", "none", "number", "zh", "CC BY 4.0"},
    {"mmlu", RowForm::kChoice, "", "", "none", "choice", "en", "MIT"},
    {"agieval", RowForm::kChoice, "", "", "none", "choice", "", "MIT"},
    {"mbpp", RowForm::kMbpp, "", "", "none", "code", "en", "CC BY 4.0"},
    {"humaneval", RowForm::kHumanEval, "", "", "none", "code", "en", "MIT"},
    {"stdin", RowForm::kStdin, "", "", "none", "code", "en", ""}};

constexpr Preset kNoPreset = {"", RowForm::kPlain, "question", "answer", "none", "number", "", ""};
constexpr const char* kElsewhere[] = {"math", "code"};

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
std::optional<E> find_enum(const std::string& name) {
  for (const auto& entry : enum_names(E{}))
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

template <class E>
E value_of(const std::string& name, const char* option) {
  std::string names;
  for (const auto& entry : enum_names(E{})) names += concat(names.empty() ? "" : ", ", entry.name);
  const auto found = find_enum<E>(name);
  R1_CHECK_INPUT(found, option, ": found '", name, "', expected ", names);
  return *found;
}

// The preset's word where the user has said nothing.
const std::string& chosen(const std::string& given, const std::string& usual) {
  return given.empty() ? usual : given;
}

QuestionImport with_preset(QuestionImport settings, const Preset& preset) {
  settings.question = chosen(settings.question, preset.question);
  settings.answer = chosen(settings.answer, preset.answer);
  settings.extraction = chosen(settings.extraction, preset.extraction);
  settings.verifier = chosen(settings.verifier, preset.verifier);
  settings.language = chosen(settings.language, preset.language);
  settings.licence = chosen(settings.licence, preset.licence);
  settings.source = chosen(settings.source, chosen(preset.name, settings.rows));
  R1_CHECK_INPUT(settings.language.empty() || is_known_language(settings.language),
                 "--language: found '", settings.language, "', expected a code such as en");
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

// Nothing for a verifier of another build.
std::optional<Verifier> verifier_of(const std::string& name) {
  const auto found = find_enum<Verifier>(name);
  const bool elsewhere = std::ranges::find(kElsewhere, name) != std::end(kElsewhere);
  if (!found && elsewhere) {
    std::fprintf(stderr, "the verifier '%s' is not in this build: references are not checked\n",
                 name.c_str());
    return std::nullopt;
  }
  return value_of<Verifier>(name, "--verifier");
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
  const auto verifier = verifier_of(settings.verifier);
  DatasetWriter writer(settings.out, question_columns());
  writer.attribute("source", settings.source);
  writer.attribute("licence", settings.licence);
  int64_t count = 0, left_out = 0;
  for_each_jsonl_row(settings.rows, [&](const JsonRow& row) {
    if (settings.limit > 0 && count == settings.limit) return;
    if (preset.form == RowForm::kPlain && row.is_null(settings.answer)) {
      ++left_out;
      return;
    }
    QuestionRow found = question_row(preset.form, row, settings.question, settings.answer);
    found.reference = extracted(settings, row, found.reference);
    R1_CHECK_INPUT(!found.question.empty(), row.where(), ": the question is empty");
    if (verifier && !is_judged_by_model(*verifier)) {
      Judgement readable = check_reference(*verifier, found.reference);
      if (found.reference.empty()) readable = {Verdict::kUnverifiable, "the reference is empty"};
      const bool is_readable = readable.verdict == Verdict::kCorrect;
      // Of a data set that is known, the fields are right and single references are poor.
      R1_CHECK_INPUT(is_readable || !given.dataset.empty(), row.where(), ": ", readable.reason);
      if (!is_readable) {
        std::fprintf(stderr, "%s: left out: %s\n", row.where().c_str(), readable.reason.c_str());
        return;
      }
    }
    writer.add_integer("id", count++);
    writer.add_text("question", found.question);
    writer.add_text("answer", found.reference);
    writer.add_text("verifier", settings.verifier);
    const bool says_language = settings.language.empty() && row.is_text("lang");
    writer.add_text("language", says_language ? row.text("lang") : settings.language);
    writer.add_text("source", settings.source);
    writer.end_row();
  });
  if (left_out > 0)
    std::fprintf(stderr, "%lld rows are left out: the field '%s' is null\n",
                 static_cast<long long>(left_out), settings.answer.c_str());
  R1_CHECK_INPUT(count > 0, settings.rows, ": no row is left");
  writer.close();
}

}  // namespace r1
