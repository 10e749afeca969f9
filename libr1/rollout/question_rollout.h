// Responses to questions and their rewards, over all ranks: a shared counter hands the questions
// out, so no rank idles behind another's long answer.
#pragma once

#include <memory>
#include <vector>

#include "libr1/data/question_set.h"
#include "libr1/parallel/mesh.h"
#include "libr1/rollout/engine.h"
#include "libr1/rollout/generative_judge.h"
#include "libr1/tokenizer/prompt_template.h"

namespace r1 {

struct AnsweredSample {
  Sample sample;  // sample.question: place among the questions of the step
  const Question* question = nullptr;
  std::string text;  // the response without its end token
  Reward reward;
};

class QuestionRollout {
 public:
  // Keeps references. The mesh's dp ranks share the questions, its tp ranks the model and each
  // question. Without a runner, questions whose answers are code are refused; without a judge,
  // those that one is to judge.
  QuestionRollout(Engine& engine, const Tokenizer& tokenizer, const PromptTemplate& prompt_template,
                  const RewardConfig& rewards, const Mesh& mesh, CodeRunner* runner = nullptr,
                  GenerativeJudge* judge = nullptr);

  // Collective. Fault::kInput before anything is generated when a question needs what is not there.
  // Returns what this rank generated, alike on those that share its model, by (question, sample).
  // The samples of a question do not depend on who draws them: `random`, `step` and the question's
  // place in the step are their coordinates. `first`: the place of questions[0], for a step of
  // several calls.
  std::vector<AnsweredSample> run(const std::vector<const Question*>& questions,
                                  const SamplingSettings& settings, const Random& random,
                                  int64_t step, int64_t first = 0);

 private:
  AnsweredSample answered(Sample sample, const Question& question,
                          const SamplingSettings& settings) const;
  void check(const std::vector<const Question*>& questions) const;
  void score_all(std::vector<AnsweredSample>& answered) const;

  Engine& engine_;
  const Tokenizer& tokenizer_;
  const PromptTemplate& template_;
  const RewardConfig& rewards_;
  ProcessGroup& tp_;
  std::unique_ptr<SharedCounter> counter_;
  CodeRunner* runner_;
  GenerativeJudge* judge_;
  bool thoughts_open_;
};

// One line of JSON: question, response, reward, verdicts, and why it ended.
std::string transcript_line(const AnsweredSample& answered);

}  // namespace r1
