#include <sys/random.h>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/sandbox/languages.h"

namespace r1 {
namespace {

// The compiler's first complaint, without the file's name.
std::string first_error(std::string_view errors) {
  const size_t at = errors.find("error: ");
  const size_t begin = at == errors.npos ? 0 : at;
  const size_t end = std::min(errors.find('\n', begin), errors.size());
  return std::string(errors.substr(begin, std::min<size_t>(end - begin, 200)));
}

// Starts the compiler, and for it each of its parts, and tells channel 3 when one was killed. The
// compiler's own exit code is the same for a mistake in the program, and its own words could be the
// program's: #line names a file as it likes. 137 is 128 + SIGKILL. With -pipe, g++ would start only
// the first part of a pipe like that.
constexpr const char* kWatch = "watch.sh";
constexpr const char* kWatchScript =
    "\"$@\"\nstatus=$?\n[ $status -ne 137 ] || { echo killed >&3; exit 1; }\nexit $status\n";

// A word that the answer cannot know: only the tests' part of the program writes it.
std::string secret_word() {
  unsigned char bytes[16];
  R1_CHECK(::getrandom(bytes, sizeof bytes, 0) == sizeof bytes, "no random bytes");
  std::string word;
  for (const unsigned char byte : bytes) {
    word += "0123456789abcdef"[byte >> 4];
    word += "0123456789abcdef"[byte & 15];
  }
  return word;
}

// The answer may have a main and macros of its own; the tests' part uses none that it could change.
std::string source_of_asserts(const CodeReference& reference, std::string_view answer,
                              const std::string& word) {
  std::string source = concat(
      "#include <unistd.h>\n"
      "#define main r1_main_of_the_answer\n",
      reference.prefix, "\n", answer,
      "\n#undef main\n#undef assert\n"
      "#define assert(...) ((__VA_ARGS__) ? (void)0 : r1_tests::fail(#__VA_ARGS__))\n"
      "namespace r1_tests {\n"
      "signed index = 0;\n"
      "void report(const char* text) { while (*text) text += ::write(3, text, 1) == 1; }\n"
      "[[noreturn]] void fail(const char* text) {\n"
      "  report(\"fail \"); report(text); report(\"\\n\"); ::_exit(1);\n}\n}\n",
      reference.setup, "\n");
  std::string calls;
  for (size_t i = 0; i < reference.tests.size(); ++i) {
    source += concat("static void r1_test_", i, "() {\n", reference.tests[i].input, "\n}\n");
    calls += concat("  r1_test_", i, "(); r1_tests::report(\"", word, "\\n\");\n");
  }
  return source + "signed main() {\n" + calls + "}\n";
}

// To its end, with channel 3 for its report.
ContainedProgram run_with_report(const Container& container, Program& program) {
  Pipe report = make_pipe();
  program.channels = {report.write.get()};
  ContainedProgram run = container.start(program, std::move(report.read));
  report.write.close();
  ContainedProgram::wait({&run}, container.config().wall_seconds);
  return run;
}

}  // namespace

Compiled compile_cpp(const Container& container, std::string source) {
  const SandboxConfig& config = container.config();
  Program compiler;
  compiler.argv = {"/bin/sh",
                   "-c",
                   "/bin/sh \"$0\" \"$@\" -o program answer.cpp >&2 && exec cat program",
                   kWatch,
                   config.compiler,
                   "-wrapper",
                   concat("/bin/sh,", kWatch)};
  compiler.argv.insert(compiler.argv.end(), config.compiler_options.begin(),
                       config.compiler_options.end());
  for (const char* option : {"-w", "-fmax-errors=3", "-fdiagnostics-color=never"})
    compiler.argv.push_back(option);
  compiler.files = {{"answer.cpp", std::move(source)}, {kWatch, kWatchScript}};
  compiler.limits = container.compiler_limits();
  const ContainedProgram run = run_with_report(container, compiler);
  Compiled result{run.ending(), {}, run.cpu_s()};
  if (result.judgement.verdict != Verdict::kCorrect) {
    const bool killed = !run.report().empty();
    if (killed) result.judgement = run.killing();
    const bool complains = !killed && run.errors().find("error: ") != std::string::npos;
    result.judgement.reason = concat(
        "does not compile: ", complains ? first_error(run.errors()) : result.judgement.reason);
    return result;
  }
  result.program.argv = {"./program"};
  result.program.files = {{"program", run.output(), true}};
  result.program.limits = container.program_limits();
  return result;
}

CodeResult judge_cpp_asserts(const Container& container, const CodeReference& reference,
                             std::string_view answer) {
  const std::string word = secret_word();
  Compiled compiled = compile_cpp(container, source_of_asserts(reference, answer, word));
  CodeResult result{compiled.judgement, {}, compiled.cpu_s};
  if (compiled.judgement.verdict != Verdict::kCorrect) return result;
  const ContainedProgram run = run_with_report(container, compiled.program);
  result.cpu_s += run.cpu_s();
  std::string_view lines = run.report();
  while (lines.starts_with(word) && result.tests.size() < reference.tests.size()) {
    lines.remove_prefix(std::min(word.size() + 1, lines.size()));
    result.tests.push_back({Verdict::kCorrect, "passes"});
  }
  if (result.tests.size() < reference.tests.size()) {
    Judgement ending = run.ending();
    if (lines.starts_with("fail "))
      ending = {Verdict::kWrong, "assertion failed: " + std::string(trimmed(lines.substr(5, 200)))};
    else if (ending.verdict == Verdict::kCorrect)
      ending = {Verdict::kWrong, "ends before the tests do"};
    result.tests.push_back(ending);
  }
  result.judgement = verdict_of_tests(result.tests, reference.tests.size());
  return result;
}

}  // namespace r1
