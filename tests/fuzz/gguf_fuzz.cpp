// Fuzz target: any bytes as a GGUF file. Reading ends in an input error, or in tensors that
// can be read row by row; its model and tokenizer too.
#include "libr1/model/gguf_model.h"
#include "libr1/model/gguf_tokenizer.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/refuse.h"

namespace {

using r1::fuzz::refuse_or;

void read_tensors(const r1::TensorSource& tensors) {
  for (const std::string& name : tensors.names()) {
    std::vector<int64_t> dims = tensors.shape(name).dims();
    for (int64_t row = 0; row < std::min<int64_t>(dims[0], 64); ++row) {
      std::vector<int64_t> one = dims;
      one[0] = 1;
      tensors.read_rows(name, row, r1::Tensor(r1::Shape(one), r1::Dtype::kF32));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const r1::fuzz::InputFile file(data, size);
  refuse_or([&] {
    const r1::GgufReader gguf(file.path());
    refuse_or([&] { read_tensors(gguf); });
    refuse_or([&] { read_tensors(r1::GgufModelTensors(gguf, r1::model_config_from_gguf(gguf))); });
    refuse_or([&] { r1::tokenizer_from_gguf(gguf); });
  });
  return 0;
}
