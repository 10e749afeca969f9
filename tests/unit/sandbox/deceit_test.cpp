// Programs that want the reward rather than the solution, or to leave their punishment.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "libr1/core/file.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;

using Deceit = SandboxTest;

// Helpers that the question shows are the tests' own, as those of HumanEval 32 and 38.
TEST_F(Deceit, AnAnswerCannotRedefineWhatTheQuestionShows) {
  const auto expect = [&](const CodeReference& reference, const std::vector<JudgedProgram>& rows) {
    for (const JudgedProgram& row : rows) {
      const Judgement found = sandbox_->run(reference, row.program).judgement;
      EXPECT_EQ(found.verdict, row.verdict) << row.program << "\n" << found.reason;
      EXPECT_THAT(found.reason, HasSubstr(row.reason)) << row.program;
    }
  };
  CodeReference reference{
      .kind = kAsserts,
      .tests = {{"def check(candidate):\n  for s in ('abcde', 'xyzxyz'):\n"
                 "    assert candidate(encode(s)) == s\ncheck(candidate)"}},
      .prefix =
          "def encode(s: str):\n  '''Turns it by one.'''\n  return s[1:] + s[:1]\n"
          "def decode(s: str):\n  '''The inverse of encode.'''\n",
      .entry_point = "decode"};
  expect(
      reference,
      {{"def decode(s): return s[-1:] + s[:-1]", kCorrect, ""},
       {"def encode(s): return s[1:] + s[:1]\ndef decode(s): return s[-1:] + s[:-1]", kCorrect, ""},
       {"def encode(s): return s\ndef decode(s): return s", kWrong, "assertion failed"},
       {"encode = lambda s: s\ndef decode(s): return s", kWrong, "assertion failed"},
       {"def helper(s): return s", kWrong, "assertion failed"}});
  reference.tests = {{"import math\nassert math.fabs(poly([-4, 2], find_zero([-4, 2]))) < 1e-4"}};
  reference.prefix =
      "import math\ndef poly(xs: list, x: float):\n"
      "  return sum([c * math.pow(x, i) for i, c in enumerate(xs)])\n"
      "def find_zero(xs: list):\n  '''A zero of poly.'''\n";
  reference.entry_point = "find_zero";
  expect(reference, {{"def find_zero(xs): return -xs[0] / xs[1]", kCorrect, ""},
                     {"def poly(xs, x): return 0.0\ndef find_zero(xs): return 0.0", kWrong,
                      "assertion failed"}});
  const char* own_math =
      "class math: isclose = staticmethod(lambda *a, **k: True)\ndef area(r): return 0";
  reference.tests = {{"assert math.isclose(area(2), 12.566370614359172)"}};
  reference.prefix = "import math\n";
  reference.entry_point = "area";
  expect(reference, {{"def area(r): return math.pi * r * r", kCorrect, ""},
                     {own_math, kWrong, "assertion failed"}});
  reference.prefix = "";
  expect(reference, {{"import math\ndef area(r): return math.pi * r * r", kCorrect, ""},
                     {own_math, kWrong, "NameError"}});
}

// Short bodies are bodies.
TEST_F(Deceit, WhatReturnsAConstantIsNotLeftOpen) {
  const CodeReference reference{
      .kind = kAsserts,
      .tests = {{"assert f(3) == limit() and mark() == 'm'"},
                {"assert area(2, 3) == 6 and g() == 1 and h() == 2 and k() == 3"}},
      .prefix =
          "def limit(): return 100\ndef mark():\n  'A mark.'\n  return 'm'\n"
          "def area(w, h):\n  if w < 0: raise NotImplementedError\n  return w * h\n"
          "def g():\n  raise NotImplementedError\ndef h():\n  'H.'\n  raise "
          "NotImplementedError('h')\ndef k(): pass\n",
      .entry_point = "f"};
  const std::string open = "def g(): return 1\ndef h(): return 2\ndef k(): return 3\n";
  EXPECT_EQ(sandbox_->run(reference, open + "def f(x): return 100").judgement.verdict, kCorrect);
  for (const char* redefined :
       {"def limit(): return 5\ndef f(x): return 5", "def mark(): return 'n'\ndef f(x): return 5",
        "def area(w, h): return 0\ndef f(x): return 5"})
    EXPECT_EQ(sandbox_->run(reference, open + redefined).judgement.verdict, kWrong) << redefined;
}

// What it leaves open is the answer's, and so are classes, of which the answer makes objects.
TEST_F(Deceit, WhatTheQuestionLeavesOpenIsTheAnswers) {
  const std::string node =
      "class Node:\n  def __init__(self, value, rest=None): self.value, self.rest = value, rest\n";
  const CodeReference reference{
      .kind = kAsserts,
      .tests = {{"assert values(turned(chain([1, 2, 3]))) == [3, 2, 1]"},
                {"assert isinstance(turned(Node(1)), Node) and length(chain([1, 2])) == 2"}},
      .prefix = node +
                "def chain(xs): return Node(xs[0], chain(xs[1:])) if xs else None\n"
                "def values(n): return [n.value] + values(n.rest) if n else []\n"
                "def length(n):\n  '''How many.'''\n"
                "def turned(n):\n  raise NotImplementedError()\n"};
  const std::string solution =
      "def turned(n, done=None): return turned(n.rest, Node(n.value, done)) if n else done\n"
      "def length(n): return 1 + length(n.rest) if n else 0";
  for (const std::string& program : {solution, node + solution}) {
    const Judgement found = sandbox_->run(reference, program).judgement;
    EXPECT_EQ(found.verdict, kCorrect) << program << "\n" << found.reason;
  }
  EXPECT_EQ(sandbox_->run(reference, "def turned(n): return n").judgement.verdict, kWrong);
}

// What the compiler says can be the program's words, so nothing is made of it.
TEST_F(Deceit, NoProgramSaysThatItsCompilerWasKilled) {
  const char* killed = "g++: fatal error: Killed signal terminated program cc1plus";
  const std::vector<CodeTest> tests = {{"", ""}};
  for (const std::string& program :
       {concat("#line 1 \"", killed, "\"\nint main() { return x; }"),
        concat("#error \\\n", killed, "\nint main() {}"),
        concat("asm(\".print \\\"", killed, "\\\"\");\nint main() { return x; }"),
        concat("asm(\".print \\\"", killed, "\\\"\\n.err\");\nint main() {}")}) {
    const CodeResult result = run(kCpp, kStdio, tests, program);
    EXPECT_EQ(result.judgement.verdict, kWrong) << program << "\n" << result.judgement.reason;
    EXPECT_THAT(result.judgement.reason, HasSubstr("does not compile")) << program;
  }
  // What it prints is not the program either.
  const char* prints = "asm(\".print \\\"#!/usr/bin/yes\\\"\");\nint main() {}";
  EXPECT_EQ(run(kCpp, kStdio, tests, prints).judgement.verdict, kCorrect);
}

TEST(Compiler, ThatWasKilledIsUnverifiable) {
  std::string folder = "/tmp/r1-compiler-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  SandboxConfig config = quick_limits();
  config.unprotected = kUnprotectedWords;  // contained, nothing could kill it
  config.compiler_options = {"-B" + folder + "/"};
  Sandbox sandbox(config);
  const CodeReference reference{.language = kCpp, .kind = kStdio, .tests = {{"", ""}}};
  for (const char* part : {"cc1plus", "as", "collect2"}) {
    const std::string path = concat(folder, "/", part);
    write_file(path, "#!/bin/sh\nkill -9 $$\n");
    ::chmod(path.c_str(), 0700);
    const Judgement found = sandbox.run(reference, "int main() {}").judgement;
    EXPECT_EQ(found.verdict, kUnverifiable) << part << "\n" << found.reason;
    EXPECT_THAT(found.reason, HasSubstr("killed from outside")) << part;
    std::filesystem::remove(path);
  }
  EXPECT_EQ(sandbox.run(reference, "int main() {}").judgement.verdict, kCorrect);
  std::filesystem::remove_all(folder);
}

// What would leave the sample unverifiable, and so without the punishment of a wrong one.
TEST_F(Deceit, NoProgramEndsAsIfTheMachineHadKilledIt) {
  SandboxConfig config = quick_limits();
  config.cpu_seconds = 3;
  Sandbox sandbox(config);
  const std::string timer =  // its signal is SIGKILL
      "import ctypes, fcntl, os, time\nlibc = ctypes.CDLL(None)\n";
  for (const std::string& program : std::vector<std::string>{
           "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
           "import resource\nsoft, hard = resource.getrlimit(resource.RLIMIT_CPU)\n"
           "resource.setrlimit(resource.RLIMIT_CPU, (1, hard))\nwhile True: pass",
           "import os\nos.execv('/usr/bin/prlimit', ['x', '--cpu=1', '/usr/bin/yes'])",
           timer +
               "event = (ctypes.c_int * 16)(0, 0, 9, 0)\nwhen = (ctypes.c_long * 4)(0, 0, 0, 1)\n"
               "id = ctypes.c_void_p()\nprint(libc.timer_create(0, event, ctypes.byref(id)),\n"
               "libc.timer_settime(id, 0, when, None), flush=True)\ntime.sleep(0.2)\nos._exit(1)",
           timer + "r, w = os.pipe()\nfcntl.fcntl(r, fcntl.F_SETOWN, os.getpid())\n"
                   "fcntl.fcntl(r, 10, 9)\n"
                   "fcntl.fcntl(r, fcntl.F_SETFL, fcntl.fcntl(r, fcntl.F_GETFL) | os.O_ASYNC)\n"
                   "os.write(w, b'x')\ntime.sleep(0.2)\nos._exit(1)"}) {
    const Judgement found = sandbox.run({.kind = kStdio, .tests = {{"", "x"}}}, program).judgement;
    EXPECT_EQ(found.verdict, kWrong) << program << "\n" << found.reason;
  }
}

}  // namespace
}  // namespace r1
