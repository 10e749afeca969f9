#include "stages/lineage.h"

#include "libr1/core/build.h"
#include "libr1/core/file.h"
#include "libr1/data/run_path.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {

std::string find_base(const std::string& path, StageContext& context) {
  // One rank's choice: a node that sees less of the file system would start from something else.
  const std::string found = context.world().broadcast(
      context.is_root() ? find_model(in_run(path, context.run_dir())) : "", 0, "find the base");
  const auto guard = context.guard_load();
  if (file_exists(found + "/COMPLETE"))
    verify_checkpoint(found, context.world().communicator(), "model.h5");
  return found;
}

ModelFacts facts_of_base(const std::string& path, const StageContext& context) {
  ModelFacts facts = ModelFile(path).facts();
  R1_CHECK_INPUT(!facts.config.scalar_head, path, " is a reward model; ", context.name(),
                 " starts from a language model");
  facts.stage_config = context.config_text();
  facts.lineage.push_back(lineage_entry(context, path));
  return facts;
}

LineageEntry lineage_entry(const StageContext& context, const std::string& parent) {
  const bool is_checkpoint = !parent.empty() && file_exists(parent + "/COMPLETE");
  return {context.name(), 0, context.stage_dir(), is_checkpoint ? checkpoint_checksum(parent) : "",
          git_revision()};
}

}  // namespace r1
