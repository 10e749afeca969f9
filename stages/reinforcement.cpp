#include "stages/reinforcement.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "libr1/core/clock.h"
#include "libr1/core/file.h"
#include "libr1/grpo/dynamic_sampling.h"
#include "libr1/stage/peak_rss.h"
#include "libr1/storage/checkpoint.h"
#include "stages/curve.h"
#include "stages/lineage.h"
#include "stages/rollout_metrics.h"
#include "stages/stage_memory.h"

namespace r1 {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string summary_of(const Metrics& metrics) {
  std::ostringstream line;
  line.precision(3);
  for (const auto& [name, value] : metrics)
    if (name == "reward" || name == "accuracy" || name == "length/mean")
      line << (line.str().empty() ? "" : "  ") << name.substr(0, name.find('/')) << " "
           << std::get<double>(value);
  return line.str();
}

std::unique_ptr<Policy> reference_policy(const CommonSettings& common, double kl_coefficient,
                                         const ModelConfig& model, Stream stream,
                                         const TensorParallel& tp) {
  if (kl_coefficient == 0) return nullptr;
  return std::make_unique<Policy>(model, common.compute.never_trained(), stream, tp);
}

int64_t all_updates(const ReinforcementSettings& settings) {
  return settings.steps * settings.grpo.mini_batches_per_rollout * settings.grpo.inner_epochs;
}

std::vector<const QuestionSet*> sets_of(const QuestionMix& questions, const HeldOut& held_out) {
  std::vector<const QuestionSet*> sets = questions.sets();
  std::ranges::copy(held_out.sets(), std::back_inserter(sets));
  return sets;
}

}  // namespace

void ReinforcementSettings::check() const {
  PromptTemplate::check(prompt_template);
  const int64_t responses = grpo.questions_per_rollout * grpo.group_size;
  R1_CHECK_INPUT(grpo.mini_batches_per_rollout <= responses, "grpo.mini_batches_per_rollout is ",
                 grpo.mini_batches_per_rollout, ", but a rollout has ", responses,
                 " responses, questions_per_rollout * group_size: the updates beyond would have "
                 "nothing to learn from; expected at most as many");
  R1_CHECK_INPUT(grpo.overlong_buffer <= rollout.max_new_tokens, "grpo.overlong_buffer is ",
                 grpo.overlong_buffer, ", expected at most rollout.max_new_tokens, ",
                 rollout.max_new_tokens);
  for (const int64_t from : questions.from_step)
    R1_CHECK_INPUT(from < steps, "questions.from_step has ", from, ", but the stage has ", steps,
                   " steps (rollouts): that domain would never join");
}

ReinforcementRun::ReinforcementRun(StageContext& context, const CommonSettings& common,
                                   const ReinforcementSettings& settings, ScoreJudge* judge)
    : context_(context),
      common_(common),
      settings_(settings),
      judge_(judge),
      base_(find_base(settings.base, context)),
      mesh_(mesh_of(common.mesh, common.compute, common.compute.master_device(), context)),
      facts_(facts_of_base(base_, context)),
      template_(PromptTemplate::parse(settings.prompt_template, facts_.tokenizer)),
      questions_(settings.questions, context.run_dir(), common.seed, room(),
                 [this](const Question& question) { return prompt_tokens(question); }),
      sampling_(sampling_settings(settings.rollout, settings.grpo.group_size, facts_.tokenizer)),
      policy_(facts_.config,
              fitting(common.compute,
                      reinforcement_memory(facts_.config, common.compute, settings, common.mesh,
                                           context.world().size(), {})),  // judges are here already
              context.stream(), TensorParallel(mesh_.tp())),
      reference_(reference_policy(common, settings.grpo.kl_coefficient, facts_.config,
                                  context.stream(), policy_.tp())),
      optimizer_(over_steps(settings.optimizer, all_updates(settings)), policy_.master(),
                 mesh_.dp(), context.stream(), &mesh_.tp()),
      engine_(policy_.model(), facts_.tokenizer,
              engine_limits(settings.rollout, common.compute.max_positions)),
      held_out_(settings.evaluation, sampling_, common.seed, context.run_dir()),
      verifiers_(settings.verifiers, sets_of(questions_, held_out_), common, context),
      rollout_(engine_, facts_.tokenizer, template_, settings.reward, mesh_,
               verifiers_.code_runner(), verifiers_.judge()),
      grpo_(settings.grpo, sampling_, policy_, reference_.get(), optimizer_, mesh_.dp()),
      rollout_random_(common.seed, context.name() + " rollout"),
      split_random_(common.seed, context.name() + " mini-batches") {
  for (const QuestionSet* set : held_out_.sets())
    for (int64_t i = 0; i < held_out_.questions_of(*set); ++i)
      R1_CHECK_INPUT(room().fits(prompt_tokens((*set)[i])), set->path(), ", row ", i,
                     ": the prompt leaves no room for ", settings.rollout.max_new_tokens,
                     " tokens within compute.max_positions ", common.compute.max_positions,
                     "; raise it, or lower rollout.max_new_tokens");
  context.at(0, "load");
  load();
  plan_memory();
}

void ReinforcementRun::load() {
  const auto resume = context_.resume_from();
  if (resume) {
    const auto guard = context_.guard_load();
    resumed_counters_ = load_training(*resume, {policy_, optimizer_, reference_.get()},
                                      context_.world().communicator());
    step_ = counter(resumed_counters_, "step", *resume);
    updates_ = counter(resumed_counters_, "updates", *resume);
    halted_ = resumed_counters_.contains("halted");
    questions_.restore(resumed_counters_);
    log_info("resumed from ", *resume);
  } else {
    const ModelFile base(base_);
    base.read(policy_.master(), policy_.tp());
    policy_.refresh();
    if (reference_) {
      base.read(reference_->master(), policy_.tp());
      reference_->refresh();
    }
  }
  context_.metrics().keep_until(resume ? step_ : -1);
}

ResponseRoom ReinforcementRun::room() const {
  return {settings_.rollout.max_new_tokens, common_.compute.max_positions};
}

int64_t ReinforcementRun::prompt_tokens(const Question& question) const {
  if (is_judged_by_reward_model(question.verifier) &&
      !(judge_ && judge_->judges(question.verifier)))
    throw_error(Fault::kInput, concat("question ", question.id, " of ", question.source,
                                      " is to be judged by a reward model, ",
                                      question.verifier == Verifier::kHelpful ? "helpful" : "safe",
                                      "; ", context_.name(), " has none"));
  return static_cast<int64_t>(template_.encode(question.question, facts_.tokenizer).size());
}

void ReinforcementRun::plan_memory() {
  StageMemory memory = reinforcement_memory(facts_.config, common_.compute, settings_, common_.mesh,
                                            context_.world().size(),
                                            judge_ ? judge_->models() : std::vector<ModelConfig>());
  if (const auto* model = verifiers_.judge_model())
    memory.judges +=
        generation_memory(*model, common_.compute, settings_.verifiers.judge, {}).total();
  memory_bytes_ = memory.total();
  log_info("model: ", facts_.config.num_parameters(), " parameters, ", questions_.size(),
           " questions");
  if (questions_.left_out() > 0)
    log_warning(questions_.left_out(), " questions are left out: their prompts leave no room");
  log_info("memory of a rank: ", memory.to_string());
}

void ReinforcementRun::begin() {
  if (step_ > 0) return;
  Metrics metrics;
  append_evaluation(metrics);
  inspect(metrics);
  context_.metrics().write(0, metrics);
}

ReinforcementRun::Rollout ReinforcementRun::ask(int64_t asked_before) {
  Rollout rollout;
  const auto start = Clock::now();
  rollout.answered =
      rollout_.run(next_questions(), sampling_, rollout_random_, step_, asked_before);
  mesh_.dp().barrier("end of the rollout");
  rollout.seconds = seconds_since(start);
  rollout.generated_tokens =
      mesh_.dp().sum(engine_.statistics().generated_tokens, "sum generated tokens");
  rollout.preemptions = mesh_.dp().sum(engine_.statistics().preemptions, "sum preemptions");
  const auto judge_start = Clock::now();
  if (judge_) judge_->judge(rollout.answered, template_.opens_thoughts());
  rollout.judge_s = seconds_since(judge_start);
  return rollout;
}

ReinforcementRun::Rollout ReinforcementRun::roll_out() {
  Rollout all = ask(0);
  const int64_t wanted = settings_.grpo.questions_per_rollout;
  for (int extra = 1; extra <= settings_.grpo.extra_rollouts; ++extra) {
    if (static_cast<int64_t>(informative(all.answered).size()) >= wanted) break;
    Rollout more = ask(extra * wanted);
    std::ranges::move(more.answered, std::back_inserter(all.answered));
    all.seconds += more.seconds;
    all.judge_s += more.judge_s;
    all.generated_tokens += more.generated_tokens;
    all.preemptions += more.preemptions;
  }
  return all;
}

std::vector<int64_t> ReinforcementRun::informative(const std::vector<AnsweredSample>& answered) {
  std::vector<QuestionReward> rewards;
  const auto masked = [&](const AnsweredSample& a) {
    return settings_.grpo.mask_truncated && a.sample.reason == FinishReason::kLength;
  };
  for (const AnsweredSample& a : answered)
    if (is_counted(a) && !masked(a)) rewards.push_back({a.sample.question, a.reward.total});
  return informative_questions(rewards, mesh_.dp());
}

void ReinforcementRun::keep_informative(std::vector<AnsweredSample>& answered) {
  if (settings_.grpo.extra_rollouts == 0) return;
  std::vector<int64_t> kept = informative(answered);
  if (static_cast<int64_t>(kept.size()) > settings_.grpo.questions_per_rollout)
    kept.resize(static_cast<size_t>(settings_.grpo.questions_per_rollout));
  std::erase_if(answered, [&](const AnsweredSample& a) {
    return !std::ranges::binary_search(kept, a.sample.question);
  });
}

void ReinforcementRun::train_step() {
  context_.at(step_ + 1, "rollout");
  Rollout rollout = roll_out();
  std::vector<AnsweredSample>& answered = rollout.answered;
  Metrics metrics = rollout_metrics(answered, settings_.reward, mesh_.dp());
  summary_ = summary_of(metrics);
  if (settings_.transcripts_every > 0 && (step_ + 1) % settings_.transcripts_every == 0)
    write_transcripts(answered);
  say_what_is_unverifiable(answered);
  keep_informative(answered);

  context_.at(step_ + 1, "update");
  const auto update_start = Clock::now();
  const GrpoStatistics statistics = grpo_.run(scored(answered), split_random_, step_);
  if (!statistics.finite) stop_at_nan();
  const double update_s = seconds_since(update_start);
  const int64_t before = updates_;
  updates_ += statistics.updates;
  refresh_reference(before);
  ++step_;

  append_update_metrics(statistics, metrics);
  metrics.insert(metrics.end(),
                 {{"seconds/rollout", rollout.seconds},
                  {"seconds/judge", rollout.judge_s},
                  {"seconds/reference", statistics.reference_s},
                  {"seconds/train", statistics.train_s},
                  {"seconds/update", update_s},
                  {"preemptions", rollout.preemptions},
                  {"rollout_tokens_per_s",
                   share(static_cast<double>(rollout.generated_tokens), rollout.seconds)},
                  {"train_tokens_per_s", share(statistics.loss.tokens, statistics.train_s)}});
  const bool evaluate = held_out_.due(step_) || step_ == settings_.steps;
  if (evaluate) append_evaluation(metrics);
  halted_ = inspect(metrics);
  if (halted_ && !evaluate) append_evaluation(metrics);
  context_.metrics().write(step_, metrics);
  context_.progress(step_, settings_.steps, summary_);
}

std::vector<const Question*> ReinforcementRun::next_questions() {
  std::vector<const Question*> result;
  for (int64_t i = 0; i < settings_.grpo.questions_per_rollout; ++i)
    result.push_back(&questions_.next(step_));
  return result;
}

void ReinforcementRun::say_what_is_unverifiable(const std::vector<AnsweredSample>& answered) const {
  for (const AnsweredSample& a : answered)
    if (!is_counted(a))
      log_warning("question ", a.question->id, ", sample ", a.sample.sample,
                  " leaves its group: ", a.reward.accuracy.reason);
}

std::vector<ScoredSample> ReinforcementRun::scored(std::vector<AnsweredSample>& answered) const {
  std::vector<ScoredSample> result;
  for (AnsweredSample& a : answered)
    result.push_back({std::move(a.sample), a.reward.total, is_counted(a)});
  return result;
}

void ReinforcementRun::append_update_metrics(const GrpoStatistics& s, Metrics& metrics) const {
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
                  {"logprob_mismatch", s.mismatch},
                  {"grad_norm", s.grad_norm},
                  {"lr", s.lr},
                  {"memory_bytes", memory_bytes_},
                  {"peak_rss_bytes", peak_rss_bytes()}});
}

void ReinforcementRun::append_evaluation(Metrics& metrics) {
  context_.at(step_, "held-out evaluation");
  const auto start = Clock::now();
  for (const auto& [name, of_set] : held_out_.run(rollout_, mesh_.dp())) {
    if (of_set.questions == 0) {  // no accuracy is not one of 0
      log_warning("step ", step_, ": no held-out sample of ", name, " could be verified");
      continue;
    }
    for (const auto& [key, value] : named_values(of_set))
      metrics.emplace_back(concat("held_out/", name, "/", key), value);
  }
  metrics.emplace_back("seconds/evaluation", seconds_since(start));
}

// Spread over all samples of the step, in their order: the same file whoever drew what.
void ReinforcementRun::write_transcripts(const std::vector<AnsweredSample>& answered) const {
  std::vector<double> samples = {static_cast<double>(answered.size())};
  mesh_.dp().all_reduce_sum(samples, "count the samples of a step");
  const auto total = static_cast<int64_t>(samples[0]);
  const int64_t count = std::min(total, settings_.transcripts);
  std::string mine;
  for (const AnsweredSample& a : answered) {
    const int64_t place = a.sample.question * settings_.grpo.group_size + a.sample.sample;
    if ((place + 1) * count / total > place * count / total)
      mine += concat(place, '\t', transcript_line(a));
  }
  std::map<int64_t, std::string> lines;
  for (const std::string& part : mesh_.dp().all_gather(mine, "gather transcripts")) {
    std::istringstream in(part);
    int64_t place = 0;
    for (std::string line; in >> place && in.get() == '\t' && std::getline(in, line);)
      lines[place] = line + "\n";
  }
  if (!context_.is_root()) return;
  std::string text;
  for (const auto& [place, line] : lines) text += line;
  make_directories(context_.stage_dir() + "/transcripts");
  write_file(concat(context_.stage_dir(), "/transcripts/step-", step_ + 1, ".jsonl"), text);
}

void ReinforcementRun::stop_at_nan() const {
  std::string lines;
  for (const ScoredSample& scored : grpo_.offending()) {
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

void ReinforcementRun::refresh_reference(int64_t updates_before) {
  const int64_t every = settings_.grpo.reference_refresh_updates;
  if (!reference_ || every == 0 || updates_ / every == updates_before / every) return;
  reference_->take_parameters(policy_);
  log_info("the reference is now the policy of update ", updates_);
}

bool ReinforcementRun::save_due() const { return settings_.checkpoints.due(step_); }

void ReinforcementRun::save() {
  context_.at(step_, "checkpoint");
  const auto guard = context_.guard_save();
  Counters counters = questions_.taken();
  counters["step"] = step_;
  counters["updates"] = updates_;
  if (halted_) counters["halted"] = 1;
  add_counters(counters);
  save_training(context_.stage_dir(), step_, {policy_, optimizer_, reference_.get()}, facts_,
                counters, context_.world().communicator());
  if (context_.is_root()) clean_checkpoints(context_.stage_dir(), settings_.checkpoints.keep_last);
}

void ReinforcementRun::report() const {
  if (context_.is_root()) print_curve(context_.stage_dir() + "/metrics.jsonl");
}

}  // namespace r1
