// A model of a checkpoint, ready to answer on this machine's threads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libr1/core/thread_pool.h"
#include "libr1/rollout/engine.h"
#include "libr1/train/model_file.h"

namespace r1 {

struct ChatModelOptions {
  std::string path;           // what find_model finds
  Dtype dtype = Dtype::kF32;  // of weights and activations
  int64_t context = 0;        // longest prompt + answer; 0: the model's own, at most 4,096
  int threads = 0;            // 0: all cores
};

struct ChatAnswer {
  std::string text;  // without the end token
  FinishReason reason = FinishReason::kLength;
  int64_t tokens = 0;
};

class ChatModel {
 public:
  // Fault::kInput when it is not a model, a reward model, or a context that the model does not
  // have.
  explicit ChatModel(const ChatModelOptions& options);

  const ModelFacts& facts() const { return facts_; }
  int64_t context() const { return context_; }

  // Given each piece of the text once later tokens cannot change it; may be empty. False stops.
  using OnText = std::function<bool(std::string_view)>;
  // Question 0, sample 0 of step `turn`: the tokens are those of Engine::generate. `prompt` has at
  // least one token and fewer than context().
  ChatAnswer answer(std::vector<int32_t> prompt, const SamplingSettings& settings,
                    const Random& random, int64_t turn, const OnText& on_text);

 private:
  void load(const ModelFile& file);

  ThreadPool pool_;
  ModelFacts facts_;
  int64_t context_;
  ModelWeights weights_;
  std::optional<Transformer> model_;  // these two once the weights are there
  std::optional<Engine> engine_;
};

}  // namespace r1
