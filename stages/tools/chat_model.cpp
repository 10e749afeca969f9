#include "stages/tools/chat_model.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/model/layout.h"

namespace r1 {
namespace {

constexpr int64_t kDefaultContext = 4096;
constexpr int64_t kRoundTokens = 128;  // of the prompt at a time

ModelFacts facts_of_language_model(const std::string& path) {
  ModelFacts facts = ModelFile(path).facts();
  R1_CHECK_INPUT(
      !facts.config.scalar_head, path,
      " is a reward model: it scores answers and gives none; name a language model, such "
      "as the one it judges");
  return facts;
}

int64_t chosen_context(const ModelConfig& config, const ChatModelOptions& options) {
  if (options.context == 0) return std::min(config.max_positions, kDefaultContext);
  R1_CHECK_INPUT(options.context >= 2 && options.context <= config.max_positions,
                 "--context: found ", options.context, ", expected between 2 and ",
                 config.max_positions, ", the longest sequence of ", options.path);
  return options.context;
}

}  // namespace

ChatModel::ChatModel(const ChatModelOptions& options)
    : pool_(options.threads > 0 ? options.threads : available_cores()),
      facts_(facts_of_language_model(options.path)),
      context_(chosen_context(facts_.config, options)),
      weights_(facts_.config, options.dtype, Device::kCpu) {
  load(ModelFile(options.path));
  // Twice the context is what an engine asks for; a lone sequence uses half.
  const EngineLimits limits{1, 2 * context_ + 64, kRoundTokens, context_};
  model_.emplace(weights_, context_, Stream{&pool_});
  engine_.emplace(*model_, facts_.tokenizer, limits);
}

void ChatModel::load(const ModelFile& file) {
  const ParamSet master(model_layout(facts_.config).table, Dtype::kF32);
  file.read(master);
  weights_.refresh(master, {&pool_});
}

ChatAnswer ChatModel::answer(std::vector<int32_t> prompt, const SamplingSettings& settings,
                             const Random& random, int64_t turn, const OnText& on_text) {
  ChatAnswer answer;
  StreamingDecoder decoder(facts_.tokenizer, false);
  const auto on_token = [&](int64_t, int32_t, int32_t token) {
    const bool ends = std::ranges::find(settings.stop_tokens, token) != settings.stop_tokens.end();
    const std::string piece = ends ? "" : decoder.push(token);
    answer.text += piece;
    return on_text(piece);
  };
  std::optional<RolloutRequest> request = RolloutRequest{0, std::move(prompt)};
  const auto next = [&] { return std::exchange(request, std::nullopt); };
  const Sample sample = engine_->generate(next, settings, random, turn, on_token).at(0);
  const std::string rest = decoder.finish();
  answer.text += rest;
  on_text(rest);
  answer.reason = sample.reason;
  answer.tokens = static_cast<int64_t>(sample.tokens.size());
  return answer;
}

}  // namespace r1
