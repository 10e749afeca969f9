#include "libr1/train/training_checkpoint.h"

#include <nlohmann/json.hpp>

#include "libr1/config/config.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

void check_same_model(const ModelFile& file, const Policy& policy) {
  const std::string found = write_config(file.facts().config);
  const std::string expected = write_config(policy.config());
  R1_CHECK_INPUT(found == expected, file.path(), " is a checkpoint of another model; it holds\n",
                 found, "\nthis run's model is\n", expected);
}

}  // namespace

std::string save_training(const std::string& folder, int64_t step, const TrainingState& state,
                          const ModelFacts& facts, const Counters& counters,
                          const Communicator& communicator) {
  CheckpointWriter checkpoint(folder, step, communicator);
  ModelFacts own = facts;
  own.lineage.back().step = step;
  write_model(checkpoint.path_of("model.h5"), own, state.policy.master(), communicator);
  if (state.reference)
    write_model(checkpoint.path_of("reference.h5"), own, state.reference->master(), communicator);
  H5File file(checkpoint.path_of("optimizer.h5"), H5Mode::kCreate, communicator);
  const int64_t total = state.policy.master().table().total_size();
  file.write_ranges("m", total, state.optimizer.owned(), state.optimizer.m());
  file.write_ranges("v", total, state.optimizer.owned(), state.optimizer.v());
  file.write_integer("steps", state.optimizer.steps());
  file.write_text("counters", Json(counters).dump());
  file.close();
  return checkpoint.commit();
}

Counters load_training(const std::string& checkpoint, const TrainingState& state,
                       const Communicator& communicator) {
  verify_checkpoint(checkpoint, communicator);
  communicator.barrier("verify the checkpoint");
  const ModelFile model(checkpoint);
  check_same_model(model, state.policy);
  model.read(state.policy.master());
  state.policy.refresh();
  if (state.reference) {
    const ModelFile reference(checkpoint + "/reference.h5");
    check_same_model(reference, state.policy);
    reference.read(state.reference->master());
    state.reference->refresh();
  }
  const H5File file(checkpoint + "/optimizer.h5", H5Mode::kRead);
  const int64_t total = state.policy.master().table().total_size();
  file.read_ranges("m", total, state.optimizer.owned(), state.optimizer.m());
  file.read_ranges("v", total, state.optimizer.owned(), state.optimizer.v());
  state.optimizer.set_steps(file.read_integer("steps"));
  try {
    return Json::parse(file.read_text("counters")).get<Counters>();
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(file.path(), ": the counters are damaged: ", e.what()));
  }
}

}  // namespace r1
