#include "stages/zero.h"

#include <algorithm>
#include <chrono>

#include "libr1/core/build.h"
#include "libr1/core/file.h"
#include "libr1/storage/checkpoint.h"
#include "stages/curve.h"

namespace r1 {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

ModelFacts facts_of_base(const std::string& path, const std::string& config_text) {
  ModelFacts facts = ModelFile(path).facts();
  facts.stage_config = config_text;
  return facts;
}

std::unique_ptr<Policy> reference_policy(const ZeroConfig& config, const ModelConfig& model,
                                         Stream stream) {
  if (config.zero.grpo.kl_coefficient == 0) return nullptr;
  return std::make_unique<Policy>(model, config.compute, stream);
}

}  // namespace

ZeroRun::ZeroRun(StageContext& context, const ZeroConfig& config)
    : context_(context),
      config_(config),
      settings_(config.zero),
      mesh_(config.mesh, context.world()),
      facts_(facts_of_base(settings_.base, context.config_text())),
      template_(PromptTemplate::parse(settings_.prompt_template)),
      all_questions_(settings_.questions),
      questions_(fitting_questions()),
      cursor_(static_cast<int64_t>(questions_.size()), config.seed, "questions"),
      sampling_(sampling_settings(settings_.rollout, settings_.grpo.group_size, facts_.tokenizer)),
      policy_(facts_.config, config.compute, context.stream()),
      reference_(reference_policy(config, facts_.config, context.stream())),
      optimizer_(settings_.optimizer, policy_.master().table(), mesh_.dp(),
                 policy_.master().dtype()),
      engine_(policy_.model(), facts_.tokenizer,
              engine_limits(settings_.rollout, config.compute.max_positions), context.stream()),
      rollout_(engine_, facts_.tokenizer, template_, settings_.reward, mesh_.dp()),
      held_out_(settings_.evaluation, sampling_, config.seed),
      grpo_(settings_.grpo, sampling_, policy_, reference_.get(), optimizer_, mesh_.dp()),
      rollout_random_(config.seed, "r1-zero rollout"),
      split_random_(config.seed, "r1-zero mini-batches") {
  context.at(0, "load");
  const std::string parent =
      file_exists(settings_.base + "/COMPLETE") ? checkpoint_checksum(settings_.base) : "";
  facts_.lineage.push_back({context.name(), 0, context.stage_dir(), parent, git_revision()});
  const auto resume = context.resume_from();
  if (resume) {
    const Counters counters =
        load_training(*resume, {policy_, optimizer_, reference_.get()}, mesh_.dp().communicator());
    step_ = counters.at("step");
    updates_ = counters.at("updates");
    cursor_.restore(counters.at("questions_taken"));
    log_info("resumed from ", *resume);
  } else {
    const ModelFile base(settings_.base);
    base.read(policy_.master());
    policy_.refresh();
    if (reference_) {
      base.read(reference_->master());
      reference_->refresh();
    }
  }
  context.metrics().keep_until(resume ? step_ : -1);
  log_plan();
}

void ZeroRun::log_plan() const {
  const auto megabytes = [](int64_t bytes) { return concat(bytes >> 20, " MiB"); };
  const Policy::Memory memory = policy_.memory();
  const int64_t reference =
      reference_ ? reference_->memory().master + reference_->memory().compute : 0;
  log_info("model: ", facts_.config.num_parameters(), " parameters, ", questions_.size(),
           " questions");
  log_info("memory a rank: weights ", megabytes(memory.master + memory.compute), ", gradients ",
           megabytes(memory.gradients), ", optimizer ",
           megabytes(optimizer_.m().size_in_bytes() * 2), ", reference ", megabytes(reference),
           ", activations ", megabytes(memory.activations), ", rollout ",
           megabytes(engine_.size_in_bytes()));
}

void ZeroRun::begin() {
  if (step_ > 0) return;
  Metrics metrics;
  append_evaluation(metrics);
  context_.metrics().write(0, metrics);
}

void ZeroRun::train_step() {
  context_.at(step_ + 1, "rollout");
  Metrics metrics;
  const auto questions = next_questions();
  const auto rollout_start = Clock::now();
  auto answered = rollout_.run(questions, sampling_, rollout_random_, step_);
  mesh_.dp().barrier("end of the rollout");
  const double rollout_s = seconds_since(rollout_start);
  append_rollout_metrics(answered, metrics);
  const int64_t generated =
      mesh_.dp().sum(engine_.statistics().generated_tokens, "sum generated tokens");
  if (settings_.transcripts_every > 0 && (step_ + 1) % settings_.transcripts_every == 0)
    write_transcripts(answered);

  context_.at(step_ + 1, "update");
  const auto update_start = Clock::now();
  const GrpoStatistics statistics = grpo_.run(scored(answered), split_random_, step_);
  if (!statistics.finite) stop_at_nan(grpo_);
  const double update_s = seconds_since(update_start);
  const int64_t before = updates_;
  updates_ += statistics.updates;
  refresh_reference(before);
  ++step_;

  append_update_metrics(statistics, metrics);
  metrics.insert(metrics.end(),
                 {{"seconds/rollout", rollout_s},
                  {"seconds/reference", statistics.reference_s},
                  {"seconds/train", statistics.train_s},
                  {"seconds/update", update_s},
                  {"rollout_tokens_per_s", share(static_cast<double>(generated), rollout_s)},
                  {"train_tokens_per_s", share(statistics.loss.tokens, statistics.train_s)}});
  if (held_out_.due(step_) || finished()) append_evaluation(metrics);
  context_.metrics().write(step_, metrics);
  context_.progress(step_, settings_.steps, summary_);
}

std::vector<const Question*> ZeroRun::fitting_questions() const {
  const int64_t room = config_.compute.max_positions - settings_.rollout.max_new_tokens;
  std::vector<const Question*> result;
  for (int64_t i = 0; i < all_questions_.size(); ++i) {
    const std::string prompt = template_.render(all_questions_[i].question);
    if (static_cast<int64_t>(facts_.tokenizer.encode_prompt(prompt).size()) <= room)
      result.push_back(&all_questions_[i]);
  }
  const int64_t left_out = all_questions_.size() - static_cast<int64_t>(result.size());
  R1_CHECK_INPUT(!result.empty(), settings_.questions, ": no prompt has at most ", room,
                 " tokens, which compute.max_positions less rollout.max_new_tokens leaves");
  if (left_out > 0)
    log_warning(left_out, " of ", all_questions_.size(),
                " questions are left out: prompts of more than ", room, " tokens");
  return result;
}

std::vector<const Question*> ZeroRun::next_questions() {
  std::vector<const Question*> result;
  for (int64_t i = 0; i < settings_.grpo.questions_per_rollout; ++i)
    result.push_back(questions_[static_cast<size_t>(cursor_.next())]);
  return result;
}

std::vector<ScoredSample> ZeroRun::scored(std::vector<AnsweredSample>& answered) const {
  std::vector<ScoredSample> result;
  for (AnsweredSample& a : answered) {
    if (a.reward.accuracy.verdict == Verdict::kUnverifiable)
      log_warning("question ", a.question->id, ", sample ", a.sample.sample,
                  " leaves its group: ", a.reward.accuracy.reason);
    result.push_back(
        {std::move(a.sample), a.reward.total, a.reward.accuracy.verdict != Verdict::kUnverifiable});
  }
  return result;
}

void ZeroRun::append_rollout_metrics(const std::vector<AnsweredSample>& answered,
                                     Metrics& metrics) {
  std::vector<double> sums(6, 0.0);
  double longest = 0;
  for (const AnsweredSample& a : answered) {
    const auto length = static_cast<double>(a.sample.tokens.size());
    sums[0] += 1;
    sums[1] += a.reward.total;
    sums[2] += a.reward.accuracy.verdict == Verdict::kCorrect;
    sums[3] += a.reward.format.verdict == Verdict::kCorrect;
    sums[4] += a.sample.reason == FinishReason::kLength;
    sums[5] += length;
    longest = std::max(longest, length);
  }
  mesh_.dp().all_reduce_sum(sums, "sum rewards");
  longest = mesh_.dp().max(longest, "longest response");
  const double count = sums[0];
  metrics.insert(metrics.end(),
                 {{"samples", static_cast<int64_t>(count)},
                  {"reward", sums[1] / count},
                  {"reward/accuracy", sums[2] / count * settings_.reward.accuracy_weight},
                  {"reward/format", sums[3] / count * settings_.reward.format_weight},
                  {"accuracy", sums[2] / count},
                  {"format_rate", sums[3] / count},
                  {"truncated", sums[4] / count},
                  {"length/mean", sums[5] / count},
                  {"length/max", longest}});
  std::ostringstream line;
  line.precision(3);
  line << "reward " << sums[1] / count << "  accuracy " << sums[2] / count << "  length "
       << sums[5] / count;
  summary_ = line.str();
}

void ZeroRun::append_update_metrics(const GrpoStatistics& s, Metrics& metrics) const {
  const double tokens = s.loss.tokens;
  metrics.insert(metrics.end(),
                 {{"updates", updates_},
                  {"loss", s.updates > 0 ? s.loss.loss / static_cast<double>(s.updates) : 0.0},
                  {"entropy", share(s.entropy, tokens)},
                  {"kl", share(s.loss.kl, tokens)},
                  {"clip_fraction", share(s.loss.clipped, tokens)},
                  {"ratio", share(s.loss.ratio, tokens)},
                  {"zero_variance_groups", share(static_cast<double>(s.zero_variance_groups),
                                                 static_cast<double>(s.groups))},
                  {"unverifiable", s.uncounted},
                  {"logprob_mismatch", s.mismatch},
                  {"grad_norm", s.grad_norm},
                  {"lr", s.lr},
                  {"memory_bytes", policy_.memory().total() + optimizer_.m().size_in_bytes() * 2 +
                                       engine_.size_in_bytes()}});
}

void ZeroRun::append_evaluation(Metrics& metrics) {
  context_.at(step_, "held-out evaluation");
  const auto start = Clock::now();
  for (const auto& [name, of_set] : held_out_.run(rollout_, mesh_.dp())) {
    const auto& [result, chains] = of_set;
    const std::string set = "held_out/" + name + "/";
    metrics.insert(metrics.end(), {{set + "pass@1", result.pass_at_1},
                                   {set + "pass@1_stderr", result.pass_at_1_stderr},
                                   {set + "cons@k", result.cons_at_k},
                                   {set + "pass@k", result.pass_at_k},
                                   {set + "length", result.mean_length},
                                   {set + "truncated", result.truncated}});
    if (chains)
      metrics.insert(metrics.end(), {{set + "worked", chains->worked},
                                     {set + "wrong_steps", chains->wrong_steps},
                                     {set + "mixed", chains->mixed},
                                     {set + "foreign", chains->foreign}});
  }
  metrics.emplace_back("seconds/evaluation", seconds_since(start));
}

void ZeroRun::write_transcripts(const std::vector<AnsweredSample>& answered) const {
  if (!context_.is_root()) return;
  std::string lines;
  for (size_t i = 0; i < answered.size() && i < static_cast<size_t>(settings_.transcripts); ++i)
    lines += transcript_line(answered[i]);
  make_directories(context_.stage_dir() + "/transcripts");
  write_file(concat(context_.stage_dir(), "/transcripts/step-", step_ + 1, ".jsonl"), lines);
}

void ZeroRun::stop_at_nan(const GrpoStep& grpo) const {
  std::string lines;
  for (const ScoredSample& scored : grpo.offending()) {
    const Question none;
    lines += transcript_line({scored.sample,
                              &none,
                              facts_.tokenizer.decode(scored.sample.tokens),
                              {.total = scored.reward}});
  }
  const std::string path = concat(context_.stage_dir(), "/not-finite-step-", step_ + 1, "-rank-",
                                  context_.world().rank(), ".jsonl");
  write_file(path, lines);
  context_.world().barrier("save the samples of a gradient that is not a number");
  throw_error(Fault::kRun,
              concat("the gradient of step ", step_ + 1,
                     " is not a number; nothing was updated. "
                     "The mini-batch's samples are in ",
                     path, "; resume with a lower optimizer.lr or compute.dtype = \"f32\""));
}

void ZeroRun::refresh_reference(int64_t updates_before) {
  const int64_t every = settings_.grpo.reference_refresh_updates;
  if (!reference_ || every == 0 || updates_ / every == updates_before / every) return;
  const TensorView from = policy_.master().flat(), to = reference_->master().flat();
  std::copy_n(static_cast<const char*>(from.bytes), from.size_in_bytes(),
              static_cast<char*>(to.bytes));
  reference_->refresh();
  log_info("the reference is now the policy of update ", updates_);
}

bool ZeroRun::save_due() const { return step_ % settings_.checkpoint_every == 0; }

void ZeroRun::save() {
  context_.at(step_, "checkpoint");
  const auto guard = context_.guard_save();
  save_training(context_.stage_dir(), step_, {policy_, optimizer_, reference_.get()}, facts_,
                {{"step", step_}, {"updates", updates_}, {"questions_taken", cursor_.taken()}},
                mesh_.dp().communicator());
  if (context_.is_root()) clean_checkpoints(context_.stage_dir(), settings_.keep_last, 0);
}

void ZeroRun::report() const {
  if (context_.is_root()) print_curve(context_.stage_dir() + "/metrics.jsonl");
}

}  // namespace r1
