// How answers in each language are made into programs and judged. Private to libr1/sandbox.
#pragma once

#include <string>
#include <string_view>

#include "libr1/reward/code_runner.h"
#include "libr1/sandbox/container.h"

namespace r1 {

// Each test against its own start of `program`, which is complete but for its input.
CodeResult judge_stdio(const Container& container, const CodeReference& reference, Program program);

// The answer and the tests in two containers, see python/judge.py.
CodeResult judge_python_asserts(const Container& container, const CodeReference& reference,
                                std::string_view answer);
Program python_program(const Container& container, std::string_view answer);

// Answer and tests are one program: an answer that is out to deceive could look for the tests in
// its own memory. It cannot pass by ending early, nor by its own `assert`.
CodeResult judge_cpp_asserts(const Container& container, const CodeReference& reference,
                             std::string_view answer);

struct Compiled {
  Judgement judgement;  // correct: it compiles
  Program program;
  double cpu_s = 0;
};
Compiled compile_cpp(const Container& container, std::string source);

// The verdict over all tests from those that were run, of which the last may have failed.
Judgement verdict_of_tests(const std::vector<Judgement>& tests, size_t num_tests);

}  // namespace r1
