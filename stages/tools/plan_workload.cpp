#include "stages/tools/plan_workload.h"

#include <memory>

#include "libr1/config/config.h"

namespace r1 {
namespace {

// [plan] with a table for each job inside it.
FieldTable plan_fields(PlanWorkload& all, std::map<std::string, PlanWorkload>& by_job) {
  FieldTable inner = fields_of(all);
  for (auto& [name, workload] : by_job)
    inner.fields.push_back(
        {name, "of this job alone", std::make_shared<FieldTable>(fields_of(workload)), {}, false});
  return {
      {{"plan", "what a plan assumes", std::make_shared<FieldTable>(std::move(inner)), {}, false}}};
}

}  // namespace

std::map<std::string, PlanWorkload> read_workloads(const std::string& config,
                                                   const std::vector<std::string>& overrides,
                                                   const std::vector<Job>& jobs) {
  ConfigSource source{.file = config};
  for (const std::string& text : overrides)
    if (text.starts_with("plan.")) source.overrides.push_back(text);
  for (const std::string& name : table_names(config))
    if (name != "plan") source.foreign_tables.push_back(name);
  source.foreign_tables.push_back("seed");
  PlanWorkload all;
  std::map<std::string, PlanWorkload> by_job;
  for (const Job& job : jobs) by_job[job.name];
  read_fields(plan_fields(all, by_job), source);
  // Again over the values of [plan], which are a job's where its own table is silent.
  for (auto& [name, workload] : by_job) workload = all;
  read_fields(plan_fields(all, by_job), source);
  return by_job;
}

}  // namespace r1
