#include "libr1/stage/job_config.h"

#include <algorithm>

#include "libr1/config/edit_distance.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr const char* kStages[] = {"r1-pretrain",
                                   "r1-zero",
                                   "r1-cold-start",
                                   "r1-reasoning-rl",
                                   "r1-rejection-sampling",
                                   "r1-sft",
                                   "r1-reward-model",
                                   "r1-all-scenario-rl",
                                   "r1-distill",
                                   "r1-evaluate"};
// Tables that no stage reads: of the scheduler and of r1-plan.
constexpr const char* kOthers[] = {"pipeline", "slurm", "plan"};

// A misspelt --as would read no table at all. One that --set makes up is there.
void check_job_is_there(const std::vector<Job>& jobs, const std::string& stage,
                        const JobSource& source) {
  if (jobs.empty() || source.job == stage) return;
  bool there = std::ranges::count(table_names(source.config), source.job) > 0;
  for (const std::string& text : source.overrides)
    there = there || text.starts_with(source.job + ".");
  std::string names;
  for (const Job& job : jobs)
    if (job.stage == stage) names += concat(names.empty() ? "" : ", ", job.name);
  R1_CHECK_INPUT(there, source.config, ": --as ", source.job, " names a job that is not there; of ",
                 stage, " there are: ", names.empty() ? "none" : names);
}

// What the file holds beside the job's own tables.
std::vector<std::string> foreign_tables(const FieldTable& fields, const std::string& stage,
                                        const JobSource& source) {
  std::vector<std::string> names = stage_names();
  names.insert(names.end(), std::begin(kOthers), std::end(kOthers));
  const std::vector<Job> jobs = read_jobs(source.config);
  check_job_is_there(jobs, stage, source);
  for (const Job& job : jobs) {
    names.push_back(job.name);
    R1_CHECK_INPUT(job.name != source.job || job.stage == stage, source.config, ": the job ",
                   job.name, " is of ", job.stage, ", not of ", stage);
  }
  for (const Field& field : fields.fields) std::erase(names, field.name);
  return names;
}

}  // namespace

std::vector<std::string> stage_names() { return {std::begin(kStages), std::end(kStages)}; }

std::vector<Job> read_jobs(const std::string& config) {
  const std::vector<std::string> stages = stage_names();
  std::vector<Job> jobs = read_pipeline(config);
  for (const Job& job : jobs) {
    if (std::ranges::count(stages, job.stage) > 0) continue;
    const std::string nearest = nearest_name(job.stage, stages);
    throw_error(Fault::kInput, concat(config, ": pipeline.jobs has \"", job.name, " = ", job.stage,
                                      "\", but there is no stage ", job.stage,
                                      nearest.empty() ? "; expected one such as r1-zero"
                                                      : concat("; did you mean '", nearest, "'?")));
  }
  return jobs;
}

FieldTable read_job_config(const FieldTable& fields, const std::string& stage,
                           const JobSource& source) {
  FieldTable own = fields;
  for (Field& field : own.fields)
    if (field.name == stage) field.name = source.job;
  read_fields(own,
              {source.config, source.overrides, foreign_tables(own, stage, source), source.job});
  return own;
}

}  // namespace r1
