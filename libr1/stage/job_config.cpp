#include "libr1/stage/job_config.h"

#include "libr1/config/pipeline.h"
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

// What the file holds beside the job's own tables.
std::vector<std::string> foreign_tables(const FieldTable& fields, const std::string& stage,
                                        const JobSource& source) {
  std::vector<std::string> names = stage_names();
  names.insert(names.end(), std::begin(kOthers), std::end(kOthers));
  for (const Job& job : read_pipeline(source.config)) {
    names.push_back(job.name);
    R1_CHECK_INPUT(job.name != source.job || job.stage == stage, source.config, ": the job ",
                   job.name, " is of ", job.stage, ", not of ", stage);
  }
  for (const Field& field : fields.fields) std::erase(names, field.name);
  return names;
}

}  // namespace

std::vector<std::string> stage_names() { return {std::begin(kStages), std::end(kStages)}; }

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
