#include "stages/tools/plan_work.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libr1/core/error.h"
#include "libr1/stage/job_config.h"
#include "stages/all_scenario_rl.h"
#include "stages/checkpoint_settings.h"
#include "stages/cold_start.h"
#include "stages/epochs.h"
#include "stages/evaluate_settings.h"
#include "stages/pretrain.h"
#include "stages/reasoning_rl.h"
#include "stages/rejection_sampling.h"
#include "stages/reward_model.h"
#include "stages/tools/plan_base.h"
#include "stages/zero.h"

namespace r1 {
namespace {

// Reads jobs one after another; a later one may start from an earlier one's model.
class WorkReader {
 public:
  WorkReader(std::string config, std::vector<std::string> overrides)
      : config_(std::move(config)), overrides_(std::move(overrides)) {}

  std::vector<JobWork> read() {
    std::vector<Job> jobs = read_jobs(config_);
    if (jobs.empty())
      for (const std::string& name : table_names(config_))
        if (std::ranges::count(stage_names(), name) > 0) jobs.push_back({name, name, {}});
    R1_CHECK_INPUT(!jobs.empty(), config_, " has neither [pipeline] nor a stage's table");
    workloads_ = read_workloads(config_, overrides_, jobs);
    std::vector<JobWork> works;
    for (const Job& job : jobs) add(job, works);
    return works;
  }

 private:
  void add(const Job& job, std::vector<JobWork>& works) {
    const std::string& s = job.stage;
    if (s == "r1-pretrain") works.push_back(pretraining_of(job));
    if (s == "r1-zero") works.push_back(reinforcement_of<ZeroSettings>(job));
    if (s == "r1-reasoning-rl") works.push_back(reinforcement_of<ReasoningSettings>(job));
    if (s == "r1-all-scenario-rl") works.push_back(all_scenario_of(job));
    if (s == "r1-cold-start") cold_start_of(job, works);
    if (s == "r1-sft") works.push_back(tuning_of(job, read_job<SecondSftSettings>(job)));
    if (s == "r1-distill") works.push_back(tuning_of(job, read_job<DistillSettings>(job)));
    if (s == "r1-reward-model") works.push_back(judge_of(job));
    if (s == "r1-rejection-sampling") {
      const auto config = read_job<RejectionSamplingSettings>(job);
      works.push_back(collection_of(job, config, config.stage));
    }
    if (s == "r1-evaluate") works.push_back(evaluation_of(job));
  }

  template <class Config>
  void read_fields_of(const Job& job, Config& config) const {
    read_job_config(fields_of(config), job.stage, {config_, job.name, overrides_});
  }
  template <class Settings>
  StageConfig<Settings> read_job(const Job& job) const {
    StageConfig<Settings> config;
    read_fields_of(job, config);
    return config;
  }

  JobWork begin(const Job& job, const CommonSettings& common, const PlanBase& base) {
    JobWork work;
    work.name = job.name;
    work.stage = job.stage;
    work.model = base.config;
    work.compute = common.compute;
    work.mesh = common.mesh;
    if (common.mesh.tp > 1)
      work.notes.push_back(concat(common.mesh.tp, " ranks share a model (mesh.tp)"));
    work.notes.push_back(base.note);
    const std::string beyond = beyond_context(base.config, common.compute);
    if (base.tokenizer && !beyond.empty()) work.notes.push_back(beyond);
    made_[job.name] = base;
    return work;
  }

  void set_rollout(JobWork& work, const RolloutConfig& rollout, const DataFacts& data) {
    const PlanWorkload& given = workloads_.at(work.name);
    work.max_new_tokens = rollout.max_new_tokens;
    work.engine = engine_limits(rollout, work.compute.max_positions);
    work.prompt_tokens =
        value(work, "tokens of a prompt", given.prompt_tokens, data.prompt_tokens, 64);
    work.response_tokens = value(work, "tokens of a response", given.response_tokens, 0,
                                 std::max(1.0, static_cast<double>(rollout.max_new_tokens) / 4));
    work.response_deviation = given.response_deviation;
  }

  template <class Settings>
  JobWork reinforcement_of(const Job& job) {
    return reinforcement_of(job, read_job<Settings>(job), {});
  }

  template <class Config>
  JobWork reinforcement_of(const Job& job, const Config& config, std::vector<ModelConfig> judges) {
    const ReinforcementSettings& s = config.stage;
    const PlanBase base = read_base(s.base, made_, workloads_.at(job.name), job.name);
    JobWork work = begin(job, config, base);
    work.judges = judges;
    work.memory = [model = base.config, s, judges, mesh = work.mesh](const ComputeSettings& compute,
                                                                     int ranks) {
      return reinforcement_memory(model, compute, s, mesh, ranks, judges);
    };
    work.steps = s.steps;
    work.prompts = s.grpo.questions_per_rollout;
    work.samples = s.grpo.group_size;
    set_rollout(work, s.rollout, read_data(s.questions.sets, s.prompt_template, base, 0));
    work.has_reference = s.grpo.kl_coefficient > 0;
    work.updates = s.grpo.mini_batches_per_rollout * s.grpo.inner_epochs;
    work.sequences = work.prompts * work.samples * s.grpo.inner_epochs;
    work.sequence_tokens = work.prompt_tokens + work.response_tokens;
    work.sequence_deviation = work.response_deviation * work.response_tokens / work.sequence_tokens;
    work.learned_share = work.response_tokens / work.sequence_tokens;
    work.bucket_elements = s.optimizer.bucket_elements;
    set_saves(work, s.checkpoints);
    const DataFacts held_out =
        read_data(s.evaluation.sets, s.prompt_template, base, s.evaluation.max_questions);
    const int64_t times = 2 + (s.evaluation.every > 0 ? (s.steps - 1) / s.evaluation.every : 0);
    work.evaluation_responses = held_out.rows * s.evaluation.samples * times;
    return work;
  }

  JobWork all_scenario_of(const Job& job) {
    const auto config = read_job<AllScenarioSettings>(job);
    std::vector<ModelConfig> judges;
    for (const std::string& path :
         {config.stage.reward_models.helpful_model, config.stage.reward_models.safe_model})
      if (!path.empty()) {
        judges.push_back(read_base(path, made_, workloads_.at(job.name), job.name).config);
        judges.back().scalar_head = true;
        judges.back().tied_head = false;
      }
    return reinforcement_of(job, config, judges);
  }

  void set_training(JobWork& work, const OptimizerConfig& optimizer) {
    work.memory = [model = work.model, optimizer, mesh = work.mesh](const ComputeSettings& compute,
                                                                    int ranks) {
      return training_memory(model, compute, optimizer, mesh, ranks);
    };
    work.updates = 1;
    work.bucket_elements = optimizer.bucket_elements;
  }

  void set_examples(JobWork& work, const DataFacts& data, double epochs, int64_t batch) {
    const PlanWorkload& given = workloads_.at(work.name);
    const double rows = value(work, "examples", static_cast<double>(given.examples),
                              static_cast<double>(data.rows), 10000);
    const double both = data.response_tokens > 0 ? data.prompt_tokens + data.response_tokens : 0;
    work.sequence_tokens = value(
        work, "tokens of an example", given.example_tokens, both,
        std::min(static_cast<double>(work.compute.max_positions),
                 given.response_tokens > 0 ? given.prompt_tokens + given.response_tokens : 512.0));
    work.sequence_deviation = given.response_deviation;
    work.learned_share = both > 0 ? data.response_tokens / both : given.learned_share;
    const Epochs all = epochs_of(std::max<int64_t>(1, std::llround(rows)), epochs, batch);
    work.sequences = all.batch;
    work.steps = all.steps;
  }

  JobWork tuning_of(const Job& job, const SftSettings& s, const CommonSettings& common) {
    const PlanBase base = read_base(s.base, made_, workloads_.at(job.name), job.name);
    JobWork work = begin(job, common, base);
    set_training(work, s.optimizer);
    DataFacts data = read_data(s.examples, s.prompt_template, base, 0);
    for (const auto& [collector, most] : collected_)
      if (collector == job.name || std::ranges::any_of(s.examples, [&](const std::string& entry) {
            return entry.starts_with(concat("{run}/", collector, "/"));
          })) {
        data.rows += most;
        work.notes.push_back(concat("of the examples at most ", most, " from ", collector));
      }
    set_examples(work, data, s.epochs, s.batch);
    set_saves(work, s.checkpoints);
    return work;
  }
  template <class Config>
  JobWork tuning_of(const Job& job, const Config& config) {
    return tuning_of(job, config.stage, config);
  }

  // Two phases with memory of their own: collecting, then learning.
  void cold_start_of(const Job& job, std::vector<JobWork>& works) {
    const auto config = read_job<ColdStartSettings>(job);
    const PlanBase base = read_base(config.stage.base, made_, workloads_.at(job.name), job.name);
    if (config.stage.collect.asks()) {
      works.push_back(collection_of(job, config, config.stage.collect));
      works.back().phase = "collecting";
    }
    works.push_back(tuning_of(job, config));
    made_[job.name] = base;
  }

  JobWork judge_of(const Job& job) {
    RewardModelConfig config;
    read_fields_of(job, config);
    const RewardModelSettings& s = config.stage;
    PlanBase base = read_base(s.base, made_, workloads_.at(job.name), job.name);
    base.config.scalar_head = true;
    base.config.tied_head = false;
    JobWork work = begin(job, config, base);
    set_training(work, s.optimizer);
    set_examples(work, read_data(s.examples, s.prompt_template, {base.config, {}, ""}, 0), s.epochs,
                 s.batch);
    if (s.kind == RewardKind::kHelpful) work.sequences *= 2;
    work.learned_share = 1 / work.sequence_tokens;
    set_saves(work, s.checkpoints);
    return work;
  }

  JobWork pretraining_of(const Job& job) {
    const auto config = read_job<PretrainSettings>(job);
    const PretrainSettings& s = config.stage;
    JobWork work = begin(job, config, {s.model, std::nullopt, "model of [r1-pretrain.model]"});
    set_training(work, s.optimizer);
    const double length =
        value(work, "tokens of a document", workloads_.at(job.name).example_tokens, 0, 64);
    work.sequence_tokens = std::min(length, static_cast<double>(s.tokens_per_step));
    work.sequences = std::llround(std::ceil(static_cast<double>(s.tokens_per_step) / length));
    work.sequence_deviation = workloads_.at(job.name).response_deviation;
    work.steps = s.steps;
    set_saves(work, s.checkpoints);
    return work;
  }

  JobWork collection_of(const Job& job, const CommonSettings& common, const CollectionSettings& s) {
    const PlanBase base = read_base(s.model, made_, workloads_.at(job.name), job.name);
    JobWork work = begin(job, common, base);
    const DataFacts data = read_data(s.questions, s.prompt_template, base, s.max_questions);
    set_generation(work, s.rollout, data, s.samples, s.interval_questions);
    const int64_t kept =
        s.keep_per_question > 0 ? std::min<int64_t>(s.keep_per_question, s.samples) : s.samples;
    int64_t most = work.steps * work.prompts * kept;
    if (!s.per_domain.empty() && std::ranges::find(s.per_domain, 0) == s.per_domain.end())
      most = std::min(most, std::reduce(s.per_domain.begin(), s.per_domain.end()));
    collected_[job.name] = most + read_data(s.mix_in, s.prompt_template, base, 0).rows;
    return work;
  }

  JobWork evaluation_of(const Job& job) {
    const auto config = read_job<EvaluateSettings>(job);
    const EvaluateSettings& s = config.stage;
    PlanBase largest;
    for (const std::string& entry : s.models) {
      const PlanBase base =
          read_base(entry.substr(entry.find('=') + 1), made_, workloads_.at(job.name), job.name);
      if (largest.config.vocab == 0 ||
          base.config.num_parameters() > largest.config.num_parameters())
        largest = base;
    }
    JobWork work = begin(job, config, largest);
    const DataFacts data = read_data(s.benchmarks, s.prompt_template, largest, s.max_questions);
    set_generation(work, s.rollout, data, s.samples,
                   std::max<int64_t>(1, s.interval_samples / s.samples));
    work.steps *= static_cast<int64_t>(s.models.size());
    return work;
  }

  void set_generation(JobWork& work, const RolloutConfig& rollout, const DataFacts& data,
                      int samples, int64_t questions_of_step) {
    work.memory = [model = work.model, rollout, mesh = work.mesh](const ComputeSettings& compute,
                                                                  int) {
      return generation_memory(model, compute, rollout, mesh);
    };
    const double questions =
        value(work, "questions", static_cast<double>(workloads_.at(work.name).questions),
              static_cast<double>(data.rows), 1000);
    work.samples = samples;
    work.prompts = std::min<int64_t>(questions_of_step, std::llround(questions));
    work.steps = std::llround(
        std::ceil(questions / static_cast<double>(std::max<int64_t>(1, work.prompts))));
    set_rollout(work, rollout, data);
  }

  static void set_saves(JobWork& work, const CheckpointSettings& checkpoints) {
    work.saves = (work.steps + checkpoints.every - 1) / checkpoints.every;
    work.kept = std::min(work.saves, checkpoints.keep_last);
  }

  // What is given, else what was read, else the assumption; and a note of which it was.
  static double value(JobWork& work, const char* what, double given, double read, double assumed) {
    const double result = given > 0 ? given : read > 0 ? read : assumed;
    work.notes.push_back(concat(what, " ", std::llround(result),
                                given > 0  ? " (given)"
                                : read > 0 ? " (read)"
                                           : " (assumed)"));
    return result;
  }

  std::string config_;
  std::vector<std::string> overrides_;
  std::map<std::string, PlanWorkload> workloads_;
  std::map<std::string, PlanBase> made_;
  std::map<std::string, int64_t> collected_;  // examples of a job, at most
};

}  // namespace

int64_t JobWork::checkpoint_bytes() const {
  if (updates == 0) return 0;
  const int64_t reference = has_reference ? size_bytes(compute.dtype) : 0;
  return model.num_parameters() * (size_bytes(compute.master_dtype()) + 2 * 4 + reference);
}

std::vector<JobWork> read_work(const std::string& config,
                               const std::vector<std::string>& overrides) {
  return WorkReader(config, overrides).read();
}

}  // namespace r1
