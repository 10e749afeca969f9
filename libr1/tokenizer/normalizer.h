// Brings a text into the form that the vocabulary was made from. Immutable, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/pattern.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {

class Normalizer {
 public:
  // The "normalizer" of tokenizer.json; nullopt: text stays as it is.
  explicit Normalizer(const std::optional<JsonNode>& node);

  bool changes_nothing() const { return steps_.empty(); }
  // The first character of the result may not be the first of the text.
  bool may_drop_start() const;
  std::string run(std::string_view text) const;  // valid text in, valid text out

 private:
  enum class Kind { kForm, kPrepend, kReplace, kLowercase, kStrip };
  struct Step {
    Kind kind = Kind::kForm;
    NormalForm form = NormalForm::kNfc;
    std::optional<Pattern> pattern;  // kReplace
    std::string text;                // kPrepend, kReplace: what comes in
    bool left = true;                // kStrip
    bool right = true;
  };

  void add(const JsonNode& node, int depth);
  static std::string apply(const Step& step, std::string_view text);

  std::vector<Step> steps_;
};

}  // namespace r1::tokenizer
