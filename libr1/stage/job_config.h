// The settings of a job in a config file, as its stage reads them: the common tables, and the
// stage's own table under the name of the job.
#pragma once

#include <string>
#include <vector>

#include "libr1/config/config.h"
#include "libr1/config/pipeline.h"

namespace r1 {

// The executables that a config may have tables for.
std::vector<std::string> stage_names();

// Those of read_pipeline; Fault::kInput as well for one of a stage that does not exist.
std::vector<Job> read_jobs(const std::string& config);

struct JobSource {
  std::string config;                  // TOML file
  std::string job;                     // its table there
  std::vector<std::string> overrides;  // --set
};

// Fills the fields, of which the stage's own table is called `stage`; the result is that list with
// the table's name in the file. Fault::kInput as of read_fields.
FieldTable read_job_config(const FieldTable& fields, const std::string& stage,
                           const JobSource& source);

}  // namespace r1
