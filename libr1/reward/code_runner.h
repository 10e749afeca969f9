// Who runs an answer that is code. Rewards know this interface; libr1/sandbox implements it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libr1/reward/code_reference.h"
#include "libr1/reward/verdict.h"

namespace r1 {

struct CodeResult {
  Judgement judgement;  // correct: all tests pass
  // In order, up to the first that is not correct; those after it are not run. Empty when the
  // program was not started, as after a compile error.
  std::vector<Judgement> tests;
  double cpu_s = 0;  // of compiler and program
};

class CodeRunner {
 public:
  virtual ~CodeRunner() = default;
  // Blocks until the verdict; from any number of threads. What a program does is a verdict and
  // never an error.
  virtual CodeResult run(const CodeReference& reference, std::string_view program) = 0;
  // How many calls make progress at once.
  virtual int concurrency() const = 0;
};

}  // namespace r1
