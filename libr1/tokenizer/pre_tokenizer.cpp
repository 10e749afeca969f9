#include "libr1/tokenizer/pre_tokenizer.h"

#include "libr1/tokenizer/byte_level.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

// The expression of GPT-2.
constexpr std::string_view kByteLevelRegex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
// \w+|[^\w\s]+ with the \w of Rust's regular expressions, which is not Oniguruma's.
constexpr std::string_view kWhitespaceRegex =
    R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+)"
    R"(|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\s]+)";
constexpr int kDeepestSequence = 16;

std::string spaces_replaced(std::string_view text, char32_t by) {
  std::string replaced;
  replaced.reserve(text.size() * 2);
  for (const char c : text) {
    if (c == ' ') {
      append_utf8(replaced, by);
    } else {
      replaced += c;
    }
  }
  return replaced;
}

}  // namespace

PreTokenizer::PreTokenizer(const std::optional<JsonNode>& node, bool model_reads_bytes) {
  if (node) add(*node, 0);
  leaves_bytes_ = model_reads_bytes && !steps_.empty() && steps_.back().kind == Kind::kByteLevel;
  if (leaves_bytes_) steps_.back().spell_bytes = false;
}

void PreTokenizer::add(const JsonNode& node, int depth) {
  const std::string type = node.type();
  if (type == "Sequence") {
    if (depth == kDeepestSequence) node.fail("sequences are nested too deeply");
    node.at("pretokenizers").for_each_element([&](JsonNode each) { add(each, depth + 1); });
    return;
  }
  Step step;
  if (type == "Split") {
    step.pattern.emplace(node.at("pattern"));
    step.behavior = split_behavior_of(node.at("behavior"));
    step.invert = node.bool_at("invert", false);
  } else if (type == "ByteLevel") {
    step = byte_level(node);
  } else if (type == "Metaspace") {
    step = metaspace(node);
  } else if (type == "Digits") {
    step.kind = Kind::kDigits;
    if (!node.bool_at("individual_digits", false)) step.behavior = SplitBehavior::kContiguous;
  } else if (type == "Punctuation") {
    step.kind = Kind::kPunctuation;
    if (const auto behavior = node.find("behavior")) step.behavior = split_behavior_of(*behavior);
  } else if (type == "Whitespace") {
    step.kind = Kind::kWhitespace;
    step.pattern = Pattern::regex(kWhitespaceRegex);
    step.behavior = SplitBehavior::kRemoved;
    step.invert = true;
  } else if (type == "WhitespaceSplit") {
    step.kind = Kind::kWhitespaceSplit;
    step.behavior = SplitBehavior::kRemoved;
  } else {
    node.fail_unsupported("pre-tokenizer", type);
  }
  steps_.push_back(std::move(step));
}

PreTokenizer::Step PreTokenizer::byte_level(const JsonNode& node) {
  Step step;
  step.kind = Kind::kByteLevel;
  if (node.bool_at("add_prefix_space", true)) step.prepend = Prepend::kAlways;
  if (node.bool_at("use_regex", true)) step.pattern = Pattern::regex(kByteLevelRegex);
  return step;
}

PreTokenizer::Step PreTokenizer::metaspace(const JsonNode& node) const {
  Step step;
  step.kind = Kind::kMetaspace;
  step.behavior = SplitBehavior::kMergedWithNext;
  step.split = node.bool_at("split", true);
  const JsonNode replacement = node.at("replacement");
  const std::string& space = replacement.string();
  if (space.empty() || static_cast<size_t>(char_at(space, 0).length) != space.size())
    replacement.fail("expected one character");
  step.space = char_at(space, 0).value;
  // Older files say add_prefix_space only.
  const bool adds = node.bool_at("add_prefix_space", true);
  const std::string scheme = node.string_at("prepend_scheme", adds ? "always" : "never");
  if (scheme == "always") {
    step.prepend = Prepend::kAlways;
  } else if (scheme == "first") {
    step.prepend = Prepend::kFirst;
    if (!steps_.empty())
      node.fail_unsupported("prepend scheme after another pre-tokenizer", scheme);
  } else if (scheme != "never") {
    node.at("prepend_scheme").fail_unsupported("prepend scheme", scheme);
  }
  if (!adds && scheme != "never")
    node.fail("add_prefix_space false contradicts prepend_scheme; remove one of them");
  return step;
}

// What a step does to the text of a piece before it looks for places to cut.
Piece PreTokenizer::prepare(const Step& step, const Piece& piece,
                            std::deque<std::string>& changed) {
  std::string_view text = piece.text;
  std::string prefix;
  if (step.kind == Kind::kMetaspace && text.find(' ') != text.npos)
    text = changed.emplace_back(spaces_replaced(text, step.space));
  if (step.prepend == Prepend::kAlways || (step.prepend == Prepend::kFirst && piece.at_start)) {
    append_utf8(prefix, step.space);
    if (!text.starts_with(prefix)) text = changed.emplace_back(prefix.append(text));
  }
  return {text, piece.at_start};
}

void PreTokenizer::find(const Step& step, std::string_view text, std::vector<Range>& ranges) {
  if (step.pattern) {
    step.pattern->for_each_range(text, [&](size_t begin, size_t end, bool match) {
      ranges.push_back({begin, end, match != step.invert});
    });
  } else if (step.kind == Kind::kDigits) {
    find_chars(
        text, [](char32_t c) { return is_numeric(c); }, ranges);
  } else if (step.kind == Kind::kPunctuation) {
    find_chars(
        text, [](char32_t c) { return is_punctuation(c); }, ranges);
  } else if (step.kind == Kind::kWhitespaceSplit) {
    find_chars(
        text, [](char32_t c) { return is_whitespace(c); }, ranges);
  } else if (step.kind == Kind::kMetaspace && step.split) {
    find_chars(
        text, [&](char32_t c) { return c == step.space; }, ranges);
  } else {
    ranges.push_back({0, text.size(), false});
  }
}

void PreTokenizer::run(std::vector<Piece>& pieces, std::deque<std::string>& changed) const {
  std::vector<Piece> cut;
  std::vector<Range> ranges;
  for (const Step& step : steps_) {
    cut.clear();
    for (const Piece& piece : pieces) {
      const Piece prepared = prepare(step, piece, changed);
      ranges.clear();
      find(step, prepared.text, ranges);
      append_pieces(prepared, ranges, step.behavior, cut);
    }
    if (step.kind == Kind::kByteLevel && step.spell_bytes)
      for (Piece& piece : cut) piece.text = changed.emplace_back(bytes_to_chars(piece.text));
    pieces.swap(cut);
  }
}

}  // namespace r1::tokenizer
