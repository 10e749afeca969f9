// Scores the solutions that come with a data set, as a stage scores responses:
//   score_solutions SET ROWS PROMPT SOLUTION EVERY SHIFT
// SET is what r1-import made of ROWS (JSONL, plain or .gz); the field PROMPT (or "-") and the field
// SOLUTION after it are the answer. Every EVERY-th question is answered with the solution SHIFT
// rows further on. Prints "P of N pass" and, where SHIFT is 0, each one that does not.
#include <cstdio>
#include <string>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/core/thread_pool.h"
#include "libr1/data/jsonl.h"
#include "libr1/data/question_set.h"
#include "libr1/sandbox/sandbox.h"

namespace {

using namespace r1;

std::vector<std::string> solutions(const std::string& rows, const std::string& prompt,
                                   const std::string& solution) {
  std::vector<std::string> result;
  for_each_jsonl_row(rows, [&](const JsonRow& row) {
    result.push_back((prompt == "-" ? "" : row.text(prompt)) + row.text(solution));
  });
  return result;
}

int run(char** argv) {
  const QuestionSet set(argv[1]);
  const auto answers = solutions(argv[2], argv[3], argv[4]);
  const size_t every = std::stoul(argv[5]), shift = std::stoul(argv[6]);
  R1_CHECK(answers.size() == static_cast<size_t>(set.size()), argv[2], " has ", answers.size(),
           " rows, ", argv[1], " ", set.size());
  Sandbox sandbox{SandboxConfig{}};
  sandbox.probe();
  const size_t count = (answers.size() + every - 1) / every;
  std::vector<Reward> rewards(count);
  ThreadPool threads(sandbox.concurrency());
  threads.parallel_for(static_cast<int64_t>(count), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const Question& question = set[static_cast<int64_t>(i * every)];
      const std::string text =
          concat("<think> as I know it </think> <answer> ```python\n",
                 answers[(i * every + shift) % answers.size()], "\n``` </answer>");
      rewards[i] = score(RewardConfig(), {question.verifier, question.answer, question.language},
                         {text}, &sandbox);
    }
  });
  size_t pass = 0;
  for (size_t i = 0; i < count; ++i) {
    // Accuracy and format, each of weight 1.
    if (rewards[i].total == 2)
      ++pass;
    else if (shift == 0)
      std::printf("row %zu, reward %g: %s\n", i * every, rewards[i].total,
                  rewards[i].accuracy.reason.c_str());
  }
  std::printf("%zu of %zu pass\n", pass, count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 64;
  try {
    return run(argv);
  } catch (const r1::Error& error) {
    std::printf("%s\n", error.what());
    return 64;
  }
}
