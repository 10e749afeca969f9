// A GGUF model as one of ours: its numbers, and its tensors under Hugging Face's names.
#pragma once

#include <string>
#include <vector>

#include "libr1/model/config.h"
#include "libr1/storage/gguf.h"

namespace r1 {

// Reads the dense "llama", "qwen2" and "qwen3" architectures. Fault::kInput names file and key for
// another one, a missing or wrong number, and a setting that this code does not have (experts, a
// rotary dimension other than the head's, another rope scaling).
ModelConfig model_config_from_gguf(const GgufReader& gguf);

// The tensors by the names of layout.h. llama.cpp stores the query and key rows of the llama
// architecture in another order: dims (i, i + d/2) of a head, which are rotated together, stand at
// (2i, 2i + 1). Here they are in Hugging Face's order again.
class GgufModelTensors : public TensorSource {
 public:
  // Keeps the reference. Fault::kInput naming a tensor that belongs to no parameter.
  GgufModelTensors(const GgufReader& gguf, const ModelConfig& config);

  std::vector<std::string> names() const override;
  const Shape& shape(const std::string& name) const override;
  void read_rows(const std::string& name, int64_t first, const TensorView& into) const override;

 private:
  const std::string& stored_name(const std::string& name) const;

  const GgufReader& gguf_;
  int64_t head_dim_;
  bool pairs_are_neighbours_;  // of queries and keys
  std::map<std::string, std::string> stored_names_;
};

}  // namespace r1
