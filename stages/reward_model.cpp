#include "stages/reward_model.h"

#include <cstring>

#include "libr1/core/clock.h"
#include "libr1/data/deal.h"
#include "libr1/data/judged_set.h"
#include "libr1/data/run_path.h"
#include "libr1/model/layout.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/tensor/transfer.h"
#include "stages/curve.h"
#include "stages/lineage.h"
#include "stages/stage_memory.h"

namespace r1 {
namespace {

ModelFacts facts_with_head(const std::string& base, const StageContext& context) {
  ModelFacts facts = facts_of_base(base, context);
  facts.config.scalar_head = true;
  facts.config.tied_head = false;
  return facts;
}

void randomize_head(Policy& policy, double standard_deviation, uint64_t seed) {
  const Random random(seed, "scalar head");
  std::vector<double> values;
  for (int64_t i = 0; i < policy.config().hidden; ++i)
    values.push_back(standard_deviation * random.normal(static_cast<uint32_t>(i)));
  write_values(values, policy.master()[model_layout(policy.config()).head], {});
}

}  // namespace

RewardModelRun::RewardModelRun(StageContext& context, const RewardModelConfig& config)
    : context_(context),
      config_(config),
      settings_(config.stage),
      base_(find_base(settings_.base, context)),
      mesh_(mesh_of(config.mesh, config.compute, config.compute.master_device(), context)),
      facts_(facts_with_head(base_, context)),
      text_(settings_.kind, settings_.prompt_template, facts_.tokenizer),
      examples_([&] {
        std::vector<RewardExample> all;
        for (const std::string& path : settings_.examples)
          for (RewardExample& example : read(in_run(path, context.run_dir()), 0))
            all.push_back(std::move(example));
        return all;
      }()),
      epochs_(epochs_to_train(static_cast<int64_t>(examples_.size()), settings_.epochs,
                              settings_.batch)),
      cursor_(static_cast<int64_t>(examples_.size()), config.seed, "judged replies"),
      optimizer_config_(over_steps(settings_.optimizer, epochs_.steps)),
      policy_(
          facts_.config,
          fitting(config.compute, training_memory(facts_.config, config.compute, optimizer_config_,
                                                  config.mesh, context.world().size())),
          context.stream(), TensorParallel(mesh_.tp())),
      optimizer_(optimizer_config_, policy_.master(), mesh_.dp(), context.stream(), &mesh_.tp()) {
  for (const auto& [name, path] :
       named_files(settings_.evaluation.sets, "evaluation.sets", context.run_dir()))
    held_out_[name] = read(path, settings_.evaluation.max_examples);
  context.at(0, "load");
  load();
  log_info("reward model: ", facts_.config.num_parameters(), " parameters; ", examples_.size(),
           settings_.kind == RewardKind::kHelpful ? " pairs, " : " labelled responses, ",
           epochs_.steps, " steps");
}

std::vector<RewardExample> RewardModelRun::read(const std::string& path, int64_t most) const {
  const auto encode = [&](const std::string& question, const std::string& response, size_t row) {
    const std::string judged = text_.judged_part({response});
    R1_CHECK_INPUT(!judged.empty(), path, ", row ", row,
                   ": without its thoughts the response is empty");
    return text_.encode(question, judged);
  };
  std::vector<RewardExample> all;
  if (settings_.kind == RewardKind::kHelpful) {
    for (const JudgedPair& pair : read_pairs(path))
      all.push_back({encode(pair.question, pair.chosen, all.size()),
                     encode(pair.question, pair.rejected, all.size())});
  } else {
    for (const LabelledReply& reply : read_labelled(path))
      all.push_back({encode(reply.question, reply.response, all.size()), {}, reply.safe});
  }
  if (most > 0 && most < static_cast<int64_t>(all.size())) all.resize(static_cast<size_t>(most));
  const auto longest = static_cast<size_t>(config_.compute.max_positions);
  const size_t left_out = std::erase_if(all, [&](const RewardExample& example) {
    return std::max(example.tokens.size(), example.rejected.size()) > longest;
  });
  R1_CHECK_INPUT(!all.empty(), path, ": all ", left_out,
                 " examples are longer than compute.max_positions ", longest);
  if (left_out > 0)
    log_warning(path, ": ", left_out, " examples are left out: longer than compute.max_positions ",
                longest);
  return all;
}

void RewardModelRun::load() {
  const auto resume = context_.resume_from();
  if (resume) {
    const auto guard = context_.guard_load();
    const Counters counters =
        load_training(*resume, {policy_, optimizer_}, context_.world().communicator());
    step_ = counter(counters, "step", *resume);
    cursor_.restore(counter(counters, "examples_taken", *resume));
    log_info("resumed from ", *resume);
  } else {
    randomize_head(policy_, settings_.head_std, config_.seed);
    ModelFile(base_).read_body(policy_.master(), policy_.tp());
    policy_.refresh();
  }
  context_.metrics().keep_until(resume ? step_ : -1);
}

std::vector<const RewardExample*> RewardModelRun::next_batch() {
  std::vector<const RewardExample*> all, mine;
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < epochs_.batch; ++i) {
    all.push_back(&examples_[static_cast<size_t>(cursor_.next())]);
    lengths.push_back(all.back()->size());
  }
  const std::vector<int> owners = deal(lengths, mesh_.dp().size());
  for (size_t i = 0; i < all.size(); ++i)
    if (owners[i] == mesh_.dp().rank()) mine.push_back(all[i]);
  return mine;
}

void RewardModelRun::train_step() {
  context_.at(step_ + 1, "train");
  const auto start = Clock::now();
  const auto mine = next_batch();
  const auto batch = static_cast<double>(epochs_.batch);
  policy_.zero_grads();
  double loss = accumulate_reward_loss(policy_, mine, 1 / batch, [&](int64_t begin, int64_t count) {
    optimizer_.gradients_ready(policy_.grads(), begin, count);
  });
  const auto result = optimizer_.step(policy_.grads());
  R1_CHECK(result.finite, "the gradient of step ", step_ + 1,
           " is not a number; nothing was updated. Resume with a lower optimizer.lr");
  policy_.refresh();
  ++step_;
  loss = mesh_.dp().sum(loss, "sum the loss") / batch;
  Metrics metrics = {{"loss", loss}, {"grad_norm", result.grad_norm}, {"lr", result.lr}};
  metrics.emplace_back("seconds/train", seconds_since(start));
  const int64_t every = settings_.evaluation.every;
  if (finished() || (every > 0 && step_ % every == 0)) append_evaluation(metrics);
  context_.metrics().write(step_, metrics);
  context_.progress(step_, epochs_.steps, concat("loss ", std::to_string(loss).substr(0, 6)));
}

RewardQuality RewardModelRun::quality_on(const std::vector<RewardExample>& examples) {
  const auto size = static_cast<size_t>(mesh_.dp().size());
  const auto rank = static_cast<size_t>(mesh_.dp().rank());
  std::vector<const RewardExample*> mine;
  for (size_t i = rank; i < examples.size(); i += size) mine.push_back(&examples[i]);
  const std::vector<double> scores = reward_scores(policy_, mine);
  const std::string bytes(reinterpret_cast<const char*>(scores.data()),
                          scores.size() * sizeof(double));
  const auto of_ranks = mesh_.dp().all_gather(bytes, "gather scores");
  std::vector<JudgedScore> judged;
  for (size_t i = 0; i < examples.size(); ++i) {
    judged.push_back({0, examples[i].positive});
    std::memcpy(&judged.back().score, of_ranks[i % size].data() + i / size * sizeof(double),
                sizeof(double));
  }
  return reward_quality(settings_.kind, judged);
}

void RewardModelRun::append_evaluation(Metrics& metrics) {
  context_.at(step_, "held-out evaluation");
  const auto start = Clock::now();
  for (const auto& [name, examples] : held_out_)
    for (const auto& [key, value] : named_values(quality_on(examples)))
      metrics.emplace_back(concat("held_out/", name, "/", key), value);
  metrics.emplace_back("seconds/evaluation", seconds_since(start));
}

void RewardModelRun::begin() {
  if (step_ > 0) return;
  Metrics metrics;
  append_evaluation(metrics);
  context_.metrics().write(0, metrics);
}

void RewardModelRun::save() {
  context_.at(step_, "checkpoint");
  const auto guard = context_.guard_save();
  save_training(context_.stage_dir(), step_, {policy_, optimizer_}, facts_,
                {{"step", step_}, {"examples_taken", cursor_.taken()}},
                context_.world().communicator());
  if (context_.is_root()) clean_checkpoints(context_.stage_dir(), settings_.checkpoints.keep_last);
}

void RewardModelRun::report() const {
  if (context_.is_root()) print_reward_quality(context_.stage_dir() + "/metrics.jsonl");
}

}  // namespace r1
