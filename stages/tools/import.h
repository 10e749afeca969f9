// Foreign files into ours.
#pragma once

#include <string>

namespace r1 {

// A Hugging Face folder (config.json, tokenizer.json, safetensors in one file or several) into one
// model.h5. Fault::kInput names what is missing, of another shape, or not expected.
void import_model(const std::string& folder, const std::string& out);

// Which fields of a JSONL row are what.
struct QuestionImport {
  std::string rows, out;  // JSONL file; HDF5 file to write
  std::string question = "question", answer = "answer";
  std::string extraction = "none";  // how the reference stands in the answer field
  std::string verifier = "number";
  std::string language, source;
  int64_t limit = 0;  // rows; 0: all
};
void import_questions(const QuestionImport& settings);

}  // namespace r1
