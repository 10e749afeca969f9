#include <sstream>

#include "libr1/core/error.h"
#include "libr1/reward/output_comparison.h"
#include "libr1/sandbox/languages.h"
#include "libr1/sandbox/python_texts.h"

namespace r1 {
namespace {

Program python_half(const Container& container, const char* script, const char* text) {
  Program program;
  program.argv = {container.config().python, "-s", "-B", script};
  program.files = {{script, text}};
  program.limits = container.program_limits();
  return program;
}

// What the judge gets, see judge.py.
std::string input_of_judge(const CodeReference& reference) {
  std::string input = reference.prefix + '\0' + reference.setup + '\0' + reference.entry_point;
  for (const CodeTest& test : reference.tests) input += '\0' + test.input;
  return input;
}

// The verdict of a line of the judge's report that is not "pass".
Judgement failure(const std::string& line, const ContainedProgram& answer) {
  constexpr std::string_view kFail = "fail ", kBroken = "broken ";
  if (line.starts_with(kBroken))
    return {Verdict::kUnverifiable, "cannot be run: " + line.substr(kBroken.size())};
  if (line != "fail the program ended")
    return {Verdict::kWrong, line.substr(std::min(kFail.size(), line.size()))};
  Judgement ending = answer.ending();
  if (ending.verdict == Verdict::kCorrect) return {Verdict::kWrong, "ends before the tests do"};
  return ending;
}

Judgement failure_of_judge(const ContainedProgram& judge) {
  Judgement ending = judge.ending();
  if (ending.verdict == Verdict::kCorrect)
    return {Verdict::kUnverifiable, "the tests were cut off"};
  ending.reason = "the test with this answer: " + ending.reason;
  return ending;
}

}  // namespace

Program python_program(const Container& container, std::string_view answer) {
  Program program = python_half(container, "answer.py", "");
  program.files[0].bytes = answer;
  return program;
}

CodeResult judge_python_asserts(const Container& container, const CodeReference& reference,
                                std::string_view answer) {
  Program judge = python_half(container, "judge.py", kJudgeScript);
  judge.input = input_of_judge(reference);
  Program solution = python_half(container, "solution.py", kSolutionScript);
  solution.files.push_back({"prefix.py", reference.prefix});
  solution.files.push_back({"answer.py", std::string(answer)});
  Pipe report = make_pipe(), questions = make_pipe(), answers = make_pipe();
  const Descriptor unused = memory_file("");
  judge.channels = {report.write.get(), answers.read.get(), questions.write.get()};
  solution.channels = {unused.get(), questions.read.get(), answers.write.get()};
  ContainedProgram of_answer = container.start(solution);
  ContainedProgram of_judge = container.start(judge, std::move(report.read));
  for (Pipe* pipe : {&report, &questions, &answers})
    *pipe = Pipe();  // each side sees the other end
  ContainedProgram::wait({&of_judge, &of_answer}, container.config().wall_seconds);

  CodeResult result;
  result.cpu_s = of_judge.cpu_s() + of_answer.cpu_s();
  std::istringstream lines(of_judge.report());
  std::string line;
  bool ready = false;
  while (std::getline(lines, line)) {
    if (line == "pass ") {
      result.tests.push_back({Verdict::kCorrect, "passes"});
    } else if (line == "ready ") {
      ready = true;
    } else if (ready) {
      result.tests.push_back(failure(line, of_answer));
    } else {
      result.judgement = failure(line, of_answer);
      return result;
    }
  }
  const bool failed = !result.tests.empty() && result.tests.back().verdict != Verdict::kCorrect;
  if (!failed && result.tests.size() < reference.tests.size())
    result.tests.push_back(failure_of_judge(of_judge));
  result.judgement = verdict_of_tests(result.tests, reference.tests.size());
  return result;
}

}  // namespace r1
