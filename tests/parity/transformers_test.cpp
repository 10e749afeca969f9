// Tiny models of each family against transformers and torch (make_fixtures.py): log-probabilities,
// loss, every gradient, and ten steps of AdamW. transformers keeps norms, softmax and rotary
// frequencies in single precision even in a double-precision model, which bounds the agreement.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"
#include "libr1/model/hugging_face.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/storage/safetensors.h"
#include "libr1/train/policy.h"

namespace r1 {
namespace {

struct Case {
  const char* family;
  Dtype dtype;
};

class Transformers : public ::testing::TestWithParam<Case> {
 protected:
  Transformers()
      : folder_(std::string(R1_FIXTURES) + "/" + GetParam().family),
        golden_(folder_ + "/golden.safetensors"),
        policy_(model_config_from_hugging_face(read_file(folder_ + "/config.json"),
                                               folder_ + "/config.json"),
                ComputeSettings{GetParam().dtype, 128, 128, false}, Stream{&pool_}) {
    const SafetensorsReader weights(folder_);
    const ParamSet& master = policy_.master();
    for (size_t i = 0; i < master.table().entries().size(); ++i)
      weights.read(master.table().entries()[i].name, master[static_cast<int>(i)]);
    policy_.refresh();
    for (int i = 0; i < 3; ++i) {
      for (const double id : doubles("tokens." + std::to_string(i)))
        tokens_[i].push_back(static_cast<int32_t>(id));
      sequences_.push_back({tokens_[i]});
      targets_ += tokens_[i].size() - 1;
    }
  }

  std::vector<double> doubles(const std::string& name) const {
    const Tensor tensor(golden_.shape(name), Dtype::kF64);
    golden_.read(name, tensor);
    const auto span = tensor.view().span<double>();
    return {span.begin(), span.end()};
  }

  double tolerance() const { return GetParam().dtype == Dtype::kF64 ? 3e-6 : 3e-5; }

  // Returns the loss; leaves its gradient in the policy.
  double backward() {
    double loss = 0;
    policy_.zero_grads();
    policy_.accumulate(
        sequences_, 1,
        [&](size_t, int64_t, std::span<const double> logprob, std::span<const double>,
            std::span<double> dlogprob) {
          for (size_t i = 0; i < logprob.size(); ++i) {
            loss -= logprob[i] / static_cast<double>(targets_);
            dlogprob[i] = -1.0 / static_cast<double>(targets_);
          }
        },
        [](int64_t, int64_t) {});
    return loss;
  }
  double gradient(int64_t at) const {
    const TensorView flat = policy_.grads().flat();
    return flat.dtype == Dtype::kF64 ? flat.data<double>()[at]
                                     : static_cast<double>(flat.data<float>()[at]);
  }

  ThreadPool pool_{2};
  std::string folder_;
  SafetensorsReader golden_;
  Policy policy_;
  std::vector<int32_t> tokens_[3];
  std::vector<TrainSequence> sequences_;
  size_t targets_ = 0;
};

TEST_P(Transformers, LogprobsAreThoseOfItsLogits) {
  const auto found = policy_.logprobs(sequences_, 1);
  for (size_t s = 0; s < 3; ++s) {
    const auto logits = doubles("logits." + std::to_string(s));
    const size_t vocab = logits.size() / tokens_[s].size();
    for (size_t t = 0; t + 1 < tokens_[s].size(); ++t) {
      double sum = 0;
      for (size_t id = 0; id < vocab; ++id) sum += std::exp(logits[t * vocab + id]);
      const auto target = static_cast<size_t>(tokens_[s][t + 1]);
      ASSERT_NEAR(found[s][t], logits[t * vocab + target] - std::log(sum), 10 * tolerance())
          << "sequence " << s << ", token " << t;
    }
  }
}

TEST_P(Transformers, LossAndEveryGradient) {
  EXPECT_NEAR(backward(), doubles("loss")[0], 10 * tolerance());
  for (const ParamEntry& entry : policy_.master().table().entries()) {
    const auto expected = doubles("grad." + entry.name);
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::abs(value));
    ASSERT_GT(largest, 0) << entry.name;
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(gradient(entry.offset + static_cast<int64_t>(i)), expected[i],
                  10 * tolerance() * largest)
          << entry.name << " at " << i;
  }
}

TEST_P(Transformers, TenStepsOfAdamW) {
  OptimizerConfig config;
  config.schedule.lr = 1e-2;
  config.weight_decay = 0.01;
  config.clip_norm = 1.0;
  config.bucket_elements = 1000;  // several buckets, the last one padded
  const auto group = self_group();
  ShardedAdamW optimizer(config, policy_.master(), *group, {});
  const auto curve = doubles("curve");
  for (size_t step = 0; step < curve.size(); ++step) {
    ASSERT_NEAR(backward(), curve[step], 30 * tolerance() * curve[0]) << "step " << step;
    optimizer.step(policy_.grads());
    policy_.refresh();
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Transformers,
                         ::testing::Values(Case{"llama", Dtype::kF64}, Case{"llama", Dtype::kF32},
                                           Case{"llama-yarn", Dtype::kF64},
                                           Case{"llama-yarn", Dtype::kF32},
                                           Case{"qwen2", Dtype::kF64}, Case{"qwen2", Dtype::kF32},
                                           Case{"qwen3", Dtype::kF64}, Case{"qwen3", Dtype::kF32}),
                         [](const auto& param) {
                           std::string name =
                               concat(param.param.family, "_", to_string(param.param.dtype));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace r1
