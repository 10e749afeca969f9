#include "libr1/model/init.h"

#include <cmath>
#include <string_view>

#include "libr1/core/philox.h"

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

template <class A>
void fill(const ModelConfig& config, const InitSettings& settings, const Random& random,
          const ParamSet& params) {
  for (size_t i = 0; i < params.table().entries().size(); ++i) {
    const ParamEntry& entry = params.table().entries()[i];
    A* values = params[static_cast<int>(i)].data<A>();
    const bool is_norm = entry.name.ends_with("norm.weight");
    for (int64_t j = 0; j < entry.shape.size(); ++j)
      values[j] = !entry.decay ? static_cast<A>(is_norm ? 1 : 0)
                               : static_cast<A>(entry_std(config, settings, entry) *
                                                random.normal(static_cast<uint32_t>(j),
                                                              static_cast<uint32_t>(j >> 32),
                                                              static_cast<uint32_t>(i)));
  }
}

}  // namespace

void initialize(const ModelConfig& config, const InitSettings& settings, uint64_t seed,
                const ParamSet& params) {
  const Random random(seed, "init");
  if (params.dtype() == Dtype::kF64)
    fill<double>(config, settings, random, params);
  else
    fill<float>(config, settings, random, params);
}

}  // namespace r1
