#include "libr1/train/training_checkpoint.h"

#include <nlohmann/json.hpp>

#include "libr1/config/config.h"
#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

void check_same_model(const ModelFile& file, const Policy& policy) {
  const std::string found = write_config(file.facts().config);
  const std::string expected = write_config(policy.config());
  R1_CHECK_INPUT(found == expected, file.path(), " is a checkpoint of another model; it holds\n",
                 found, "\nthis run's model is\n", expected);
}

// Calls each("m/NAME" or "v/NAME", entry, shape of the whole parameter, blocks of it, values) for
// what this rank owns of every parameter's moments, which may be nothing.
template <class Each>
void for_each_moment(const TrainingState& state, Each each) {
  const ParamTable whole = model_layout(state.policy.config()).table;
  const ParamTable& mine = state.policy.master().table();
  const std::vector<FlatRange> owned = state.optimizer.owned();
  int64_t at = 0;  // in the moments, which follow each other as the ranges do
  for (int i = 0; i < std::ssize(whole.entries()); ++i) {
    const FlatRange entry{mine[i].offset, mine[i].shape.size()};
    std::vector<Block> blocks;
    int64_t count = 0;
    for (const FlatRange& range : owned) {
      const FlatRange part = overlap(range, entry);
      for (const Block& block : state.policy.tp().blocks(whole[i].shape, mine[i].shape,
                                                         {part.begin - entry.begin, part.count}))
        blocks.push_back(block);
      count += part.count;
    }
    for (const auto& [prefix, moments] :
         {std::pair{"m/", state.optimizer.m()}, std::pair{"v/", state.optimizer.v()}})
      each(prefix + whole[i].name, mine[i], whole[i].shape, blocks, moments.rows(at, count));
    at += count;
  }
}

}  // namespace

std::string save_training(const std::string& folder, int64_t step, const TrainingState& state,
                          const ModelFacts& facts, const Counters& counters,
                          const Communicator& communicator) {
  CheckpointWriter checkpoint(folder, step, communicator);
  ModelFacts own = facts;
  own.lineage.back().step = step;
  const TensorParallel& tp = state.policy.tp();
  write_model(checkpoint.path_of("model.h5"), own, state.policy.master(), communicator, tp);
  if (state.reference)
    write_model(checkpoint.path_of("reference.h5"), own, state.reference->master(), communicator,
                tp);
  H5File file(checkpoint.path_of("optimizer.h5"), H5Mode::kCreate, communicator);
  for_each_moment(state, [&](const std::string& name, const ParamEntry& mine, const Shape& whole,
                             const std::vector<Block>& blocks, const TensorView& values) {
    file.create_tensor(name, whole, values.dtype);
    if (mine.repeated)
      file.write_blocks(name, {}, HostView(values.rows(0, 0), {}).view());
    else
      file.write_blocks(name, blocks, HostView(values, {}).view());
  });
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
  const TensorParallel& tp = state.policy.tp();
  model.read(state.policy.master(), tp);
  state.policy.refresh();
  if (state.reference) {
    const ModelFile reference(checkpoint + "/reference.h5");
    check_same_model(reference, state.policy);
    reference.read(state.reference->master(), tp);
    state.reference->refresh();
  }
  const H5File file(checkpoint + "/optimizer.h5", H5Mode::kRead);
  for_each_moment(state, [&](const std::string& name, const ParamEntry&, const Shape& whole,
                             const std::vector<Block>& blocks, const TensorView& values) {
    const HostView read = HostView::to_fill(values, {});
    file.read_blocks(name, whole, blocks, read.view());
    read.store();
  });
  state.optimizer.set_steps(file.read_integer("steps"));
  try {
    return Json::parse(file.read_text("counters")).get<Counters>();
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(file.path(), ": the counters are damaged: ", e.what()));
  }
}

}  // namespace r1
