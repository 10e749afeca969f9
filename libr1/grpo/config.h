// Every hyper-parameter of GRPO; defaults are those of DeepSeek-R1-Zero where the paper prints them
// (Nature 645, 2025, Methods). The variants are settings of one formula, see policy_loss.h.
#pragma once

#include <cstdint>

#include "libr1/config/field.h"

namespace r1 {

enum class AdvantageKind {
  kMeanStd,      // (r - mean) / std of the group (GRPO)
  kMean,         // r - mean (Dr. GRPO, Liu et al. 2025)
  kLeaveOneOut,  // r - mean of the others (RLOO)
};
std::span<const EnumName<AdvantageKind>> enum_names(AdvantageKind);

enum class LossAverage {
  kSequenceMean,  // each response 1/|o|, responses equal (GRPO)
  kTokenMean,     // every token of the mini-batch equal (DAPO, Yu et al. 2025)
  kSequenceSum,   // each response 1/loss_length, a constant (Dr. GRPO)
  kPromptMean,    // questions equal, each one's tokens equal (ScaleRL, Khatri et al. 2025)
};
std::span<const EnumName<LossAverage>> enum_names(LossAverage);

enum class RatioKind {
  kToken,     // of each token (GRPO)
  kSequence,  // geometric mean over the response (GSPO, Zheng et al. 2025)
};
std::span<const EnumName<RatioKind>> enum_names(RatioKind);

enum class Objective {
  kClip,   // min(ratio A, clip(ratio) A)
  kCispo,  // stop-gradient of the clipped ratio times A log-prob (MiniMax-M1, 2025)
};
std::span<const EnumName<Objective>> enum_names(Objective);

enum class KlEstimator {
  kK1,  // log-ratio: unbiased, noisy; as a loss its gradient has mean 0
  kK2,  // half the squared log-ratio
  kK3,  // exp(d) - d - 1, d = reference - policy (GRPO)
};
std::span<const EnumName<KlEstimator>> enum_names(KlEstimator);

struct GrpoConfig {
  int group_size = 16;
  int64_t questions_per_rollout = 512;
  int64_t mini_batches_per_rollout = 16;
  int inner_epochs = 1;
  double clip_epsilon = 0.2;
  double clip_epsilon_high = 0;
  double dual_clip = 0;
  double kl_coefficient = 0.001;
  KlEstimator kl_estimator = KlEstimator::kK3;
  int64_t reference_refresh_updates = 400;
  AdvantageKind advantage = AdvantageKind::kMeanStd;
  bool unbiased_std = false;
  double std_epsilon = 1e-6;
  LossAverage loss_average = LossAverage::kSequenceMean;
  int64_t loss_length = 1024;
  RatioKind ratio = RatioKind::kToken;
  Objective objective = Objective::kClip;
  bool drop_zero_variance_groups = false;
  int extra_rollouts = 0;
  bool mask_truncated = false;
  int64_t overlong_buffer = 0;

  double clip_high() const { return clip_epsilon_high > 0 ? clip_epsilon_high : clip_epsilon; }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("group_size", group_size, "responses G to each question (paper: 16)", at_least(2));
    v.field("questions_per_rollout", questions_per_rollout,
            "questions of one rollout (paper: 512, 8,192 responses)", at_least(1));
    v.field("mini_batches_per_rollout", mini_batches_per_rollout,
            "random parts of a rollout, an optimizer step each (paper: 16)", at_least(1));
    v.field("inner_epochs", inner_epochs, "passes over a rollout (paper: 1)", at_least(1));
    v.field("clip_epsilon", clip_epsilon,
            "clip range of the ratio (not printed for R1-Zero; 10 in R1's first RL stage)",
            positive());
    v.field("clip_epsilon_high", clip_epsilon_high, "upper clip range; 0: the same (DAPO: 0.28)",
            at_least(0));
    v.field("dual_clip", dual_clip,
            "bound of the ratio where the advantage is negative, more than 1; 0: none",
            at_least(0));
    v.field("kl_coefficient", kl_coefficient, "beta, weight of the KL term (paper: 0.001)",
            at_least(0));
    v.field("kl_estimator", kl_estimator, "of the KL term (paper: k3)");
    v.field("reference_refresh_updates", reference_refresh_updates,
            "updates after which the reference becomes the policy (paper: 400); 0: never",
            at_least(0));
    v.field("advantage", advantage, "how rewards of a group become advantages");
    v.field("unbiased_std", unbiased_std, "divide the group's variance by G - 1");
    v.field("std_epsilon", std_epsilon, "added to the group's standard deviation", at_least(0));
    v.field("loss_average", loss_average,
            "weight of a token in the loss: every response alike, every token, every token by a "
            "constant, every question (\"prompt-mean\": for short and long replies together)");
    v.field("loss_length", loss_length, "the constant of loss_average = \"sequence-sum\", tokens",
            at_least(1));
    v.field("ratio", ratio, "importance ratio of tokens or of whole responses");
    v.field("objective", objective, "of ratio and advantage");
    v.field("drop_zero_variance_groups", drop_zero_variance_groups,
            "leave out groups whose rewards are all equal");
    v.field("extra_rollouts", extra_rollouts,
            "dynamic sampling: at most so many times as many questions are asked again, until "
            "questions_per_rollout groups have unequal rewards; the others are dropped (DAPO: 10); "
            "0: none",
            at_least(0));
    v.field("mask_truncated", mask_truncated, "leave out responses cut by the length cap");
    v.field("overlong_buffer", overlong_buffer,
            "tokens before the cap over which the reward falls by up to 1 (DAPO); 0: none",
            at_least(0));
  }
  void check() const;
};

}  // namespace r1
