// A sandbox for tests; they are skipped by name where the machine cannot contain programs.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "libr1/core/error.h"
#include "libr1/sandbox/sandbox.h"

namespace r1 {

inline constexpr auto kPython = CodeLanguage::kPython;
inline constexpr auto kCpp = CodeLanguage::kCpp;
inline constexpr auto kAsserts = CodeTestKind::kAsserts;
inline constexpr auto kStdio = CodeTestKind::kStdio;
inline constexpr auto kCorrect = Verdict::kCorrect;
inline constexpr auto kWrong = Verdict::kWrong;
inline constexpr auto kUnverifiable = Verdict::kUnverifiable;

// What a program is judged as.
struct JudgedProgram {
  const char* program;
  Verdict verdict;
  const char* reason;  // a part of it
};

inline SandboxConfig quick_limits() {
  SandboxConfig config;
  config.cpu_seconds = 1;
  config.wall_seconds = 20;
  config.memory_mib = 512;
  config.output_mib = 1;
  return config;
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    static const std::string lacking = [] {
      try {
        Sandbox(SandboxConfig()).probe();
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string();
    }();
    if (!lacking.empty()) GTEST_SKIP() << lacking;
    sandbox_.emplace(quick_limits());
  }

  CodeResult run(CodeLanguage language, CodeTestKind kind, const std::vector<CodeTest>& tests,
                 std::string_view program) {
    CodeReference reference{.language = language, .kind = kind, .tests = tests};
    return sandbox_->run(reference, program);
  }

  std::optional<Sandbox> sandbox_;
};

}  // namespace r1
