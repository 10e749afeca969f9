#include "libr1/sandbox/sandbox.h"

#include <algorithm>
#include <chrono>

#include "libr1/core/error.h"
#include "libr1/reward/output_comparison.h"
#include "libr1/sandbox/languages.h"

namespace r1 {
namespace {

// A worker, taken for as long as this lives.
class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& free) : free_(free) { free_.acquire(); }
  ~Turn() { free_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::counting_semaphore<>& free_;
};

}  // namespace

Judgement verdict_of_tests(const std::vector<Judgement>& tests, size_t num_tests) {
  if (tests.size() == num_tests && tests.back().verdict == Verdict::kCorrect)
    return {Verdict::kCorrect, concat("passes all tests, which are ", num_tests)};
  return {tests.back().verdict,
          concat("test ", tests.size(), " of ", num_tests, ": ", tests.back().reason)};
}

CodeResult judge_stdio(const Container& container, const CodeReference& reference,
                       Program program) {
  using Clock = std::chrono::steady_clock;
  CodeResult result;
  // One deadline for all tests, or a hundred that wait would hold the worker for a hundred times as
  // long. What is computed has a limit of its own, a test.
  double left_s = container.config().wall_seconds;
  for (const CodeTest& test : reference.tests) {
    program.input = test.input;
    const auto start = Clock::now();
    const ContainedProgram run = container.run(program, left_s);
    const std::chrono::duration<double> taken = Clock::now() - start;
    left_s -= std::max(0.0, taken.count() - run.cpu_s());
    result.cpu_s += run.cpu_s();
    Judgement judgement = run.ending();
    if (judgement.verdict == Verdict::kCorrect)
      judgement = compare_output(test.output, run.output(), reference.float_tolerance);
    result.tests.push_back(judgement);
    if (judgement.verdict != Verdict::kCorrect) break;
  }
  result.judgement = verdict_of_tests(result.tests, reference.tests.size());
  return result;
}

Sandbox::Sandbox(const SandboxConfig& config) : container_(config), free_workers_(config.workers) {
  for (const std::string& language : config.languages)
    R1_CHECK_INPUT(language == "python" || language == "cpp", "languages: found \"", language,
                   "\", expected \"python\" or \"cpp\"");
}

bool Sandbox::speaks(CodeLanguage language) const {
  const auto& names = container_.config().languages;
  return std::find(names.begin(), names.end(), enum_name(language)) != names.end();
}

CodeResult Sandbox::run(const CodeReference& reference, std::string_view program) {
  if (!speaks(reference.language))
    return {{Verdict::kUnverifiable,
             concat("the sandbox is not set up for ", enum_name(reference.language))}};
  const Turn turn(free_workers_);
  const bool asserts = reference.kind == CodeTestKind::kAsserts;
  if (reference.language == CodeLanguage::kPython)
    return asserts ? judge_python_asserts(container_, reference, program)
                   : judge_stdio(container_, reference, python_program(container_, program));
  if (asserts) return judge_cpp_asserts(container_, reference, program);
  Compiled compiled = compile_cpp(container_, std::string(program));
  CodeResult result{compiled.judgement, {}, compiled.cpu_s};
  if (compiled.judgement.verdict != Verdict::kCorrect) return result;
  result = judge_stdio(container_, reference, std::move(compiled.program));
  result.cpu_s += compiled.cpu_s;
  return result;
}

}  // namespace r1
