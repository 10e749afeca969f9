// The model being trained: master parameters, their compute copy (the same memory where both are of
// one dtype and device), gradients and the forward and backward passes over micro-batches. The
// optimizer is beside it (libr1/optim). On a GPU all of it is there, unless the optimizer is
// offloaded: then master and gradients are the host's, and the sums of gradients come to the host
// when they are final.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libr1/core/gpu.h"
#include "libr1/model/transformer.h"
#include "libr1/train/compute_settings.h"
#include "libr1/train/micro_batch.h"

namespace r1 {

// What to tell the user where sequences of compute.max_positions would be longer than those that
// the model was made for, which it answers badly; else empty.
std::string beyond_context(const ModelConfig& config, const ComputeSettings& settings);

class Policy {
 public:
  // tp: the ranks that share the model, all of which make the same calls. Fault::kInput when it
  // cannot be shared so.
  Policy(const ModelConfig& config, const ComputeSettings& settings, Stream stream,
         TensorParallel tp = {});
  Policy(const Policy&) = delete;  // the transformer points at the weights
  Policy& operator=(const Policy&) = delete;

  const ModelConfig& config() const { return config_; }  // of the whole model
  const TensorParallel& tp() const { return weights_.tp(); }
  ParamSet& master() { return master_; }             // of this rank's part, on master_device()
  const ParamSet& grads() const { return *grads_; }  // the same
  const Transformer& model() const { return model_; }
  // To be called whenever the master has changed.
  void refresh();
  // Takes on the parameters of another policy of this model, rounded to this master's dtype.
  void take_parameters(Policy& other);

  // Log-probability of every target under the current weights. result[i]: sequence i's targets.
  std::vector<std::vector<double>> logprobs(std::span<const TrainSequence> sequences,
                                            double inverse_temperature);

  void zero_grads();
  // Adds the gradient of the loss over all sequences; the same bits for any micro-batch size.
  // `ready` is told each flat range [begin, begin + count) of the gradients once it is final.
  using RangeReady = FunctionRef<void(int64_t begin, int64_t count)>;
  void accumulate(std::span<const TrainSequence> sequences, double inverse_temperature,
                  TokenLoss loss, RangeReady ready);

  // Reward models: the score of each sequence, read at its last token, and the gradient of a loss
  // by the scores.
  std::vector<double> scores(std::span<const TrainSequence> sequences);
  void accumulate_scores(std::span<const TrainSequence> sequences, std::span<const double> dscores,
                         RangeReady ready);

  // What a policy takes, in bytes: always weights; the rest once it is used.
  struct Memory {
    int64_t master = 0;         // 0 where the compute copy is the same memory
    int64_t compute = 0;        // packed and unpacked weights, rotary table, work space of products
    int64_t gradients = 0;      // of accumulate()
    int64_t gradient_sums = 0;  // on a GPU, where the optimizer is offloaded
    int64_t training = 0;       // activations and scratch of accumulate()
    int64_t scoring = 0;        // the same of a policy that never trains
    int64_t weights() const { return master + compute; }
  };
  // Without making one, for plans; refuses the settings that the constructor refuses.
  // Of a rank where tp_size ranks share the model.
  static Memory memory(const ModelConfig& whole, const ComputeSettings& settings, int tp_size = 1);

 private:
  enum class Pass { kNone, kScoring, kTraining };
  static int64_t arena_bytes(const ModelConfig& whole, const TensorParallel& tp,
                             const ComputeSettings& settings, Pass pass);
  static MicroBatchLimits limits(const ComputeSettings& settings) {
    return {settings.micro_batch_tokens, rows_of_a_step(settings.device)};
  }
  static int64_t max_pages(const ComputeSettings& settings) { return limits(settings).pages(); }
  void prepare_scratch(Pass pass);
  void page_lock(const ParamSet& params);  // of an offloaded optimizer, sent in every step
  // Writes the gradient by the hidden states, which is that of the loss, and adds the head's.
  using HeadBackward =
      FunctionRef<void(size_t begin, const MicroBatch&, const Activations&, const TensorView&)>;
  void accumulate_through(std::span<const TrainSequence> sequences, HeadBackward head,
                          RangeReady ready);
  void backward(MicroBatch& micro, size_t begin, HeadBackward head, bool last, RangeReady ready);
  ops::HeadTargets targets(const MicroBatch& micro, double inverse_temperature) const;
  void report(int64_t begin, int64_t end, RangeReady ready) const;
  void report_layer(int64_t idx, RangeReady ready) const;
  void report_rest(RangeReady ready) const;  // embedding, final norm, head
  // The gradients where they are computed.
  const ParamSet& sums() const { return settings_.is_offloaded() ? *gpu_grads_ : *grads_; }

  ModelConfig config_;
  ComputeSettings settings_;
  std::unique_ptr<kernels::ProductLibrary> products_;  // of stream_; none: our own
  Stream stream_;
  ParamSet master_;
  ModelWeights weights_;
  Transformer model_;
  std::unique_ptr<ParamSet> grads_;  // made by the first accumulate()
  std::vector<std::unique_ptr<gpu::PageLock>> page_locks_;
  std::unique_ptr<ParamSet> gpu_grads_;  // where they are summed, if that is not where they end
  // Tied heads: the lookup's gradient is summed apart and added last, so that the order of sums
  // does not depend on the micro-batches.
  std::unique_ptr<Tensor> lookup_grads_;  // [vocab, hidden]
  std::unique_ptr<Arena> arena_;          // made by the first pass, of its size
  Pass arena_fits_ = Pass::kNone;
  std::unique_ptr<KvPages> pages_;
};

}  // namespace r1
