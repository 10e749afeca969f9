#include "libr1/tokenizer/model.h"

#include <string>

#include "libr1/core/error.h"
#include "libr1/tokenizer/bpe.h"

namespace r1::tokenizer {
namespace {

// Every piece is looked up whole.
class WordLevel : public Model {
 public:
  WordLevel(const JsonNode& model, const Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        unknown_(model.string_at("unk_token", "<unk>")),
        unknown_id_(vocabulary.id_of(unknown_)) {}

  void encode(std::string_view piece, std::vector<int32_t>& ids) const override {
    const int32_t id = vocabulary_.id_of(piece);
    R1_CHECK_INPUT(id >= 0 || unknown_id_ >= 0, "the word \"", piece.substr(0, 100),
                   "\" is not in the tokenizer's vocabulary, which has no token \"", unknown_,
                   "\" for unknown words; use words of the vocabulary, or add that token");
    ids.push_back(id >= 0 ? id : unknown_id_);
  }

 private:
  const Vocabulary& vocabulary_;
  std::string unknown_;
  int32_t unknown_id_;
};

}  // namespace

ModelKind model_kind_of(const JsonNode& model) {
  // Files of the first releases name no type; only BPE has merges.
  if (!model.find("type") && model.find("merges")) return ModelKind::kBpe;
  const std::string type = model.type();
  if (type == "BPE") return ModelKind::kBpe;
  if (type == "WordLevel") return ModelKind::kWordLevel;
  model.at("type").fail_unsupported("model", type);
}

std::unique_ptr<Model> make_model(const JsonNode& model, const Vocabulary& vocabulary,
                                  bool pieces_are_bytes) {
  if (model_kind_of(model) == ModelKind::kBpe)
    return std::make_unique<Bpe>(model, vocabulary, pieces_are_bytes);
  R1_CHECK(!pieces_are_bytes, "a WordLevel model reads characters, not bytes");
  return std::make_unique<WordLevel>(model, vocabulary);
}

}  // namespace r1::tokenizer
