// Training and rollout with a model that ranks share, against the whole model on one rank.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "libr1/parallel/mesh.h"
#include "libr1/rollout/engine.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/train/training_checkpoint.h"
#include "tests/mpi/device.h"
#include "tests/mpi/shared_models.h"
#include "tests/unit/model/tiny_models.h"
#include "tests/unit/model/word_tokenizer.h"

namespace r1 {
namespace {

using testing::shared;
using testing::world;

const ComputeSettings kCompute{testing::kWidest, 96, 64, false, testing::kDevice};
constexpr double kTolerance = testing::kWidest == Dtype::kF64 ? 1e-9 : 1e-4;

// A policy and its optimizer on a mesh with so many ranks along tp.
struct Learner {
  Learner(const ModelConfig& config, int tp, const ComputeSettings& compute = kCompute)
      : mesh({0, tp, 1, 1}, world(), {testing::kDevice, testing::kDevice}),
        policy(config, compute, {}, TensorParallel(mesh.tp())),
        optimizer(settings(), policy.master(), mesh.dp(), {}, &mesh.tp()) {
    initialize(config, {.embedding_std = 0.5}, 3, policy.master(), policy.tp());
    policy.refresh();
  }

  static OptimizerConfig settings() {
    OptimizerConfig config;
    config.schedule.lr = 1e-2;
    config.clip_norm = 0.05;  // so that the norm shows in the weights
    // Key biases have no gradient but rounding, which AdamW would make steps of.
    if (kCompute.dtype == Dtype::kF32) config.eps = 1e-2;
    config.bucket_elements = 300;
    return config;
  }

  // One step on some sequences, dealt over dp. Returns the norm of the gradient.
  double step(int64_t idx) {
    std::vector<std::vector<int32_t>> tokens;
    for (int i = 0; i < (testing::kOnGpu ? 4 : 8); ++i) {  // emulated GPUs are slow
      if (i % mesh.dp().size() != mesh.dp().rank()) continue;
      auto& ids = tokens.emplace_back();
      for (int t = 0; t < 3 + (i * 5) % 20; ++t)
        ids.push_back(static_cast<int32_t>((i * 7 + t * t + idx) % 29));
    }
    std::vector<TrainSequence> sequences;
    for (const auto& ids : tokens) sequences.push_back({ids});
    policy.zero_grads();
    policy.accumulate(
        sequences, 1,
        [](size_t, int64_t, std::span<const double>, std::span<const double>,
           std::span<double> dlogprob) { std::ranges::fill(dlogprob, -0.01); },
        [&](int64_t begin, int64_t count) {
          optimizer.gradients_ready(policy.grads(), begin, count);
        });
    const auto result = optimizer.step(policy.grads());
    EXPECT_TRUE(result.finite);
    policy.refresh();
    return result.grad_norm;
  }

  std::vector<double> weights() {  // of the whole model, on every rank
    std::vector<double> all;
    const ParamTable whole = model_layout(policy.config()).table;
    for (int i = 0; i < std::ssize(whole.entries()); ++i) {
      const auto joined =
          testing::join_parts(policy.tp(), mesh.tp(), whole[i].shape, policy.master()[i]);
      all.insert(all.end(), joined.begin(), joined.end());
    }
    return all;
  }

  Mesh mesh;
  Policy policy;
  ShardedAdamW optimizer;
};

void expect_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << "at " << i;
}

std::vector<int> layouts() {
  std::vector<int> tp = {1};
  if (world().size() % 2 == 0) tp.push_back(2);
  if (world().size() == 4) tp.push_back(4);
  return tp;
}

TEST(SharedTraining, APartBeginsAsThePartOfTheWhole) {
  SKIP_IF_NOT_SHAREABLE();
  for (const ModelConfig& config : {shared(testing::tiny_qwen2()), shared(testing::tiny_qwen3())}) {
    const std::vector<double> whole = Learner(config, 1).weights();
    for (const int tp : layouts()) EXPECT_EQ(Learner(config, tp).weights(), whole) << tp;
  }
}

TEST(SharedTraining, StepsAreThoseOfTheWholeModel) {
  SKIP_IF_NOT_SHAREABLE();
  for (const ModelConfig& config : {shared(testing::tiny_qwen2()), shared(testing::tiny_qwen3())}) {
    Learner whole(config, 1);
    std::vector<double> norms;
    for (int64_t i = 0; i < 3; ++i) norms.push_back(whole.step(i));
    for (const int tp : layouts()) {
      Learner parts(config, tp);
      for (int64_t i = 0; i < 3; ++i)
        EXPECT_NEAR(parts.step(i), norms[static_cast<size_t>(i)], kTolerance / 10) << tp;
      expect_close(parts.weights(), whole.weights(), kTolerance);
    }
  }
}

// Whatever layout wrote it; the next step shows that the moments are there as well.
TEST(SharedTraining, ACheckpointGoesOnWithAnyLayout) {
  SKIP_IF_NOT_SHAREABLE();
  const ModelConfig config = shared(testing::tiny_qwen2());
  const ModelFacts facts{
      config, testing::word_tokenizer(), {{"test", 0, "somewhere", "", "none"}}, ""};
  for (const int before : layouts()) {
    const std::string folder =
        concat(::testing::TempDir(), "r1_shared_checkpoint_", world().size(), "_", before);
    if (world().rank() == 0) std::filesystem::remove_all(folder);
    world().barrier("remove the old checkpoint");
    Learner writer(config, before);
    for (int64_t i = 0; i < 2; ++i) writer.step(i);
    const std::string path =
        save_training(folder, 2, {writer.policy, writer.optimizer, &writer.policy}, facts,
                      {{"step", 2}}, world().communicator());
    const std::vector<double> saved = writer.weights();
    writer.step(2);
    for (const int after : layouts()) {
      Learner reader(config, after);
      Policy reference(config, kCompute, {}, TensorParallel(reader.mesh.tp()));
      load_training(path, {reader.policy, reader.optimizer, &reference}, world().communicator());
      EXPECT_EQ(reader.weights(), saved) << before << " " << after;
      EXPECT_EQ(testing::values_of(reference.master().flat()),
                testing::values_of(reader.policy.master().flat()));
      reader.step(2);
      expect_close(reader.weights(), writer.weights(), kTolerance);
    }
  }
}

// The vocabulary cannot be halved, so a rank's parameters lie elsewhere than another's; what both
// have is rounded alike. What is read back is rounded on as it would have been.
TEST(SharedTraining, AMasterOfBf16IsRoundedAlikeOnAllRanks) {
  SKIP_IF_NOT_SHAREABLE();
  const ModelConfig config = shared(testing::tiny_qwen2());
  ASSERT_EQ(config.vocab % 2, 1);
  ComputeSettings compute{Dtype::kBf16, 96, 64, false, testing::kDevice};
  compute.master = Dtype::kBf16;
  const ModelFacts facts{
      config, testing::word_tokenizer(), {{"test", 0, "somewhere", "", "none"}}, ""};
  for (const int tp : layouts()) {
    Learner learner(config, tp, compute);
    for (int64_t i = 0; i < 2; ++i) learner.step(i);
    const ParamTable& table = learner.policy.master().table();
    for (const ParamEntry& entry : table.entries()) {
      if (!entry.name.ends_with("norm.weight")) continue;
      const std::vector<double> mine =
          testing::values_of(learner.policy.master()[table.find(entry.name)]);
      EXPECT_NE(mine, std::vector<double>(mine.size(), 1.0)) << entry.name << " did not move";
      for (const auto& other : TensorParallel(world()).gather(mine, "compare norms"))
        EXPECT_EQ(other, mine) << entry.name;
    }
    const std::string folder =
        concat(::testing::TempDir(), "r1_bf16_checkpoint_", world().size(), "_", tp);
    if (world().rank() == 0) std::filesystem::remove_all(folder);
    world().barrier("remove the old checkpoint");
    const std::string path = save_training(folder, 2, {learner.policy, learner.optimizer}, facts,
                                           {{"step", 2}}, world().communicator());
    learner.step(2);
    Learner reader(config, tp, compute);
    load_training(path, {reader.policy, reader.optimizer}, world().communicator());
    reader.step(2);
    EXPECT_EQ(reader.weights(), learner.weights()) << tp;
  }
}

// Every rank draws the same tokens, which are the whole model's, and the log-probabilities of the
// rollout are those of training to the bit: the first ratio is exactly 1.
TEST(SharedTraining, RolloutLogprobsAreTrainingLogprobs) {
  SKIP_IF_NOT_SHAREABLE();
  SamplingSettings sampling;
  sampling.num_samples = testing::kOnGpu ? 2 : 5;
  sampling.max_new_tokens = testing::kOnGpu ? 12 : 30;
  sampling.rule.temperature = 0.8f;
  sampling.stop_tokens = {2};
  for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16})
    for (const ModelConfig& config :
         {shared(testing::tiny_llama()), shared(testing::tiny_qwen2())}) {
      const ComputeSettings compute{dtype, 96, 96, false, testing::kDevice};
      const testing::GroupOnDevice group(world());
      const TensorParallel tp(*group);
      Policy whole(config, compute, {}), part(config, compute, {}, tp);
      testing::randomize(whole);
      for (int i = 0; i < std::ssize(whole.master().table().entries()); ++i)
        testing::take_part(tp, whole.master()[i], part.master()[i]);
      part.refresh();
      const Tokenizer tokenizer = testing::word_tokenizer();
      const auto generate = [&](Policy& policy) {
        Engine engine(policy.model(), tokenizer, {16, 4096, 128, 96});
        int64_t next = 0;
        return engine.generate(
            [&]() -> std::optional<RolloutRequest> {
              if (next == (testing::kOnGpu ? 3 : 6)) return std::nullopt;
              const auto question = static_cast<int32_t>(next++);
              return RolloutRequest{question, {1, 3 + question, 5, 7 * question % 29}};
            },
            sampling, Random(5, "rollout"), 3);
      };
      const auto drawn = generate(part), expected = generate(whole);
      ASSERT_EQ(drawn.size(), expected.size());
      std::string tokens;
      for (size_t i = 0; i < drawn.size(); ++i) {
        if (dtype == Dtype::kF32) {
          EXPECT_EQ(drawn[i].tokens, expected[i].tokens);
        }
        std::vector<int32_t> ids = drawn[i].prompt;
        ids.insert(ids.end(), drawn[i].tokens.begin(), drawn[i].tokens.end());
        for (const int32_t id : ids) tokens += concat(id, " ");
        const std::vector<TrainSequence> sequence = {
            {ids, static_cast<int64_t>(drawn[i].prompt.size())}};
        const auto logprobs = part.logprobs(sequence, sampling.inverse_temperature());
        for (size_t t = 0; t < drawn[i].tokens.size(); ++t)
          ASSERT_EQ(static_cast<double>(drawn[i].logprobs[t]), logprobs[0][t]) << i << " " << t;
      }
      for (const std::string& other : world().all_gather(tokens, "tokens"))
        EXPECT_EQ(other, tokens);
    }
}

TEST(SharedTraining, ACounterGivesRanksOfOneModelTheSameWork) {
  const int tp = world().size() % 2 == 0 ? 2 : 1;
  const Mesh mesh({0, tp, 1, 1}, world());
  const auto counter = mesh.make_counter();
  counter->reset();
  std::string mine;
  int64_t got = 0;
  for (int64_t next = counter->next(); next < 40; next = counter->next(), ++got)
    mine += concat(next, " ");
  EXPECT_EQ(mesh.dp().sum(got, "numbers handed out"), 40);
  for (const std::string& other : mesh.tp().all_gather(mine, "work")) EXPECT_EQ(other, mine);
}

}  // namespace
}  // namespace r1
