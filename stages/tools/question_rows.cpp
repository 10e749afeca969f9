#include "stages/tools/question_rows.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

// "A. Paris", unless the choice brings its letter: "(A)Paris".
std::string listed(const std::vector<std::string>& choices) {
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i) {
    const char letter = static_cast<char>('A' + i);
    const bool has_letter = choices[i].starts_with(std::string("(") + letter + ")");
    text += concat("\n", has_letter ? "" : std::string(1, letter) + ". ", choices[i]);
  }
  return text;
}

QuestionRow choice(const JsonRow& row) {
  const char* field = row.has("choices") ? "choices" : "options";
  const std::vector<std::string> choices = row.texts(field);
  R1_CHECK_INPUT(choices.size() >= 2 && choices.size() <= 26, row.where(), ": ", choices.size(),
                 " choices, expected 2 to 26");
  std::string question = row.text("question") + listed(choices);
  if (row.is_text("passage") && !row.text("passage").empty())
    question = row.text("passage") + "\n\n" + question;
  // AGIEval has both: an answer that is null beside a label, or the other way round.
  const bool labelled = row.has("label") && (!row.has("answer") || row.is_null("answer"));
  const char* key = labelled ? "label" : "answer";
  std::string answer = row.text(key);
  if (row.is_integer(key)) {
    const int64_t idx = row.integer(key);
    R1_CHECK_INPUT(idx >= 0 && idx < static_cast<int64_t>(choices.size()), row.where(),
                   ": the answer is choice ", idx, " of ", choices.size());
    answer = std::string(1, static_cast<char>('A' + idx));
  }
  R1_CHECK_INPUT(answer.size() == 1 && answer[0] >= 'A' &&
                     answer[0] < static_cast<char>('A' + static_cast<int>(choices.size())),
                 row.where(), ": the answer is '", answer, "', expected a letter of the ",
                 choices.size(), " choices");
  return {question, answer};
}

std::string code_reference(Json rest) {
  Json json = {{"language", "python"}, {"kind", "asserts"}};
  json.update(rest);
  return json.dump();
}

// The function that a test calls first: the name after "assert", past parentheses and "not".
std::string called_function(const std::string& test) {
  size_t at = test.find("assert");
  if (at == test.npos) return "";
  at += 6;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  while (at < test.size()) {
    if (!is_word(test[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < test.size() && is_word(test[end])) ++end;
    const std::string word = test.substr(at, end - at);
    static constexpr const char* kPassed[] = {"not",   "set",  "math", "isclose", "sorted",
                                              "tuple", "list", "str",  "len",     "round",
                                              "abs",   "type", "bool", "int",     "float"};
    bool passed = false;
    for (const char* each : kPassed) passed |= word == each;
    if (!passed) return end < test.size() && test[end] == '(' ? word : "";
    at = end;
  }
  return "";
}

// The tests stand in the question, as in the data set's own prompt: they name the function.
QuestionRow mbpp(const JsonRow& row) {
  const std::vector<std::string> tests = row.texts("test_list");
  R1_CHECK_INPUT(!tests.empty(), row.where(), ": test_list is empty");
  std::string question = row.text("text") + " Your code should pass these tests:\n";
  for (const std::string& test : tests) question += "\n" + test;
  Json reference = {{"tests", tests}, {"setup", row.text("test_setup_code")}};
  if (const std::string name = called_function(tests[0]); !name.empty())
    reference["entry_point"] = name;
  return {question, code_reference(reference)};
}

QuestionRow human_eval(const JsonRow& row) {
  const std::string prompt = row.text("prompt");
  return {"Complete this Python function. Give the whole function.\n\n```python\n" + prompt + "```",
          code_reference({{"tests", Json::array({row.text("test") + "\ncheck(candidate)"})},
                          {"prefix", prompt},
                          {"entry_point", row.text("entry_point")}})};
}

QuestionRow stdin_program(const JsonRow& row) {
  Json tests = Json::array();
  for (const JsonRow& test : row.rows("tests"))
    tests.push_back({{"input", test.text("input")}, {"output", test.text("output")}});
  Json reference = {{"kind", "stdio"}, {"tests", tests}};
  if (const auto tolerance = row.find_number("float_tolerance"))
    reference["float_tolerance"] = *tolerance;
  return {"Write a Python program that reads standard input and writes standard output.\n\n" +
              row.text("statement"),
          code_reference(reference)};
}

}  // namespace

QuestionRow question_row(RowForm form, const JsonRow& row, const std::string& question,
                         const std::string& answer) {
  switch (form) {
    case RowForm::kPlain:
      break;
    case RowForm::kChoice:
      return choice(row);
    case RowForm::kMbpp:
      return mbpp(row);
    case RowForm::kHumanEval:
      return human_eval(row);
    case RowForm::kStdin:
      return stdin_program(row);
  }
  return {row.text(question), row.text(answer)};
}

}  // namespace r1
