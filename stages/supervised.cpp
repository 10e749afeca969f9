#include "stages/supervised.h"

#include <algorithm>
#include <numeric>

#include "libr1/core/clock.h"
#include "libr1/data/deal.h"
#include "libr1/stage/peak_rss.h"
#include "libr1/storage/checkpoint.h"
#include "stages/stage_memory.h"

namespace r1 {

SupervisedRun::SupervisedRun(StageContext& context, const CommonSettings& common,
                             SupervisedTask task)
    : context_(context),
      task_(std::move(task)),
      mesh_(mesh_of(common.mesh, common.compute, common.compute.master_device(), context)),
      cursor_(static_cast<int64_t>(task_.documents.size()), common.seed, "documents"),
      policy_(task_.facts.config,
              fitting(common.compute,
                      training_memory(task_.facts.config, common.compute, task_.optimizer,
                                      common.mesh, context.world().size())),
              context.stream(), TensorParallel(mesh_.tp())),
      optimizer_(task_.optimizer, policy_.master(), mesh_.dp(), context.stream(), &mesh_.tp()) {
  for (const Document& document : task_.documents)
    R1_CHECK_INPUT(static_cast<int64_t>(document.tokens.size()) <= common.compute.max_positions,
                   "a document has ", document.tokens.size(), " tokens, compute.max_positions is ",
                   common.compute.max_positions);
  const auto resume = context.resume_from();
  if (resume) {
    const auto guard = context.guard_load();
    const Counters counters =
        load_training(*resume, {policy_, optimizer_}, context.world().communicator());
    step_ = counter(counters, "step", *resume);
    cursor_.restore(counter(counters, "documents_taken", *resume));
    log_info("resumed from ", *resume);
  } else {
    task_.initialize(policy_);
    policy_.refresh();
  }
  context.metrics().keep_until(resume ? step_ : -1);
  log_info("model: ", task_.facts.config.num_parameters(), " parameters; ", task_.documents.size(),
           " documents, ", task_.steps, " steps");
  const StageMemory memory = training_memory(task_.facts.config, common.compute, task_.optimizer,
                                             common.mesh, context.world().size());
  memory_bytes_ = memory.total();
  log_info("memory of a rank: ", memory.to_string());
}

SupervisedRun::Batch SupervisedRun::next_batch() {
  Batch batch;
  std::vector<const Document*> all;
  std::vector<int64_t> lengths;
  const auto is_full = [&] {
    return task_.batch_documents > 0 ? static_cast<int64_t>(all.size()) == task_.batch_documents
                                     : batch.tokens >= task_.batch_tokens;
  };
  while (!is_full()) {
    const Document& document = task_.documents[static_cast<size_t>(cursor_.next())];
    all.push_back(&document);
    lengths.push_back(static_cast<int64_t>(document.tokens.size()));
    batch.targets += lengths.back() - document.loss_from;
    batch.tokens += lengths.back();
  }
  const std::vector<int> owners = deal(lengths, mesh_.dp().size());
  for (size_t i = 0; i < all.size(); ++i)
    if (owners[i] == mesh_.dp().rank()) batch.mine.push_back(all[i]);
  return batch;
}

void SupervisedRun::train_step() {
  context_.at(step_ + 1, "train");
  const auto start = Clock::now();
  const Batch batch = next_batch();
  std::vector<TrainSequence> sequences;
  for (const Document* document : batch.mine)
    sequences.push_back({document->tokens, document->loss_from});
  double loss = 0;
  policy_.zero_grads();
  policy_.accumulate(
      sequences, 1,
      [&](size_t, int64_t, std::span<const double> logprob, std::span<const double>,
          std::span<double> dlogprob) {
        loss -= std::accumulate(logprob.begin(), logprob.end(), 0.0);
        std::fill(dlogprob.begin(), dlogprob.end(), -1.0 / static_cast<double>(batch.targets));
      },
      [&](int64_t begin, int64_t count) {
        optimizer_.gradients_ready(policy_.grads(), begin, count);
      });
  const auto result = optimizer_.step(policy_.grads());
  R1_CHECK(result.finite, "the gradient of step ", step_ + 1,
           " is not a number; nothing was updated. Resume with a lower optimizer.lr");
  policy_.refresh();
  ++step_;
  loss = mesh_.dp().sum(loss, "sum the loss") / static_cast<double>(batch.targets);
  const double seconds = seconds_since(start);
  context_.metrics().write(step_, {{"loss", loss},
                                   {"grad_norm", result.grad_norm},
                                   {"lr", result.lr},
                                   {"targets", batch.targets},
                                   {"tokens_per_s", static_cast<double>(batch.tokens) / seconds},
                                   {"memory_bytes", memory_bytes_},
                                   {"peak_rss_bytes", peak_rss_bytes()}});
  context_.progress(step_, task_.steps, concat("loss ", std::to_string(loss).substr(0, 6)));
}

void SupervisedRun::save() {
  context_.at(step_, "checkpoint");
  const auto guard = context_.guard_save();
  save_training(context_.stage_dir(), step_, {policy_, optimizer_}, task_.facts,
                {{"step", step_}, {"documents_taken", cursor_.taken()}},
                context_.world().communicator());
  if (context_.is_root()) clean_checkpoints(context_.stage_dir(), task_.checkpoints.keep_last);
}

}  // namespace r1
