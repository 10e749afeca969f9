#include "libr1/tokenizer/decoder.h"

#include <limits>
#include <utility>

#include "libr1/core/error.h"
#include "libr1/tokenizer/byte_level.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

constexpr int kDeepestSequence = 16;
constexpr size_t kMostStages = 64;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string one_character(const JsonNode& node) {
  const std::string& text = node.string();
  if (text.empty() || static_cast<size_t>(char_at(text, 0).length) != text.size())
    node.fail("expected one character");
  return text;
}

// The byte that "<0xE4>" stands for, -1 for any other token.
int fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  const int high = digit(token[3]);
  const int low = digit(token[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

Decoder::Decoder(const std::optional<JsonNode>& node) {
  if (node) {
    add(*node, 0);
  } else {
    stages_.emplace_back().kind = Kind::kSpaces;
  }
}

void Decoder::add(const JsonNode& node, int depth) {
  const std::string type = node.type();
  if (type == "Sequence") {
    if (depth == kDeepestSequence) node.fail("sequences are nested too deeply");
    node.at("decoders").for_each_element([&](JsonNode each) { add(each, depth + 1); });
    return;
  }
  if (stages_.size() == kMostStages) node.fail("there are too many decoders");
  if (fused_ && type != "Strip" && type != "Fuse")
    node.fail_unsupported("decoder after Fuse or ByteLevel", type);
  Stage stage;
  if (type == "ByteLevel") {
    stage.kind = Kind::kByteLevel;
    fused_ = true;
  } else if (type == "Fuse") {
    fused_ = true;
  } else if (type == "ByteFallback") {
    stage.kind = Kind::kByteFallback;
  } else if (type == "Replace") {
    stage.kind = Kind::kReplace;
    stage.pattern.emplace(node.at("pattern"));
    stage.content = node.string_at("content");
  } else if (type == "Strip") {
    stage = strip_stage(node);
  } else if (type == "Metaspace") {
    stage.kind = Kind::kMetaspace;
    stage.content = one_character(node.at("replacement"));
    const bool adds = node.bool_at("add_prefix_space", true);
    stage.drops_first = node.string_at("prepend_scheme", adds ? "always" : "never") != "never";
  } else {
    node.fail_unsupported("decoder", type);
  }
  stages_.push_back(std::move(stage));
}

Decoder::Stage Decoder::strip_stage(const JsonNode& node) const {
  Stage stage;
  stage.kind = Kind::kStrip;
  stage.content = one_character(node.at("content"));
  const auto most = std::numeric_limits<int32_t>::max();
  stage.start = static_cast<size_t>(node.at("start").integer(0, most));
  stage.stop = static_cast<size_t>(node.at("stop").integer(0, most));
  stage.whole = fused_;
  if (fused_ && stage.stop > 0) node.fail_unsupported("decoder option", "stop after Fuse");
  return stage;
}

Decoder::Run::Run(const Decoder& decoder) : decoder_(&decoder) { reset(); }

void Decoder::Run::reset() {
  states_.assign(decoder_->stages_.size(), State{});
  for (size_t i = 0; i < states_.size(); ++i) states_[i].to_strip = decoder_->stages_[i].start;
}

void Decoder::Run::push(std::string_view token, std::string& text) { feed(0, token, text); }

void Decoder::Run::finish(std::string& text) {
  for (size_t stage = 0; stage < states_.size(); ++stage) flush(stage, text);
  reset();
}

void Decoder::Run::feed(size_t stage_idx, std::string_view token, std::string& text) {
  if (stage_idx == states_.size()) {
    text += token;
    return;
  }
  const Stage& stage = decoder_->stages_[stage_idx];
  State& state = states_[stage_idx];
  const bool first = std::exchange(state.first, false);
  const size_t next = stage_idx + 1;
  switch (stage.kind) {
    case Kind::kReplace:
      return feed(next, stage.pattern->replace(token, stage.content), text);
    case Kind::kStrip:
      return strip(stage_idx, token, text);
    case Kind::kByteFallback:
      return fall_back(stage_idx, token, text);
    case Kind::kFuse:
      return feed(next, token, text);
    case Kind::kSpaces:
      if (!first) feed(next, " ", text);
      return feed(next, token, text);
    case Kind::kMetaspace: {
      std::string spaced;
      for (size_t at = 0; at < token.size();) {
        const auto length = static_cast<size_t>(char_at(token, at).length);
        const std::string_view c = token.substr(at, length);
        if (c != stage.content) {
          spaced += c;
        } else if (!first || !stage.drops_first) {
          spaced += ' ';
        }
        at += length;
      }
      return feed(next, spaced, text);
    }
    case Kind::kByteLevel: {
      append_bytes_of(state.bytes, token);
      std::string ready;
      state.bytes.erase(0, append_lossy(ready, state.bytes, /*final=*/false));
      if (!ready.empty()) feed(next, ready, text);
    }
  }
}

// Bytes that come one after the other are a text, or else one U+FFFD each; only the next token
// that is no byte tells.
void Decoder::Run::fall_back(size_t stage, std::string_view token, std::string& text) {
  const int byte = fallback_byte(token);
  if (byte >= 0) {
    states_[stage].bytes += static_cast<char>(byte);
    return;
  }
  flush(stage, text);
  feed(stage + 1, token, text);
}

void Decoder::Run::strip(size_t stage_idx, std::string_view token, std::string& text) {
  const Stage& stage = decoder_->stages_[stage_idx];
  size_t of_token = stage.start;
  size_t& at_start = stage.whole ? states_[stage_idx].to_strip : of_token;
  while (at_start > 0 && !token.empty()) {
    if (token.starts_with(stage.content)) {
      token.remove_prefix(stage.content.size());
      --at_start;
    } else {
      at_start = 0;
    }
  }
  for (size_t i = 0; i < stage.stop && token.ends_with(stage.content); ++i)
    token.remove_suffix(stage.content.size());
  feed(stage_idx + 1, token, text);
}

void Decoder::Run::flush(size_t stage, std::string& text) {
  State& state = states_[stage];
  if (state.bytes.empty()) return;
  const std::string bytes = std::exchange(state.bytes, {});
  if (decoder_->stages_[stage].kind == Kind::kByteLevel) {
    std::string ready;
    append_lossy(ready, bytes, /*final=*/true);
    feed(stage + 1, ready, text);
  } else if (is_valid_utf8(bytes)) {
    feed(stage + 1, bytes, text);
  } else {
    for (size_t i = 0; i < bytes.size(); ++i) feed(stage + 1, kReplacement, text);
  }
}

}  // namespace r1::tokenizer
