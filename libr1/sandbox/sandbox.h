// Runs generated programs against tests, contained, many at once; see README.md of this folder.
//
//   Sandbox sandbox(config.sandbox);
//   sandbox.probe();                                   // before the first step
//   QuestionRollout rollout(engine, ..., mesh, &sandbox);
#pragma once

#include <semaphore>

#include "libr1/reward/code_runner.h"
#include "libr1/sandbox/config.h"
#include "libr1/sandbox/container.h"

namespace r1 {

class Sandbox : public CodeRunner {
 public:
  // Fault::kInput when `unprotected` says something else than the words, or a language is unknown.
  explicit Sandbox(const SandboxConfig& config);

  // Runs a program of each language, and one that tries to get out. Fault::kInput says what this
  // machine lacks and what to do.
  void probe() const;

  // Blocks while `workers` others run. A language that is not in the config is unverifiable.
  CodeResult run(const CodeReference& reference, std::string_view program) override;
  int concurrency() const override { return container_.config().workers; }

 private:
  bool speaks(CodeLanguage language) const;

  Container container_;
  std::counting_semaphore<> free_workers_;
};

}  // namespace r1
