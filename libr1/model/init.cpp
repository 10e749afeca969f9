#include "libr1/model/init.h"

#include <cmath>
#include <string_view>

#include "libr1/core/philox.h"
#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

double entry_std(const ModelConfig& config, const InitSettings& settings, const ParamEntry& entry) {
  const std::string_view name = entry.name;
  if (name == "model.embed_tokens.weight") return settings.embedding_std;
  const double std = settings.matrix_std > 0 ? settings.matrix_std
                                             : 1 / std::sqrt(static_cast<double>(entry.shape[1]));
  const bool writes_residual =
      name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
  return settings.scale_residual && writes_residual
             ? std / std::sqrt(2.0 * static_cast<double>(config.layers))
             : std;
}

template <class T>
void fill(const ModelConfig& config, const InitSettings& settings, const Random& random,
          const ParamSet& params, const TensorParallel& tp) {
  const ParamTable table = model_layout(config).table;
  for (int i = 0; i < std::ssize(table.entries()); ++i) {
    const ParamEntry& entry = table[i];  // of the whole model
    const double std = entry.decay ? entry_std(config, settings, entry) : 0;
    const auto constant = narrow<T>(entry.name.ends_with("norm.weight") ? 1 : 0);
    const auto value = [&](int64_t j) {
      return entry.decay ? narrow<T>(std * random.normal(static_cast<uint32_t>(j),
                                                         static_cast<uint32_t>(j >> 32),
                                                         static_cast<uint32_t>(i)))
                         : constant;
    };
    const TensorView mine = params[i];
    const int64_t columns = entry.shape.rank() > 1 ? entry.shape[1] : 1;
    const HostView filled = HostView::to_fill(mine, {});
    T* to = filled.view().data<T>();
    for (const Block& block : tp.blocks(entry.shape, mine.shape, {0, mine.size()}))
      for (int64_t row = block.rows.begin; row < block.rows.end(); ++row)
        for (int64_t column = block.columns.begin; column < block.columns.end(); ++column)
          *to++ = value(row * columns + column);
    filled.store();
  }
}

}  // namespace

void initialize(const ModelConfig& config, const InitSettings& settings, uint64_t seed,
                const ParamSet& params, const TensorParallel& tp) {
  const Random random(seed, "init");
  if (params.dtype() == Dtype::kF64)
    fill<double>(config, settings, random, params, tp);
  else if (params.dtype() == Dtype::kF32)
    fill<float>(config, settings, random, params, tp);
  else
    fill<Bf16>(config, settings, random, params, tp);
}

}  // namespace r1
