#include "libr1/model/config.h"

#include "libr1/core/error.h"
#include "libr1/model/layout.h"

namespace r1 {

void ModelConfig::check() const {
  const auto at_least_one = [](const char* name, int64_t value) {
    R1_CHECK_INPUT(value >= 1, "model: ", name, " is ", value, ", expected at least 1");
  };
  at_least_one("vocab", vocab);
  at_least_one("hidden", hidden);
  at_least_one("layers", layers);
  R1_CHECK_INPUT(layers <= 10000, "model: layers is ", layers, ", expected at most 10000");
  at_least_one("heads", heads);
  at_least_one("kv_heads", kv_heads);
  at_least_one("intermediate", intermediate);
  R1_CHECK_INPUT(heads % kv_heads == 0, "model: kv_heads ", kv_heads, " does not divide heads ",
                 heads);
  R1_CHECK_INPUT(!(tied_head && scalar_head), "model: a scalar head cannot be tied");
  R1_CHECK_INPUT(head_dim >= 2 && head_dim % 2 == 0, "model: head_dim is ", head_dim,
                 ", expected an even number");
}

int64_t ModelConfig::num_parameters() const { return model_layout(*this).table.total_size(); }

int64_t ModelConfig::matmul_size() const {
  const int64_t attention = hidden * head_dim * (2 * heads + 2 * kv_heads);
  return layers * (attention + 3 * hidden * intermediate) + vocab * hidden;
}

}  // namespace r1
