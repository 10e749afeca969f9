#include "libr1/grpo/config.h"

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

}  // namespace r1
