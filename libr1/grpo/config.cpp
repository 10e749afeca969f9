#include "libr1/grpo/config.h"

#include "libr1/core/error.h"

namespace r1 {

std::span<const EnumName<AdvantageKind>> enum_names(AdvantageKind) {
  static constexpr EnumName<AdvantageKind> kNames[] = {
      {AdvantageKind::kMeanStd, "mean-std"},
      {AdvantageKind::kMean, "mean"},
      {AdvantageKind::kLeaveOneOut, "leave-one-out"}};
  return kNames;
}

std::span<const EnumName<LossAverage>> enum_names(LossAverage) {
  static constexpr EnumName<LossAverage> kNames[] = {{LossAverage::kSequenceMean, "sequence-mean"},
                                                     {LossAverage::kTokenMean, "token-mean"},
                                                     {LossAverage::kSequenceSum, "sequence-sum"},
                                                     {LossAverage::kPromptMean, "prompt-mean"}};
  return kNames;
}

std::span<const EnumName<RatioKind>> enum_names(RatioKind) {
  static constexpr EnumName<RatioKind> kNames[] = {{RatioKind::kToken, "token"},
                                                   {RatioKind::kSequence, "sequence"}};
  return kNames;
}

std::span<const EnumName<Objective>> enum_names(Objective) {
  static constexpr EnumName<Objective> kNames[] = {{Objective::kClip, "clip"},
                                                   {Objective::kCispo, "cispo"}};
  return kNames;
}

std::span<const EnumName<KlEstimator>> enum_names(KlEstimator) {
  static constexpr EnumName<KlEstimator> kNames[] = {
      {KlEstimator::kK1, "k1"}, {KlEstimator::kK2, "k2"}, {KlEstimator::kK3, "k3"}};
  return kNames;
}

void GrpoConfig::check() const {
  R1_CHECK_INPUT(dual_clip == 0 || dual_clip > 1, "dual_clip is ", dual_clip,
                 ", expected 0 or more than 1: it bounds the ratio, which is 1 at the start");
}

}  // namespace r1
