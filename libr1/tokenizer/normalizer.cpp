#include "libr1/tokenizer/normalizer.h"

#include <algorithm>
#include <utility>

namespace r1::tokenizer {
namespace {

constexpr int kDeepestSequence = 16;

std::string_view strip(std::string_view text, bool left, bool right) {
  while (left && !text.empty()) {
    const Char c = char_at(text, 0);
    if (!is_whitespace(c.value)) break;
    text.remove_prefix(c.length);
  }
  while (right && !text.empty()) {
    const Char c = char_before(text, text.size());
    if (!is_whitespace(c.value)) break;
    text.remove_suffix(c.length);
  }
  return text;
}

std::string lowercase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    append_lowercase(lower, c.value);
    at += c.length;
  }
  return lower;
}

std::optional<NormalForm> form_of(std::string_view type) {
  if (type == "NFC") return NormalForm::kNfc;
  if (type == "NFD") return NormalForm::kNfd;
  if (type == "NFKC") return NormalForm::kNfkc;
  if (type == "NFKD") return NormalForm::kNfkd;
  return std::nullopt;
}

}  // namespace

Normalizer::Normalizer(const std::optional<JsonNode>& node) {
  if (node) add(*node, 0);
}

void Normalizer::add(const JsonNode& node, int depth) {
  const std::string type = node.type();
  Step step;
  if (type == "Sequence") {
    if (depth == kDeepestSequence) node.fail("sequences are nested too deeply");
    node.at("normalizers").for_each_element([&](JsonNode each) { add(each, depth + 1); });
    return;
  }
  if (const auto form = form_of(type)) {
    step.form = *form;
  } else if (type == "Prepend") {
    step.kind = Kind::kPrepend;
    step.text = node.string_at("prepend");
  } else if (type == "Replace") {
    step.kind = Kind::kReplace;
    step.pattern.emplace(node.at("pattern"));
    step.text = node.string_at("content");
  } else if (type == "Lowercase") {
    step.kind = Kind::kLowercase;
  } else if (type == "Strip") {
    step.kind = Kind::kStrip;
    step.left = node.bool_at("strip_left", true);
    step.right = node.bool_at("strip_right", true);
  } else {
    node.fail_unsupported("normalizer", type);
  }
  steps_.push_back(std::move(step));
}

std::string Normalizer::apply(const Step& step, std::string_view text) {
  switch (step.kind) {
    case Kind::kForm:
      return normal_form(text, step.form);
    case Kind::kPrepend:
      return text.empty() ? std::string() : step.text + std::string(text);
    case Kind::kReplace:
      return step.pattern->replace(text, step.text);
    case Kind::kLowercase:
      return lowercase(text);
    case Kind::kStrip:
      return std::string(strip(text, step.left, step.right));
  }
  return std::string(text);
}

bool Normalizer::may_drop_start() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.kind == Kind::kStrip || step.kind == Kind::kReplace;
  });
}

std::string Normalizer::run(std::string_view text) const {
  std::string result(text);
  for (const Step& step : steps_) result = apply(step, result);
  return result;
}

}  // namespace r1::tokenizer
