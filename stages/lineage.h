// Where a stage's model comes from.
#pragma once

#include "libr1/stage/context.h"
#include "libr1/train/model_file.h"

namespace r1 {

// What find_model (libr1/train/model_file.h) finds for a path in the run. Collective: that of a
// checkpoint is held against its checksum first. Fault::kInput names it when it is damaged.
std::string find_base(const std::string& path, StageContext& context);

// Facts of the model that a stage starts from, with this stage added to its lineage. `path` is what
// find_base gave. Fault::kInput for a reward model: it has no words.
ModelFacts facts_of_base(const std::string& path, const StageContext& context);

// The stage's entry alone, as of step 0; the parent's checksum where it is a checkpoint.
LineageEntry lineage_entry(const StageContext& context, const std::string& parent = "");

}  // namespace r1
