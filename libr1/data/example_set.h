// Examples to learn from by imitation, as text, so that any tokenizer can read them. A data set's
// columns: question, response (without an end token), language, source (texts). More columns may
// stand beside them, such as the tokens and rewards of what a model generated.
#pragma once

#include <string>
#include <vector>

#include "libr1/storage/dataset.h"

namespace r1 {

struct Example {
  std::string question, response, language, source;
};

class ExampleSet {
 public:
  // Fault::kInput names file and row: no rows, an empty question or response.
  explicit ExampleSet(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<Example>& examples() const { return examples_; }

 private:
  std::string path_;
  std::vector<Example> examples_;
};

std::vector<Column> example_columns();
// One row of a data set with these columns alone.
void write_example(DatasetWriter& writer, const Example& example);

}  // namespace r1
