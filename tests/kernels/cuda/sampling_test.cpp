// The CPU's kernel, held against the rule's definition in its own test, is the reference here:
// where it runs in AVX-512 the sums have one order and the tokens must be the same ones.
#include "kernels/sampling.h"

#include "kernels/cpu/isa.h"
#include "tests/kernels/cuda/cuda_test.h"
#include "tests/kernels/random_sampling.h"

namespace r1::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLastUniform = 1 - 0x1p-24f;

struct Draws {
  int64_t vocab = 0;
  std::vector<float> logits;
  std::vector<SamplingRule> rules;
  std::vector<float> uniforms;

  int64_t rows() const { return static_cast<int64_t>(rules.size()); }
  void add(const std::vector<float>& row, const SamplingRule& rule, float uniform) {
    vocab = static_cast<int64_t>(row.size());
    append(logits, row);
    rules.push_back(rule);
    uniforms.push_back(uniform);
  }
};

std::vector<int32_t> on_device(const Draws& draws) {
  const DeviceArray<float> logits(draws.logits), uniforms(draws.uniforms);
  const DeviceArray<float> scratch(poisoned<float>(2 * draws.rows() * draws.vocab));
  const DeviceArray<SamplingRule> rules(draws.rules);
  const DeviceArray<int32_t> tokens(std::vector<int32_t>(draws.rules.size(), -7));
  sample_tokens<kCuda>(draws.rows(), draws.vocab, logits.data(), rules.data(), uniforms.data(),
                       scratch.data(), tokens.data(), device_stream());
  scratch.host();
  return tokens.host();
}

std::vector<int32_t> on_cpu(const Draws& draws) {
  auto scratch = poisoned<float>(2 * draws.rows() * draws.vocab);
  std::vector<int32_t> tokens(draws.rules.size(), -7);
  sample_tokens<kCpu>(draws.rows(), draws.vocab, draws.logits.data(), draws.rules.data(),
                      draws.uniforms.data(), scratch.data(), tokens.data(), {});
  return tokens;
}

class SamplingCuda : public OnDevice {
 protected:
  // A GPU's log() may round min_p's border otherwise, and AVX2 sums in another order: one in ten
  // thousand may then lie on the other side of a border.
  void expect_the_cpus_tokens(const Draws& draws) {
    const auto found = on_device(draws), expected = on_cpu(draws);
    for (size_t i = 0; i < found.size(); ++i) {
      ++compared_;
      if (found[i] == expected[i]) continue;
      ++different_;
      const SamplingRule& rule = draws.rules[i];
      if (isa() == Isa::kAvx512)
        ADD_FAILURE() << "row " << i << " of " << found.size() << ": found " << found[i]
                      << ", expected " << expected[i] << "; vocab " << draws.vocab << ", T "
                      << rule.temperature << ", k " << rule.top_k << ", p " << rule.top_p
                      << ", min " << rule.min_p << ", u " << draws.uniforms[i];
    }
  }
  void TearDown() override { EXPECT_LE(different_, compared_ / 10000 + 1); }
  int64_t compared_ = 0, different_ = 0;
};

TEST_F(SamplingCuda, DrawsTheCpusTokensForRandomRules) {
  const Random random(21, "sampling");
  uint32_t trial = 0;
  for (const int64_t vocab : {1, 2, 15, 33, 255, 256, 257, 400, 1000, 5003}) {
    Draws draws;
    for (int i = 0; i < (vocab < 1000 ? 60 : 12); ++i, ++trial)
      draws.add(random_logits(random, trial, vocab), random_rule(random, trial),
                i % 10 == 0   ? 0.0f
                : i % 10 == 1 ? kLastUniform
                              : random.uniform(trial, 10));
    expect_the_cpus_tokens(draws);
  }
}

TEST_F(SamplingCuda, DrawsTheCpusTokensFromALongRow) {
  const Random random(14, "long");
  for (const double spread : {0.01, 1.0, 6.0}) {
    Draws draws;
    for (const SamplingRule& rule : {SamplingRule{}, SamplingRule{1, 0, 0.95f},
                                     SamplingRule{1, 4000}, SamplingRule{0.6f, 50, 0.9f, 0.01f}})
      draws.add(random_values<float>(50257, "logits", spread), rule,
                random.uniform(static_cast<uint32_t>(draws.rows())));
    expect_the_cpus_tokens(draws);
  }
}

TEST_F(SamplingCuda, HandlesExtremesLikeTheCpu) {
  for (const int64_t vocab : {1, 16, 100, 700}) {
    Draws draws;
    for (const SamplingRule& rule :
         {SamplingRule{}, SamplingRule{0}, SamplingRule{1, 5, 0.9f}, SamplingRule{1e-30f},
          SamplingRule{1e-42f, 3, 0.5f, 0.5f}, SamplingRule{1, 0, 0}, SamplingRule{1, 0, 1, 1},
          SamplingRule{1e30f, 1 << 30, 0.999f, 1e-30f}}) {
      for (const float uniform : {0.0f, 0.5f, kLastUniform}) {
        std::vector<float> row(static_cast<size_t>(vocab), 1.0f);
        draws.add(row, rule, uniform);
        for (const float value : {std::nanf(""), kInfinity, -kInfinity, 1.0000001f}) {
          for (const size_t place : {size_t{0}, row.size() / 2, row.size() - 1}) {
            auto changed = row;
            changed[place] = value;
            draws.add(changed, rule, uniform);
          }
        }
        draws.add(std::vector<float>(row.size(), -kInfinity), rule, uniform);
        auto few = std::vector<float>(row.size(), -kInfinity);
        few[0] = few[few.size() - 1] = 3;
        draws.add(few, rule, uniform);
      }
    }
    expect_the_cpus_tokens(draws);
  }
}

TEST_F(SamplingCuda, RowsDoNotDependOnEachOtherOrOnTheOrderOfThreads) {
  const Random random(15, "rows");
  Draws all;
  for (uint32_t r = 0; r < 20; ++r)
    all.add(random_logits(random, r, 301), random_rule(random, r), random.uniform(r, 20));
  const auto tokens = same_in_all_orders([&] { return on_device(all); });
  for (int64_t r = 0; r < 20; ++r) {
    Draws one;
    one.add(part_of(all.logits, r * 301, 301), all.rules[static_cast<size_t>(r)],
            all.uniforms[static_cast<size_t>(r)]);
    EXPECT_EQ(on_device(one)[0], tokens[static_cast<size_t>(r)]);
  }
}

}  // namespace
}  // namespace r1::kernels
