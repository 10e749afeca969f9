// A reward model trained over ranks is the one trained on one rank, for both losses.
#include <gtest/gtest.h>

#include "libr1/data/deal.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/train/reward_loss.h"
#include "tests/mpi/world.h"
#include "tests/unit/model/tiny_models.h"

namespace r1 {
namespace {

using testing::world;

// Three pairs a step: with four ranks, one has nothing to do.
std::vector<RewardExample> batch_of(RewardKind kind, int step) {
  const auto tokens =
      testing::random_sequences({5, 9, 21, 3, 12, 30}, 29, static_cast<uint64_t>(100 + step));
  std::vector<RewardExample> examples;
  for (size_t i = 0; i < tokens.size(); i += 2) {
    if (kind == RewardKind::kHelpful)
      examples.push_back({tokens[i], tokens[i + 1]});
    else
      examples.push_back({tokens[i], {}, i % 4 == 0});
  }
  return examples;
}

std::vector<float> train(ProcessGroup& group, RewardKind kind, double& loss) {
  ModelConfig config = testing::tiny_llama();
  config.scalar_head = true;
  Policy policy(config, {Dtype::kF32, 96, 64, false}, {});
  testing::randomize(policy);
  OptimizerConfig adamw;
  adamw.schedule.lr = 1e-3;
  adamw.bucket_elements = 300;
  ShardedAdamW optimizer(adamw, policy.master(), group, {});
  loss = 0;
  for (int step = 0; step < 6; ++step) {
    const auto examples = batch_of(kind, step);
    std::vector<int64_t> lengths;
    for (const RewardExample& example : examples) lengths.push_back(example.size());
    const auto owners = deal(lengths, group.size());
    std::vector<const RewardExample*> mine;
    for (size_t i = 0; i < examples.size(); ++i)
      if (owners[i] == group.rank()) mine.push_back(&examples[i]);
    policy.zero_grads();
    loss += accumulate_reward_loss(policy, mine, 1.0 / 3, [&](int64_t begin, int64_t count) {
      optimizer.gradients_ready(policy.grads(), begin, count);
    });
    EXPECT_TRUE(optimizer.step(policy.grads()).finite);
    policy.refresh();
  }
  loss = group.sum(loss, "sum the loss");
  const auto span = policy.master().flat().span<float>();
  return {span.begin(), span.end()};
}

TEST(RewardTraining, OverRanksIsTrainingOnOne) {
  for (const RewardKind kind : {RewardKind::kHelpful, RewardKind::kSafe}) {
    double loss_together = 0, loss_alone = 0;
    const auto together = train(world(), kind, loss_together);
    const auto alone = train(*self_group(), kind, loss_alone);
    EXPECT_NEAR(loss_together, loss_alone, 1e-4);
    ASSERT_EQ(together.size(), alone.size());
    for (size_t i = 0; i < alone.size(); ++i) ASSERT_NEAR(together[i], alone[i], 1e-4) << i;
  }
}

}  // namespace
}  // namespace r1
