// Models as llama.cpp stores them (make_gguf_fixtures.py): the same numbers and the same weights,
// to the bit, as from the Hugging Face folder.
#include <gtest/gtest.h>

#include <cstring>

#include "libr1/config/config.h"
#include "libr1/core/file.h"
#include "libr1/model/gguf_model.h"
#include "libr1/model/hugging_face.h"
#include "libr1/model/layout.h"
#include "libr1/storage/safetensors.h"

namespace r1 {
namespace {

class GgufModel : public ::testing::TestWithParam<const char*> {};

TEST_P(GgufModel, IsTheOneOfTheFolder) {
  const std::string folder = concat(R1_FIXTURES, "/", GetParam());
  const GgufReader gguf(folder + "/model.gguf");
  const ModelConfig config = model_config_from_gguf(gguf);
  EXPECT_EQ(write_config(config),
            write_config(model_config_from_hugging_face(read_file(folder + "/config.json"),
                                                        folder + "/config.json")));
  const GgufModelTensors found(gguf, config);
  const SafetensorsReader expected(folder);
  const ParamTable table = model_layout(config).table;
  EXPECT_EQ(found.names().size(), table.entries().size());
  for (const ParamEntry& entry : table.entries()) {
    const Tensor ours(entry.shape, Dtype::kF32), theirs(entry.shape, Dtype::kF32);
    expected.read(entry.name, theirs);
    // In parts of 3 rows: the order within a head must not depend on where a part begins.
    for (int64_t row = 0; row < entry.shape[0]; row += 3) {
      const int64_t count = std::min<int64_t>(3, entry.shape[0] - row);
      found.read_rows(entry.name, row, ours.view().rows(row, count));
    }
    EXPECT_EQ(std::memcmp(ours.view().bytes, theirs.view().bytes,
                          static_cast<size_t>(ours.view().size_in_bytes())),
              0)
        << entry.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, GgufModel, ::testing::Values("llama-yarn", "qwen2", "qwen3"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace r1
