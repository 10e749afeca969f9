// What is in a file of ours, for people.
#pragma once

#include <string>

namespace r1 {

// A checkpoint's folder, or a stage's, whose newest checkpoint is shown, or another with a
// model.h5; a model.h5, another HDF5 file of a checkpoint, or a data set: tensors, texts, rows,
// checksums and the model's lineage. Verifies a checkpoint's checksums. Fault::kInput for anything
// else.
std::string inspect(const std::string& path);

// On one line, of at most `length` bytes and "..." where there were more.
std::string shortened(std::string text, size_t length);

}  // namespace r1
