// What programs and their tests are judged as.
#include "libr1/sandbox/sandbox.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/unit/sandbox/sandbox_fixture.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;

class Verdicts : public SandboxTest {
 protected:
  void expect_all(CodeLanguage language, CodeTestKind kind, const std::vector<CodeTest>& tests,
                  const std::vector<JudgedProgram>& rows) {
    for (const JudgedProgram& row : rows) {
      const CodeResult result = run(language, kind, tests, row.program);
      EXPECT_EQ(result.judgement.verdict, row.verdict) << row.program << "\n"
                                                       << result.judgement.reason;
      EXPECT_THAT(result.judgement.reason, HasSubstr(row.reason)) << row.program;
    }
  }
};

TEST_F(Verdicts, PythonAsserts) {
  expect_all(kPython, kAsserts, {{"assert f(2) == 4"}, {"assert f([1]) == [1, 1]"}},
             {{"def f(x): return 2 * x", kCorrect, "passes all tests, which are 2"},
              {"def f(x): return 4", kWrong, "test 2 of 2: assertion failed"},
              {"def f(x): return x", kWrong, "test 1 of 2: assertion failed"},
              {"def f(x): return x +", kWrong, "SyntaxError"},
              {"def g(x): return 2 * x", kWrong, "NameError"},
              {"def f(x): return 2 * y", kWrong, "test 1 of 2: NameError"},
              {"print('hello')\ndef f(x): print(x); return 2 * x", kCorrect, ""},
              {"import sys\nsys.exit(0)", kWrong, "SystemExit"},
              {"import os\nos._exit(0)", kWrong, "ends before the tests do"},
              {"import os\ndef f(x): os._exit(0)", kWrong, "ends before the tests do"},
              {"def f(x): return f(x)", kWrong, "RecursionError"},
              {"def f(x):\n  while True: pass", kWrong, "takes more than 1 CPU seconds"},
              {"def f(x): return [0] * 10**9", kWrong, "MemoryError"},
              {"def f(x):\n  while True: print('x' * 1000)", kWrong, "prints more than 1 MiB"},
              {"f = 3", kWrong, "TypeError"},
              {"", kWrong, "NameError"},
              {"def f(x): raise SyntaxError('no')", kWrong, "SyntaxError: no"}});
}

// What an answer that wants the reward rather than the solution may try.
TEST_F(Verdicts, PythonAnswersThatDeceive) {
  expect_all(
      kPython, kAsserts,
      {{"import math\nassert abs(f(2) - 4) < 1 and f(3) == 6\nassert f([1]) == [1, 1]"}},
      {{"class Same:\n  def __eq__(self, other): return True\n  def __sub__(self, other): return "
        "0\n"
        "def f(x): return Same()",
        kWrong, ""},
       {"class Same(int):\n  def __eq__(self, other): return True\n"
        "  def __sub__(self, other): return 0\ndef f(x): return Same()",
        kWrong, "assertion failed"},
       {"abs = lambda x: 0\ndef f(x): return 0", kWrong, "assertion failed"},
       {"import builtins\nbuiltins.abs = lambda x: 0\ndef f(x): return 6", kWrong, ""},
       {"__builtins__ = {'abs': lambda x: 0}\ndef f(x): return 6", kWrong, ""},
       {"import sys, gc\ndef f(x):\n  frame = sys._getframe()\n  seen = []\n"
        "  while frame: seen.append(str(frame.f_code.co_consts) + str(frame.f_locals)); frame = "
        "frame.f_back\n"
        "  assert ''.join(['[1', ', 1]']) not in ''.join(seen), 'it sees the tests'\n  return 2 * "
        "x",
        kCorrect, ""},
       {"import os\nos.write(3, b'pass \\n' * 9)\nos._exit(0)", kWrong, "PermissionError"},
       {"import os\nos.write(5, b'ready \\npass \\n' * 9)\nos._exit(0)", kWrong, ""},
       {"import pickle, os\nos.write(5, pickle.dumps(('loaded', [('f', 'value', print)])))\n"
        "while True: pass",
        kWrong, ""}});
}

TEST_F(Verdicts, PythonTestsOfManyKinds) {
  const auto passes = [&](const char* test, const char* program) {
    const CodeResult result = run(kPython, kAsserts, {{test}}, program);
    EXPECT_EQ(result.judgement.verdict, kCorrect) << test << "\n" << result.judgement.reason;
  };
  passes(
      "n = Node(1)\nn.left = Node(2)\nassert total(n) == 3 and n.left.value == 2 and len(n) == 1",
      "class Node:\n  def __init__(self, value): self.value, self.left = value, None\n"
      "  def __len__(self): return 1\n"
      "def total(n): return n.value + total(n.left) if n else 0");
  passes("x = [3, 1, 2]\nassert order(x) is x\nassert x == [1, 2, 3]",
         "def order(x): x.sort(); return x");
  passes("assert list(count(3)) == [0, 1, 2]\nassert [y for y in count(2)] == [0, 1]",
         "def count(n):\n  yield from range(n)");
  passes("try:\n  f(0)\nexcept ZeroDivisionError: pass\nelse: assert False",
         "def f(x): return 1 / x");
  passes("try:\n  f(0)\nexcept Exception as e: assert 'Odd' in str(e)\nelse: assert False",
         "class Odd(Exception): pass\ndef f(x): raise Odd()");
  passes(
      "from fractions import Fraction\nfrom decimal import Decimal\n"
      "assert f() == (Fraction(1, 2), Decimal('0.5'), 1j, b'x', {1}, frozenset([2]), None, "
      "range(3))",
      "from fractions import Fraction\nfrom decimal import Decimal\n"
      "def f(): return Fraction(1, 2), Decimal('0.5'), 1j, b'x', {1}, frozenset([2]), None, "
      "range(3)");
  passes("assert f() == {'a': 2} and g() == (1, 2) and h() == 1",
         "import collections, enum\ndef f(): return collections.Counter('aa')\n"
         "def g(): return collections.namedtuple('P', 'x y')(1, 2)\n"
         "class E(enum.IntEnum):\n  A = 1\ndef h(): return E.A");
  passes("assert sum_(1) == 1 and math.isclose(f(), 0.3)",
         "import math\ndef f(): return 0.1 + 0.2\ndef sum_(x): return x");
  passes("assert f(2)(3) == 5", "def f(x): return lambda y: x + y");
  passes("assert f(1) == f(1) and f(1) != f(2)",
         "import dataclasses\n@dataclasses.dataclass\nclass f:\n  x: int");
}

TEST_F(Verdicts, PrefixSetupAndEntryPoint) {
  CodeReference reference{.kind = kAsserts,
                          .tests = {{"assert candidate(x) == 5 and helper(1) == 2"}},
                          .prefix =
                              "from typing import List\ndef helper(x): return x + 1\n"
                              "def f(x: List[int]):\n  '''A stub.'''\n",
                          .setup = "x = [1, 4]",
                          .entry_point = "f"};
  EXPECT_EQ(sandbox_->run(reference, "def f(x: List[int]): return sum(x)").judgement.verdict,
            kCorrect);
  reference.entry_point = "sum";  // an answer may have the name of what is built in
  EXPECT_EQ(sandbox_->run(reference, "def sum(x): return x[0] + x[1]").judgement.verdict, kCorrect);
  reference.entry_point = "g";
  EXPECT_THAT(sandbox_->run(reference, "def f(x): return 5").judgement.reason,
              HasSubstr("defines no g"));
}

TEST_F(Verdicts, TestsThatCannotBeRunAreUnverifiable) {
  for (const char* test : {"assert f(1) ==", "assert f(lambda x: x) == 1"}) {
    const CodeResult result = run(kPython, kAsserts, {{test}}, "def f(x): return 1");
    EXPECT_EQ(result.judgement.verdict, kUnverifiable) << result.judgement.reason;
    EXPECT_THAT(result.judgement.reason, HasSubstr("cannot be run"));
  }
  const CodeReference reference{
      .kind = kAsserts, .tests = {{"assert f(1) == 1"}}, .prefix = "def f(x):"};
  const Judgement found = sandbox_->run(reference, "def f(x): return 1").judgement;
  EXPECT_EQ(found.verdict, kUnverifiable) << found.reason;
  EXPECT_THAT(found.reason, HasSubstr("cannot be run: prefix: it does not compile"));
}

TEST_F(Verdicts, PythonStdio) {
  expect_all(kPython, kStdio, {{"1 2\n", "3\n"}, {"5 5", "10"}},
             {{"print(sum(map(int, input().split())))", kCorrect, "passes all tests"},
              {"import sys\nprint(*[sum(map(int, sys.stdin.read().split()))], end='  \\n\\n')",
               kCorrect, ""},
              {"print(3)", kWrong, "test 2 of 2: token 1 of the output, 3, is not right"},
              {"pass", kWrong, "the output ends before token 1"},
              {"print(3, 4)", kWrong, "the output goes on after token 1"},
              {"print(3", kWrong, "SyntaxError"},
              {"raise ValueError('odd')", kWrong, "ends with exit code 1: ValueError: odd"},
              {"print(3); exit(3)", kWrong, "exit code 3"},
              {"while True: pass", kWrong, "takes more than 1 CPU seconds"},
              {"x = [0] * 10**9", kWrong, "out of memory, which is 512 MiB"},
              {"while True: print('x' * 1000)", kWrong, "prints more than 1 MiB"},
              {"import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return f(x + 1) + 1\nf(0)",
               kWrong, ""},
              {"import threading\nt = threading.Thread(target=lambda: print(sum(map(int, "
               "input().split()))))\n"
               "t.start(); t.join()",
               kCorrect, ""},
              {"exit(137)", kWrong, "crashes with SIG"}});
}

TEST_F(Verdicts, CppStdio) {
  expect_all(
      kCpp, kStdio, {{"1 2\n", "3\n"}, {"5 5", "10"}},
      {{"#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
        kCorrect, "passes all tests"},
       {"#include <iostream>\nint main() { std::cout << 3; }", kWrong, "test 2 of 2"},
       {"int main() { return x; }", kWrong, "does not compile: error: "},
       {"int main() { return 7; }", kWrong, "exit code 7"},
       {"#include <cstdlib>\nint main() { abort(); }", kWrong, "crashes with SIG"},
       {"int main() { int* volatile p = nullptr; return *p; }", kWrong, "crashes with SIGSEGV"},
       {"int main() { for (volatile int i = 0;; ) i = i + 1; }", kWrong,
        "takes more than 1 CPU seconds"},
       {"#include <vector>\nint main() { std::vector<char> x(3000000000u, 1); return x[5]; }",
        kWrong, "out of memory"},
       {"#include <cstdio>\nint main() { for (;;) puts(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxx\"); }",
        kWrong, "prints more than 1 MiB"},
       {"#include <iostream>\n#include <thread>\nint main() { std::thread t([] { int a, b; "
        "std::cin >> a >> b; std::cout << a + b; }); t.join(); }",
        kCorrect, ""}});
}

TEST_F(Verdicts, CppAsserts) {
  expect_all(kCpp, kAsserts, {{"assert(f(2) == 4);"}, {"assert((f(3) == std::max<int>(6, 5)));"}},
             {{"#include <algorithm>\nint f(int x) { return 2 * x; }", kCorrect,
               "passes all tests, which are 2"},
              {"#include <algorithm>\n#define int long long\nint f(int x) { return 2 * x; }\n"
               "signed main() { return 9; }",
               kCorrect, ""},
              {"#include <algorithm>\nint f(int x) { return 4; }", kWrong,
               "test 2 of 2: assertion failed: (f(3) =="},
              {"int f(int x) { return 2 * x }", kWrong, "does not compile"},
              {"#include <algorithm>\n#include <cstdlib>\nint f(int x) { exit(0); }", kWrong,
               "ends before the tests do"},
              {"#include <algorithm>\n#include <cassert>\n#undef assert\n#define assert(x)\nint "
               "f(int x) { return 0; }",
               kWrong, "assertion failed"},
              {"#include <algorithm>\n#include <unistd.h>\nint f(int x) { write(3, "
               "\"pass\\npass\\n\", 10); _exit(0); }",
               kWrong, ""}});
}

TEST_F(Verdicts, ToleranceOfNumbers) {
  CodeReference reference{.kind = kStdio, .tests = {{"", "Case #1: 0.333333 1000000"}}};
  const char* program = "print('Case #1:', 1/3, 1e6 + 0.5)";
  EXPECT_EQ(sandbox_->run(reference, program).judgement.verdict, kWrong);
  reference.float_tolerance = 1e-6;
  EXPECT_EQ(sandbox_->run(reference, program).judgement.verdict, kCorrect);
  reference.float_tolerance = 1e-7;
  EXPECT_EQ(sandbox_->run(reference, program).judgement.verdict, kWrong);
}

// What a busy machine keeps from its core is no fault of the program's; who sleeps is.
TEST_F(Verdicts, WaitingIsWrongUnlessItIsForACore) {
  SandboxConfig config = quick_limits();
  config.wall_seconds = 5;
  config.cpu_seconds = 30;
  Sandbox sandbox(config);
  const CodeReference prints{.kind = kStdio, .tests = {{"", ""}}};
  const CodeReference asserts{.kind = kAsserts, .tests = {{"assert f(1) == 1"}}};
  for (const auto& [reference, program] :
       {std::pair{prints, "import time\ntime.sleep(1000)"},
        std::pair{prints, "import time\nwhile True: time.sleep(0.01)"},
        std::pair{prints,
                  "import threading\nfor _ in range(3):\n  threading.Thread("
                  "target=threading.Event().wait).start()"},
        std::pair{asserts, "def f(x):\n  import time\n  time.sleep(1000)"}}) {
    const Judgement found = sandbox.run(reference, program).judgement;
    EXPECT_EQ(found.verdict, kWrong) << program << "\n" << found.reason;
    EXPECT_THAT(found.reason, HasSubstr("waits: asleep for most of 5 s")) << program;
  }
  config.wall_seconds = 2;
  Sandbox hasty(config);
  for (const char* program : {"while True: pass",
                              "import threading\nthreading.Thread(target=threading.Event().wait)."
                              "start()\nwhile True: pass"}) {
    const Judgement found = hasty.run(prints, program).judgement;
    EXPECT_EQ(found.verdict, kUnverifiable) << program << "\n" << found.reason;
    EXPECT_THAT(found.reason, HasSubstr("not done after 2 s by the wall clock")) << program;
  }
}

TEST_F(Verdicts, AllTestsHaveOneDeadline) {
  SandboxConfig config = quick_limits();
  config.wall_seconds = 4;
  config.cpu_seconds = 30;
  Sandbox sandbox(config);
  const std::vector<CodeTest> tests(40, CodeTest{"1", "1"});
  auto start = std::chrono::steady_clock::now();
  const auto taken = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const CodeResult waits =
      sandbox.run({.kind = kStdio, .tests = tests}, "import time\ntime.sleep(1.5)\nprint(input())");
  EXPECT_LT(taken(), 10);
  EXPECT_NE(waits.judgement.verdict, kCorrect);
  EXPECT_THAT(waits.judgement.reason, HasSubstr("4 s by the wall clock"));
  EXPECT_GE(waits.tests.size(), 2u);
  // Computing has its own limit: 4 tests of 1.5 CPU seconds. On a busy machine they wait as well.
  start = std::chrono::steady_clock::now();
  const CodeResult computes =
      sandbox.run({.kind = kStdio, .tests = {tests.begin(), tests.begin() + 4}},
                  "import time\nwhile time.process_time() < 1.5: pass\nprint(input())");
  if (taken() - computes.cpu_s < 1) {
    EXPECT_EQ(computes.judgement.verdict, kCorrect) << computes.judgement.reason;
  }
}

TEST(Sandbox, RefusesToRunUnprotectedUnlessToldSo) {
  SandboxConfig config;
  config.unprotected = "yes";
  try {
    Sandbox sandbox(config);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_THAT(error.what(), HasSubstr("i accept that generated code runs with my rights"));
  }
}

TEST(Sandbox, ProbeSaysWhatIsMissing) {
  const auto lacking = [](auto change) {
    SandboxConfig config;
    change(config);
    try {
      Sandbox(config).probe();
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::kInput);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(lacking([](auto& c) { c.bubblewrap = "/nowhere/bwrap"; }),
              HasSubstr("/nowhere/bwrap is missing; install bubblewrap"));
  EXPECT_THAT(lacking([](auto& c) { c.bubblewrap = "/usr/bin/false"; }),
              HasSubstr("code cannot be run safely here"));
}

TEST_F(SandboxTest, ProbeNamesALanguageThatIsMissing) {
  SandboxConfig config;
  config.python = "/usr/bin/python9";
  EXPECT_THROW(Sandbox(config).probe(), Error);
  config.languages = {"cpp"};
  Sandbox(config).probe();
  EXPECT_THAT(Sandbox(config).run({.tests = {{"x"}}}, "").judgement.reason, HasSubstr("python"));
}

TEST_F(SandboxTest, RunsUnprotectedInTheWordsOfTheConfig) {
  SandboxConfig config = quick_limits();
  config.unprotected = kUnprotectedWords;
  Sandbox sandbox(config);
  sandbox.probe();
  const CodeReference stdio{.kind = kStdio, .tests = {{"", "True"}}};
  const char* peek = "import os\nprint(os.path.exists('/etc/passwd'))";
  EXPECT_EQ(sandbox.run(stdio, peek).judgement.verdict, kCorrect);
  EXPECT_EQ(sandbox_->run(stdio, peek).judgement.verdict, kWrong);
  EXPECT_THAT(sandbox.run(stdio, "while True: pass").judgement.reason, HasSubstr("CPU seconds"));
}

}  // namespace
}  // namespace r1
