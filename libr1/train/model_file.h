// A model in HDF5: parameters as named datasets (Hugging Face's names), and as texts the model's
// numbers, the tokenizer it was trained with, and its lineage.
#pragma once

#include <string>
#include <vector>

#include "libr1/core/communicator.h"
#include "libr1/core/function_ref.h"
#include "libr1/model/tensor_parallel.h"
#include "libr1/storage/hdf5_file.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {

// One stage in a model's history.
struct LineageEntry {
  std::string stage;  // "r1-zero", "r1-import"
  int64_t step = 0;
  std::string checkpoint;       // folder it was written to
  std::string parent_checksum;  // of the checkpoint it began with; empty: from nothing
  std::string revision;         // of this code
};

// What `path` names: a model.h5, a checkpoint's folder, or a stage's folder, which stands for its
// newest checkpoint. Fault::kInput when there is none.
std::string find_model(const std::string& path);

// Texts of the model file.
struct ModelFacts {
  ModelConfig config;
  Tokenizer tokenizer;
  std::vector<LineageEntry> lineage;  // oldest first
  std::string stage_config;           // effective TOML of the stage that wrote it
};

// Collective: writes model.h5 from the parameters, f32 or bf16, that every rank holds; under tensor
// parallelism its part of them, neighbours in the communicator being neighbours along tp (Mesh).
void write_model(const std::string& path, const ModelFacts& facts, const ParamSet& params,
                 const Communicator& communicator, const TensorParallel& tp = {});

// The same from parameters that need not be in memory: read_rows fills rows [first, first +
// rows.shape[0]) of one, in `dtype`, some MiB at a time. Each rank reads and writes rows of its
// own. Fault::kInput names the parameter that holds what is not a number.
using ReadParamRows =
    FunctionRef<void(const ParamEntry& entry, int64_t first, const TensorView& rows)>;
void write_model_rows(const std::string& path, const ModelFacts& facts, Dtype dtype,
                      const Communicator& communicator, ReadParamRows read_rows);

class ModelFile {
 public:
  // What find_model finds. Fault::kInput when it is not a model, or
  // its tokenizer has more tokens than the model.
  explicit ModelFile(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const ModelFacts& facts() const { return facts_; }
  // All parameters, or this rank's part of them, converted to the set's dtype. Fault::kInput names
  // what is missing, of another shape, or not a number.
  void read(const ParamSet& params, const TensorParallel& tp = {}) const;
  // The same but for the head, which keeps what it has: a language model into a reward model.
  void read_body(const ParamSet& params, const TensorParallel& tp = {}) const;
  // Rows [first, first + rows.shape[0]) of one parameter, with the same checks.
  void read_rows(const ParamEntry& entry, int64_t first, const TensorView& rows) const;

 private:
  void read_entries(const ParamSet& params, const TensorParallel& tp,
                    FunctionRef<bool(const std::string& name)> wanted) const;

  H5File file_;
  ModelFacts facts_;
};

}  // namespace r1
