// A real trained model, from the files as Hugging Face has them, against a reference run in double
// precision: logits, log-probabilities, tokenization and greedy text.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"
#include "libr1/model/hugging_face.h"
#include "libr1/rollout/engine.h"
#include "libr1/storage/safetensors.h"
#include "libr1/train/policy.h"

namespace r1 {
namespace {

using Json = nlohmann::json;

class Stories : public ::testing::TestWithParam<Dtype> {
 protected:
  void SetUp() override {
    const char* data = std::getenv("R1_TEST_DATA");
    if (!data) GTEST_SKIP() << "R1_TEST_DATA is not set: models/stories260K is not there";
    folder_ = std::string(data) + "/models/stories260K";
    const std::string hf = folder_ + "/hf", config = hf + "/config.json";
    policy_ =
        std::make_unique<Policy>(model_config_from_hugging_face(read_file(config), config),
                                 ComputeSettings{GetParam(), 512, 512, false}, Stream{&pool_});
    const SafetensorsReader weights(hf);
    const ParamSet& master = policy_->master();
    for (size_t i = 0; i < master.table().entries().size(); ++i)
      weights.read(master.table().entries()[i].name, master[static_cast<int>(i)]);
    policy_->refresh();
    tokenizer_ = std::make_unique<Tokenizer>(Tokenizer::from_folder(hf));
    std::ifstream golden(folder_ + "/golden.jsonl");
    for (std::string line; std::getline(golden, line);) golden_.push_back(Json::parse(line));
    ASSERT_GE(golden_.size(), 8u);
  }
  // The reference is printed to five decimals. bf16 keeps 8 bits of every activation, of logits
  // down to -16.
  double tolerance() const {
    return GetParam() == Dtype::kBf16 ? 0.3 : GetParam() == Dtype::kF32 ? 1e-4 : 1.5e-5;
  }

  std::string folder_;
  ThreadPool pool_{2};
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::vector<Json> golden_;
};

TEST_P(Stories, LogprobsOfAllTokens) {
  for (const Json& run : golden_) {
    auto tokens = run["prompt_ids"].get<std::vector<int32_t>>();
    const auto greedy = run["greedy_ids"].get<std::vector<int32_t>>();
    tokens.insert(tokens.end(), greedy.begin(), greedy.end());
    const auto expected = run["token_logprobs"].get<std::vector<double>>();
    tokens.resize(expected.size() + 1);
    const TrainSequence sequence{tokens};
    const auto found = policy_->logprobs({&sequence, 1}, 1)[0];
    ASSERT_EQ(found.size(), expected.size());
    for (size_t t = 0; t < expected.size(); ++t)
      ASSERT_NEAR(found[t], expected[t], tolerance()) << run["id"] << ", token " << t;
  }
}

// Every logit at the prompt's end: each token in turn as the only target, whose log-probability is
// its logit up to a constant.
TEST_P(Stories, LogitsAtThePromptsEnd) {
  if (GetParam() == Dtype::kF64) golden_.resize(1);  // plain loops: slow
  for (const Json& run : golden_) {
    const auto prompt = run["prompt_ids"].get<std::vector<int32_t>>();
    const auto logits = run["prompt_last_logits"].get<std::vector<double>>();
    double log_sum = 0;
    for (const double logit : logits) log_sum += std::exp(logit);
    log_sum = std::log(log_sum);
    std::vector<std::vector<int32_t>> tokens(logits.size(), prompt);
    std::vector<TrainSequence> sequences;
    for (size_t id = 0; id < logits.size(); ++id) {
      tokens[id].push_back(static_cast<int32_t>(id));
      sequences.push_back({tokens[id], static_cast<int64_t>(prompt.size())});
    }
    const auto found = policy_->logprobs(sequences, 1);
    for (size_t id = 0; id < logits.size(); ++id)
      ASSERT_NEAR(found[id][0], logits[id] - log_sum, tolerance()) << run["id"] << ", token " << id;
  }
}

TEST_P(Stories, TokenizesAndContinuesGreedily) {
  if (GetParam() == Dtype::kF64) GTEST_SKIP() << "the engine samples from f32 logits";
  Engine engine(policy_->model(), *tokenizer_, {16, 4096, 128, 512});
  SamplingSettings greedy;
  greedy.num_samples = 1;
  greedy.rule.temperature = 0;
  greedy.max_new_tokens =
      static_cast<int64_t>(golden_[0]["greedy_ids"].get<std::vector<int32_t>>().size());
  size_t next = 0;
  const auto samples = engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (next == golden_.size()) return std::nullopt;
        const auto idx = next++;
        auto prompt = tokenizer_->encode_prompt(golden_[idx]["prompt"].get<std::string>());
        EXPECT_EQ(prompt, golden_[idx]["prompt_ids"].get<std::vector<int32_t>>());
        return RolloutRequest{static_cast<int64_t>(idx), std::move(prompt)};
      },
      greedy, Random(1, "unused"), 0);
  ASSERT_EQ(samples.size(), golden_.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    auto expected = golden_[i]["greedy_ids"].get<std::vector<int32_t>>();
    if (GetParam() == Dtype::kBf16) {  // near ties fall either way: the first tokens must agree
      expected.resize(5);
      EXPECT_EQ(std::vector(samples[i].tokens.begin(), samples[i].tokens.begin() + 5), expected);
      continue;
    }
    EXPECT_EQ(samples[i].tokens, expected) << golden_[i]["id"];
    // After its prompt: alone, a text loses the space that a tokenizer of this kind puts in front.
    auto whole = samples[i].prompt;
    whole.insert(whole.end(), samples[i].tokens.begin(), samples[i].tokens.end());
    EXPECT_TRUE(
        tokenizer_->decode(whole, true).ends_with(golden_[i]["greedy_text"].get<std::string>()));
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Stories, ::testing::Values(Dtype::kF32, Dtype::kBf16, Dtype::kF64),
                         [](const auto& param) { return std::string(to_string(param.param)); });

}  // namespace
}  // namespace r1
