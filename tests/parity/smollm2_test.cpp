// SmolLM2-135M-Instruct from its GGUF file against transformers on the same file, dequantised, in
// double precision (make_smollm2_golden.py): prompts and tokens, logits, log-probabilities, greedy
// text.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libr1/core/thread_pool.h"
#include "libr1/model/gguf_model.h"
#include "libr1/model/gguf_tokenizer.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/head.h"
#include "libr1/rollout/engine.h"
#include "libr1/tokenizer/prompt_template.h"
#include "libr1/train/policy.h"

namespace r1 {
namespace {

using Json = nlohmann::json;

constexpr int64_t kPositions = 512;
constexpr int64_t kLogitStride = 128;

class SmolLm2 : public ::testing::TestWithParam<Dtype> {
 protected:
  void SetUp() override {
    const char* file = std::getenv("R1_SMOLLM2_GGUF");
    if (!file) GTEST_SKIP() << "R1_SMOLLM2_GGUF is not set: SmolLM2-135M-Instruct.Q4_1.gguf";
    const GgufReader gguf(file);
    const ModelConfig config = model_config_from_gguf(gguf);
    policy_ = std::make_unique<Policy>(
        config, ComputeSettings{GetParam(), kPositions, kPositions, false}, Stream{&pool_});
    const GgufModelTensors tensors(gguf, config);
    const ParamSet& master = policy_->master();
    for (size_t i = 0; i < master.table().entries().size(); ++i)
      tensors.read_rows(master.table().entries()[i].name, 0, master[static_cast<int>(i)]);
    policy_->refresh();
    const TokenizerTexts texts = tokenizer_from_gguf(gguf);
    tokenizer_ = std::make_unique<Tokenizer>(Tokenizer::from_json(texts.json, texts.config, file));
    std::ifstream golden(R1_FIXTURES "/smollm2.jsonl");
    for (std::string line; std::getline(golden, line);) golden_.push_back(Json::parse(line));
    ASSERT_EQ(golden_.size(), 8u);
  }

  // Of logits around 20 and log-probabilities. bf16 keeps 8 bits of every activation.
  double tolerance() const { return GetParam() == Dtype::kBf16 ? 1.0 : 3e-4; }

  static std::vector<int32_t> prompt_of(const Json& run) { return run["prompt_ids"]; }

  // All logits that follow the tokens.
  std::vector<float> next_logits(std::span<const int32_t> tokens) const {
    PackedBatch packed;
    packed.add(tokens);
    const ModelConfig& config = policy_->config();
    const KvPages cache(config, config.layers, packed.num_pages(), GetParam(), Device::kCpu);
    Arena arena(int64_t{1} << 28, Device::kCpu);
    const TensorView hidden = policy_->model().forward(packed.batch(), cache, arena);
    const TensorView last = arena.allocate({1, config.hidden}, hidden.dtype);
    const TensorView logits = arena.allocate({1, config.vocab}, Dtype::kF32);
    const auto row = static_cast<int32_t>(tokens.size()) - 1;
    ops::gather_rows(std::span(&row, 1), hidden, last, Stream{});
    ops::head_logits(last, policy_->model().weights().head(), logits, Stream{});
    const auto values = logits.span<float>();
    return {values.begin(), values.end()};
  }

  ThreadPool pool_{2};
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::vector<Json> golden_;
};

TEST_P(SmolLm2, ReadsThePrompts) {
  if (GetParam() == Dtype::kBf16) GTEST_SKIP() << "texts have no dtype";
  for (const Json& run : golden_)
    EXPECT_EQ(tokenizer_->encode(run["prompt"].get<std::string>()), prompt_of(run)) << run["id"];
  const auto chat = PromptTemplate::parse("chat", *tokenizer_);
  EXPECT_EQ(chat.render("What is the capital of France?"), golden_[0]["prompt"]);
}

TEST_P(SmolLm2, LogitsAtThePromptsEnd) {
  double largest = 0;
  for (const Json& run : golden_) {
    const auto found = next_logits(prompt_of(run));
    EXPECT_EQ(std::ranges::max_element(found) - found.begin(), run["likeliest"]) << run["id"];
    const auto expected = run["logits_128"].get<std::vector<double>>();
    ASSERT_EQ(expected.size() * kLogitStride, found.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const double error = std::abs(found[i * kLogitStride] - expected[i]);
      largest = std::max(largest, error);
      ASSERT_LT(error, tolerance()) << run["id"] << ", token " << i * kLogitStride;
    }
  }
  std::cout << "largest error of a logit: " << largest << "\n";
}

TEST_P(SmolLm2, LogprobsOfTwoHundredTokens) {
  double largest = 0;
  for (const Json& run : golden_) {
    std::vector<int32_t> tokens = prompt_of(run);
    const auto prompt = static_cast<int64_t>(tokens.size());
    for (const int32_t token : run["greedy_ids"]) tokens.push_back(token);
    const TrainSequence sequence{tokens, prompt};
    const auto found = policy_->logprobs({&sequence, 1}, 1)[0];
    const auto expected = run["token_logprobs"].get<std::vector<double>>();
    ASSERT_EQ(found.size(), expected.size());
    for (size_t t = 0; t < expected.size(); ++t) {
      largest = std::max(largest, std::abs(found[t] - expected[t]));
      ASSERT_NEAR(found[t], expected[t], tolerance()) << run["id"] << ", token " << t;
    }
  }
  std::cout << "largest error of a log-probability: " << largest << "\n";
}

// The engine's own choice must be the reference's up to the first near tie.
TEST_P(SmolLm2, ContinuesGreedily) {
  Engine engine(policy_->model(), *tokenizer_, {8, 4096, 512, kPositions});
  SamplingSettings greedy;
  greedy.num_samples = 1;
  greedy.rule.temperature = 0;
  greedy.max_new_tokens = 200;
  size_t next = 0;
  const auto samples = engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (next == golden_.size()) return std::nullopt;
        const size_t idx = next++;
        return RolloutRequest{static_cast<int64_t>(idx), prompt_of(golden_[idx])};
      },
      greedy, Random(1, "unused"), 0);
  ASSERT_EQ(samples.size(), golden_.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto expected = golden_[i]["greedy_ids"].get<std::vector<int32_t>>();
    const auto margins = golden_[i]["margins"].get<std::vector<double>>();
    const auto [found, wanted] = std::ranges::mismatch(samples[i].tokens, expected);
    const auto equal = static_cast<size_t>(wanted - expected.begin());
    std::cout << golden_[i]["id"] << ": " << equal << " of " << expected.size() << " tokens equal";
    if (equal < expected.size()) {
      std::cout << ", then a margin of " << margins[equal];
      EXPECT_LT(margins[equal], 2 * tolerance()) << golden_[i]["id"] << ", token " << equal;
    }
    std::cout << "\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, SmolLm2, ::testing::Values(Dtype::kF32, Dtype::kBf16),
                         [](const auto& param) { return std::string(to_string(param.param)); });

}  // namespace
}  // namespace r1
