// The reference of code, the program in an answer, and the comparison of outputs.
#include <gmock/gmock.h>

#include "libr1/core/error.h"
#include "libr1/reward/output_comparison.h"
#include "libr1/reward/reward.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;

std::string fault_of(std::string_view json) {
  std::string fault;
  return CodeReference::parse(json, fault) ? "none" : fault;
}

TEST(CodeReference, ReadsItsKeys) {
  std::string fault;
  const auto asserts = CodeReference::parse(
      R"json({"language": "python", "kind": "asserts", "tests": ["assert f(1)", "assert g"],
          "prefix": "import math", "setup": "x = 1", "entry_point": "f", "float_tolerance": null
})json",
      fault);
  ASSERT_TRUE(asserts) << fault;
  EXPECT_EQ(asserts->tests[1].input, "assert g");
  EXPECT_EQ(asserts->prefix + asserts->setup + asserts->entry_point, "import mathx = 1f");
  const auto stdio = CodeReference::parse(
      R"json({"language": "cpp", "kind": "stdio", "float_tolerance": 1e-6,
          "tests": [{"input": "1\n", "output": "", "group": "secret"}]})json",
      fault);
  ASSERT_TRUE(stdio) << fault;
  EXPECT_EQ(stdio->language, CodeLanguage::kCpp);
  EXPECT_EQ(stdio->tests[0].input, "1\n");
  EXPECT_EQ(stdio->float_tolerance, 1e-6);
}

TEST(CodeReference, NamesEveryFault) {
  const auto with = [](const std::string& rest) {
    return fault_of("{\"language\": \"python\", \"kind\": \"asserts\"" + rest + "}");
  };
  EXPECT_EQ(with(", \"tests\": [\"x\"]"), "none");
  EXPECT_THAT(with(""), HasSubstr("'tests' is missing"));
  EXPECT_THAT(with(", \"tests\": []"), HasSubstr("at least one test"));
  EXPECT_THAT(with(", \"tests\": [\" \"]"), HasSubstr("a test is empty"));
  EXPECT_THAT(with(", \"tests\": [3]"), HasSubstr("is no text"));
  EXPECT_THAT(with(", \"tests\": [\"a\\u0000\"]"), HasSubstr("zero byte"));
  EXPECT_THAT(with(", \"tests\": [\"x\"], \"test\": 1"), HasSubstr("the key 'test' is unknown"));
  EXPECT_THAT(with(", \"tests\": [\"x\"], \"setup\": 1"), HasSubstr("'setup' is no text"));
  EXPECT_THAT(with(", \"tests\": [\"x\"], \"float_tolerance\": 1"), HasSubstr("for stdio only"));
  EXPECT_THAT(fault_of("{\"language\": \"rust\"}"), HasSubstr("expected python or cpp"));
  EXPECT_THAT(fault_of("[1"), HasSubstr("no JSON object"));
  EXPECT_THAT(fault_of("\"x\""), HasSubstr("no JSON object"));
  EXPECT_THAT(
      fault_of(R"json({"language": "cpp", "kind": "stdio", "tests": [{"input": "1"}]})json"),
      HasSubstr("'output' is missing"));
  EXPECT_THAT(fault_of(R"json({"language": "cpp", "kind": "stdio", "float_tolerance": 0,
                           "tests": [{"input": "1", "output": "1"}]})json"),
              HasSubstr("no positive number"));
}

std::string_view python(std::string_view answer) { return code_of(answer, CodeLanguage::kPython); }
std::string_view cpp(std::string_view answer) { return code_of(answer, CodeLanguage::kCpp); }

TEST(CodeOf, TakesTheLastBlock) {
  EXPECT_EQ(python("x = 1"), "x = 1");
  EXPECT_EQ(python("so:\n```python\nx = 1\n```\nthat is it"), "x = 1\n");
  EXPECT_EQ(python("```\na\n```\n```cpp\nb\nc\n```"), "b\nc\n");
  EXPECT_EQ(python("```python\nx = '```'\ny\n```"), "x = '```'\ny\n");
  EXPECT_EQ(python("````\n```\na\n```\n````"), "```\na\n```\n");
  EXPECT_EQ(python("```python\r\nx\r\n```\r\n"), "x\r\n");
  EXPECT_EQ(python("```python\nx"), "x");
  EXPECT_EQ(python("```python"), "");
  EXPECT_EQ(python("```\n```"), "");
  EXPECT_EQ(python(""), "");
}

TEST(CodeOf, TakesTheLastBlockInTheLanguage) {
  EXPECT_EQ(python("```python\nx\n```\nOutput:\n```\n5\n```"), "x\n");
  EXPECT_EQ(python("```python\nx\n```\nOutput:\n```text\n5"), "x\n");
  EXPECT_EQ(python("```python\nx\n```\n```Py title=a\ny\n```\n```\n5\n```"), "y\n");
  EXPECT_EQ(python("```cpp\nx\n```\n```\ny\n```"), "y\n");
  EXPECT_EQ(python("```\nx\n```\n```python3\ny"), "y");
  EXPECT_EQ(cpp("```C++\nx\n```\n```python\ny\n```"), "x\n");
  EXPECT_EQ(cpp("```python\nx\n```\n```\ny\n```"), "y\n");
}

TEST(CodeOf, AFenceInADocstringClosesNothing) {
  const std::string program =
      "def f(x):\n    '''Returns x.\n\n    ```\n    f(1)\n    ```\n    '''\n    return x\n";
  EXPECT_EQ(python("```python\n" + program + "```"), program);
  EXPECT_EQ(python("```python\n" + program + "```\n\n```\n1\n```\n"), program);
  const std::string tabs = "def f(x):\n\t'''\n\t```\n\t'''\n";
  EXPECT_EQ(python("```\n" + tabs + "```"), tabs);
  EXPECT_EQ(python("1. So:\n\n   ```python\n   x\n   ```"), "   x\n");
  EXPECT_EQ(python("- So:\n  ```python\n  x\n```\n"), "  x\n");
  EXPECT_EQ(python("```python\nx\n   ```\ny"), "x\n");
  EXPECT_EQ(python("```f(x)```\nis what is asked for:\n```python\nx\n```\n"), "x\n");
}

TEST(OutputComparison, ComparesTokens) {
  const auto verdict = [](const char* expected, const char* found,
                          std::optional<double> tolerance) {
    return compare_output(expected, found, tolerance).verdict == Verdict::kCorrect;
  };
  EXPECT_TRUE(verdict("a b\n", " a\n\n  b", {}));
  EXPECT_TRUE(verdict("", "\n", {}));
  EXPECT_FALSE(verdict("a b", "ab", {}));
  EXPECT_FALSE(verdict("a", "a a", {}));
  EXPECT_FALSE(verdict("a a", "a", {}));
  EXPECT_FALSE(verdict("1.0", "1", {}));
  EXPECT_TRUE(verdict("1.0", "1", 1e-9));
  EXPECT_TRUE(verdict("1000000", "1000000.9", 1e-6));
  EXPECT_FALSE(verdict("1000000", "1000001.1", 1e-6));
  EXPECT_TRUE(verdict("0", "-1e-7", 1e-6));
  EXPECT_TRUE(verdict("1e3 +5", "+1000 5", 1e-6));
  EXPECT_FALSE(verdict("5", "nan", 1e9));
  EXPECT_FALSE(verdict("5", "inf", 1e9));
  EXPECT_FALSE(verdict("x", "5", 1e9));
  EXPECT_FALSE(verdict("5", "5x", 1e9));
  EXPECT_FALSE(verdict("5", "0x5", 1e9));
  EXPECT_FALSE(verdict("5", "", 1e9));
}

// Says what it was asked to run.
class Recorder : public CodeRunner {
 public:
  CodeResult run(const CodeReference& reference, std::string_view program) override {
    seen = std::string(program);
    const bool correct = program == "good\n" && reference.tests.size() == 1;
    return {{correct ? Verdict::kCorrect : Verdict::kWrong, "by the recorder"}, {}, 0};
  }
  int concurrency() const override { return 1; }
  std::string seen;
};

constexpr const char* kReference =
    R"json({"language": "python", "kind": "asserts", "tests": ["assert f"]})json";

TEST(CodeReward, RunsTheCodeOfTheAnswer) {
  Recorder recorder;
  const auto total = [&](Extraction extraction, const char* text) {
    RewardConfig config;
    config.extraction = extraction;
    return score(config, {Verifier::kCode, kReference, ""}, {text}, &recorder).accuracy.verdict;
  };
  EXPECT_EQ(total(Extraction::kAnswerTag,
                  "<think> ```\nbad\n``` </think> <answer>\n```python\ngood\n```\n</answer>"),
            Verdict::kCorrect);
  EXPECT_EQ(total(Extraction::kAnswerTag, "<think> a </think>\n```\ngood\n```"), Verdict::kWrong);
  EXPECT_EQ(total(Extraction::kBoxed, "<think> a </think>\n```\ngood\n```\nDone."),
            Verdict::kCorrect);
  recorder.seen = "nothing";
  EXPECT_EQ(total(Extraction::kAnswerTag, "<think> a </think> <answer> ```\n``` </answer>"),
            Verdict::kWrong);
  EXPECT_EQ(recorder.seen, "nothing");
}

TEST(CodeReward, WithoutARunnerItIsRefused) {
  try {
    score({}, {Verifier::kCode, kReference, ""}, {"<think> a </think> <answer> x </answer>"});
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_THAT(error.what(), HasSubstr("nothing here runs code"));
  }
}

TEST(CodeReward, AReferenceThatCannotBeReadIsUnverifiable) {
  Recorder recorder;
  EXPECT_EQ(check_reference(Verifier::kCode, "{}").verdict, Verdict::kUnverifiable);
  EXPECT_EQ(check_reference(Verifier::kCode, kReference).verdict, Verdict::kCorrect);
  EXPECT_EQ(verify(Verifier::kCode, "{}", "x", {}, &recorder).verdict, Verdict::kUnverifiable);
}

}  // namespace
}  // namespace r1
