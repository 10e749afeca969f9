// A model as the judge of answers that no rule can verify (libr1/reward/judge_verdict.h), run by
// the same engine as the policy. What it says of a sample is a function of the sample, its step and
// the seed, so neither the rank that judges nor what is judged beside it matters.
#pragma once

#include <span>

#include "libr1/reward/judge_verdict.h"
#include "libr1/rollout/engine.h"
#include "libr1/tokenizer/prompt_template.h"

namespace r1 {

struct AnsweredSample;

class GenerativeJudge {
 public:
  struct Asked {
    PromptTemplate prompt_template;  // of the judge; the filled rubric is its question
    Rubric rubric;
    SamplingSettings sampling;  // num_samples judgements of each answer
    int64_t max_positions = 0;  // of the judge's prompt and text together
  };

  // Keeps references. Engine and tokenizer are the judge's own.
  GenerativeJudge(Engine& engine, const Tokenizer& tokenizer, Asked asked, const Random& random);

  // Sets the accuracy of those samples whose question has Verifier::kJudge and that have an answer,
  // and adds `weight` to the reward of those it finds correct. Unverifiable stays what gets no
  // clear majority of judgements, or does not fit. Special tokens that an answer spells out are
  // split, so that it cannot end its turn in the judge's prompt. `num_samples`: of each question of
  // the step. Not collective: a rank judges what it has.
  void judge(std::span<AnsweredSample> answered, int num_samples, int64_t step, double weight);

 private:
  Engine& engine_;
  const Tokenizer& tokenizer_;
  Asked asked_;
  Random random_;
  std::vector<std::string> special_;  // texts of the judge's special tokens
};

}  // namespace r1
