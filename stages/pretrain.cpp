#include "stages/pretrain.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "libr1/core/build.h"
#include "libr1/data/deal.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {
namespace {

ModelFacts initial_facts(const PretrainSettings& settings, const StageContext& context) {
  settings.model.check();
  ModelFacts facts{
      settings.model, Tokenizer::from_folder(settings.tokenizer), {}, context.config_text()};
  R1_CHECK_INPUT(facts.tokenizer.vocab_size() <= settings.model.vocab, settings.tokenizer,
                 ": the tokenizer has ", facts.tokenizer.vocab_size(),
                 " tokens, r1-pretrain.model.vocab is ", settings.model.vocab);
  facts.lineage.push_back({context.name(), 0, context.stage_dir(), "", git_revision()});
  return facts;
}

}  // namespace

PretrainRun::PretrainRun(StageContext& context, const StageConfig<PretrainSettings>& config)
    : context_(context),
      settings_(config.stage),
      mesh_(config.mesh, context.world()),
      facts_(initial_facts(settings_, context)),
      corpus_(settings_.corpus, settings_.model.vocab),
      cursor_(corpus_.size(), config.seed, "documents"),
      policy_(settings_.model, config.compute, context.stream()),
      optimizer_(settings_.optimizer, policy_.master().table(), mesh_.dp(),
                 policy_.master().dtype()) {
  R1_CHECK_INPUT(corpus_.longest() <= config.compute.max_positions, settings_.corpus,
                 ": the longest document has ", corpus_.longest(),
                 " tokens, compute.max_positions is ", config.compute.max_positions);
  const auto resume = context.resume_from();
  if (resume) {
    const Counters counters =
        load_training(*resume, {policy_, optimizer_}, mesh_.dp().communicator());
    step_ = counters.at("step");
    cursor_.restore(counters.at("documents_taken"));
    log_info("resumed from ", *resume);
  } else {
    initialize(settings_.model, settings_.init, config.seed, policy_.master());
    policy_.refresh();
  }
  context.metrics().keep_until(resume ? step_ : -1);
  log_info("model: ", settings_.model.num_parameters(), " parameters, ", corpus_.size(),
           " documents");
}

std::vector<const Document*> PretrainRun::next_documents(int64_t& targets) {
  std::vector<const Document*> all;
  std::vector<int64_t> lengths;
  targets = 0;
  for (int64_t tokens = 0; tokens < settings_.tokens_per_step;) {
    const Document& document = corpus_[cursor_.next()];
    all.push_back(&document);
    lengths.push_back(static_cast<int64_t>(document.tokens.size()));
    targets += lengths.back() - document.loss_from;
    tokens += lengths.back();
  }
  const std::vector<int> owners = deal(lengths, mesh_.dp().size());
  std::vector<const Document*> mine;
  for (size_t i = 0; i < all.size(); ++i)
    if (owners[i] == mesh_.dp().rank()) mine.push_back(all[i]);
  return mine;
}

void PretrainRun::train_step() {
  context_.at(step_ + 1, "train");
  const auto start = std::chrono::steady_clock::now();
  int64_t targets = 0;
  std::vector<TrainSequence> sequences;
  for (const Document* document : next_documents(targets))
    sequences.push_back({document->tokens, document->loss_from});
  double loss = 0;
  policy_.zero_grads();
  policy_.accumulate(
      sequences, 1,
      [&](size_t, int64_t, std::span<const double> logprob, std::span<const double>,
          std::span<double> dlogprob) {
        loss -= std::accumulate(logprob.begin(), logprob.end(), 0.0);
        std::fill(dlogprob.begin(), dlogprob.end(), -1.0 / static_cast<double>(targets));
      },
      [&](int64_t begin, int64_t count) {
        optimizer_.gradients_ready(policy_.grads(), begin, count);
      });
  const auto result = optimizer_.step(policy_.grads(), policy_.master());
  R1_CHECK(result.finite, "the gradient of step ", step_ + 1,
           " is not a number; nothing was updated. Resume with a lower optimizer.lr");
  policy_.refresh();
  ++step_;
  loss = mesh_.dp().sum(loss, "sum the loss") / static_cast<double>(targets);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  context_.metrics().write(
      step_, {{"loss", loss},
              {"grad_norm", result.grad_norm},
              {"lr", result.lr},
              {"targets", targets},
              {"tokens_per_s", static_cast<double>(settings_.tokens_per_step) / seconds}});
  context_.progress(step_, settings_.steps, concat("loss ", std::to_string(loss).substr(0, 6)));
}

void PretrainRun::save() {
  context_.at(step_, "checkpoint");
  const auto guard = context_.guard_save();
  save_training(context_.stage_dir(), step_, {policy_, optimizer_}, facts_,
                {{"step", step_}, {"documents_taken", cursor_.taken()}}, mesh_.dp().communicator());
  if (context_.is_root()) clean_checkpoints(context_.stage_dir(), settings_.keep_last, 0);
}

}  // namespace r1
