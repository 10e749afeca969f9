// The part of a tokenizer that turns a piece of text into ids. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/vocabulary.h"

namespace r1::tokenizer {

class Model {
 public:
  virtual ~Model() = default;
  // Appends the ids of a non-empty piece: valid text, or bytes when the model was made so.
  virtual void encode(std::string_view piece, std::vector<int32_t>& ids) const = 0;
};

enum class ModelKind { kBpe, kWordLevel };
ModelKind model_kind_of(const JsonNode& model);

// From the "model" of tokenizer.json. `vocabulary` must outlive the model. pieces_are_bytes (kBpe
// only): each byte stands for the character that byte_to_char gives.
std::unique_ptr<Model> make_model(const JsonNode& model, const Vocabulary& vocabulary,
                                  bool pieces_are_bytes);

}  // namespace r1::tokenizer
