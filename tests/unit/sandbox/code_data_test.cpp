// HumanEval, MBPP and problems with judges' tests, where R1_TEST_DATA has them: the reference
// solutions pass, and what is no solution does not. Prints the throughput.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"
#include "libr1/reward/output_comparison.h"
#include "libr1/reward/reward.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace r1 {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string name, reference, answer;
};

class CodeData : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (!std::getenv("R1_TEST_DATA")) GTEST_SKIP() << "R1_TEST_DATA is not set";
  }

  static std::vector<Json> rows(const std::string& name) {
    const std::string path = concat(std::getenv("R1_TEST_DATA"), "/code/", name);
    std::string text;
    if (path.ends_with(".gz")) {
      std::FILE* pipe = ::popen(("gzip -dc '" + path + "'").c_str(), "r");
      char buffer[65536];
      while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
        text.append(buffer, count);
      EXPECT_EQ(::pclose(pipe), 0) << path;
    } else {
      text = read_file(path);
    }
    std::vector<Json> result;
    for (size_t at = 0, end; at < text.size(); at = end + 1) {
      end = std::min(text.find('\n', at), text.size());
      result.push_back(Json::parse(text.substr(at, end - at)));
    }
    return result;
  }

  void expect_all(const std::vector<Case>& cases, Verdict verdict, const char* what) {
    Sandbox sandbox{SandboxConfig()};
    std::vector<Judgement> found(cases.size());
    const auto start = std::chrono::steady_clock::now();
    ThreadPool threads(sandbox.concurrency());
    threads.parallel_for(static_cast<int64_t>(cases.size()), 1, [&](int64_t begin, int64_t) {
      const Case& c = cases[static_cast<size_t>(begin)];
      found[static_cast<size_t>(begin)] =
          verify(Verifier::kCode, c.reference, "```python\n" + c.answer + "\n```", {}, &sandbox);
    });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s: %zu programs in %.1f s, %.1f a second with %d workers\n", what, cases.size(),
                seconds, static_cast<double>(cases.size()) / seconds, sandbox.concurrency());
    for (size_t i = 0; i < cases.size(); ++i)
      EXPECT_EQ(found[i].verdict, verdict) << cases[i].name << ": " << found[i].reason;
  }
};

std::vector<Case> human_eval(const std::vector<Json>& rows, bool solved) {
  std::vector<Case> cases;
  for (const Json& row : rows) {
    const auto text = [&](const char* key) { return row.at(key).get<std::string>(); };
    const Json reference = {{"language", "python"},
                            {"kind", "asserts"},
                            {"prefix", text("prompt")},
                            {"tests", {text("test") + "\ncheck(candidate)"}},
                            {"entry_point", text("entry_point")}};
    cases.push_back({text("task_id"), reference.dump(),
                     text("prompt") + (solved ? text("canonical_solution") : "    return None\n")});
  }
  return cases;
}

std::vector<Case> mbpp(const std::vector<Json>& rows, bool solved) {
  std::vector<Case> cases;
  for (const Json& row : rows) {
    const Json reference = {{"language", "python"},
                            {"kind", "asserts"},
                            {"setup", row.at("test_setup_code")},
                            {"tests", row.at("test_list")}};
    auto code = row.at("code").get<std::string>();
    // Every function of the answer gives a value that is equal to nothing it should be equal to.
    if (!solved)
      code +=
          "\nfor name, value in list(globals().items()):\n"
          "  if type(value) is type(lambda: 0): globals()[name] = lambda *x, **y: 'nothing'\n";
    cases.push_back({concat("MBPP ", row.at("task_id").get<int>()), reference.dump(), code});
  }
  return cases;
}

TEST_F(CodeData, HumanEvalSolutionsPass) {
  const auto cases = human_eval(rows("humaneval.jsonl.gz"), true);
  EXPECT_EQ(cases.size(), 164u);
  expect_all(cases, Verdict::kCorrect, "HumanEval");
}

TEST_F(CodeData, HumanEvalWithoutSolutionsFails) {
  expect_all(human_eval(rows("humaneval.jsonl.gz"), false), Verdict::kWrong,
             "HumanEval, not solved");
}

TEST_F(CodeData, MbppSolutionsPass) {
  const auto cases = mbpp(rows("mbpp.jsonl.gz"), true);
  EXPECT_EQ(cases.size(), 974u);
  expect_all(cases, Verdict::kCorrect, "MBPP");
}

TEST_F(CodeData, MbppWithoutSolutionsFails) {
  auto all = rows("mbpp.jsonl.gz");
  all.resize(200);
  expect_all(mbpp(all, false), Verdict::kWrong, "MBPP, not solved");
}

// The judges' tests of every problem are read; an output agrees with itself and with nothing less.
TEST_F(CodeData, JudgesTestsAreUnderstood) {
  int tests = 0;
  for (const char* file : {"stdin_codejam.jsonl.gz", "stdin_kattis_examples.jsonl"}) {
    for (const Json& row : rows(file)) {
      for (const char* key : {"samples", "tests"}) {
        if (row.at(key).empty()) continue;
        const Json reference = {{"language", "cpp"},
                                {"kind", "stdio"},
                                {"tests", row.at(key)},
                                {"float_tolerance", row.at("float_tolerance")}};
        std::string fault;
        const auto parsed = CodeReference::parse(reference.dump(), fault);
        ASSERT_TRUE(parsed) << row.at("id") << ": " << fault;
        for (const CodeTest& test : parsed->tests) {
          ++tests;
          const auto verdict = [&](const std::string& found) {
            return compare_output(test.output, found, parsed->float_tolerance).verdict;
          };
          EXPECT_EQ(verdict(test.output), Verdict::kCorrect) << row.at("id");
          EXPECT_EQ(verdict(test.output + " more"), Verdict::kWrong) << row.at("id");
          EXPECT_EQ(verdict(test.output.substr(0, test.output.size() / 2)), Verdict::kWrong)
              << row.at("id");
        }
      }
    }
  }
  std::printf("%d tests of judges\n", tests);
  EXPECT_GT(tests, 300);
}

TEST_F(CodeData, SolutionsInBothLanguagesPassJudgesTests) {
  const auto all = rows("stdin_kattis_examples.jsonl");
  const auto difference = std::find_if(
      all.begin(), all.end(), [](const Json& row) { return row.at("id") == "kattis-different"; });
  ASSERT_NE(difference, all.end());
  const auto verdict = [&](const char* language, const char* program) {
    const Json reference = {
        {"language", language}, {"kind", "stdio"}, {"tests", difference->at("tests")}};
    return verify(Verifier::kCode, reference.dump(), program, {}, &*sandbox_).verdict;
  };
  EXPECT_EQ(verdict("python",
                    "import sys\nfor line in sys.stdin:\n  a, b = map(int, line.split())\n"
                    "  print(abs(a - b))"),
            Verdict::kCorrect);
  const char* cpp =
      "#include <iostream>\nint main() {\n  long long a, b;\n"
      "  while (std::cin >> a >> b) std::cout << (a > b ? a - b : b - a) << '\\n';\n}";
  EXPECT_EQ(verdict("cpp", cpp), Verdict::kCorrect);
  EXPECT_EQ(verdict("cpp",
                    std::string(cpp).replace(std::string(cpp).find("long long"), 9, "int").c_str()),
            Verdict::kWrong);
}

}  // namespace
}  // namespace r1
