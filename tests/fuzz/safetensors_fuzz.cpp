// Fuzz target: any bytes as a safetensors file. Reading ends in an input error, or in tensors
// of floats that can be read.
#include "libr1/storage/safetensors.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/refuse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const r1::fuzz::InputFile file(data, size);
  r1::fuzz::refuse_or([&] {
    const r1::SafetensorsReader reader(file.path());
    for (const std::string& name : reader.names())
      if (reader.dtype(name).find('F') != std::string::npos)
        reader.read(name, r1::Tensor(reader.shape(name), r1::Dtype::kF32));
  });
  return 0;
}
