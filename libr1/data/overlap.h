// How much one data set has in common with another: decontamination, as a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace r1 {

struct OverlapExample {
  int64_t row = 0, other_row = 0;  // of the two sets, from 0
  std::string text, other_text;
};

struct Overlap {
  int64_t rows = 0, other_rows = 0;
  int64_t overlapping = 0;  // rows of the first that share words with some row of the other
  std::vector<OverlapExample> examples;
};

// By NgramIndex over the column `question` of both: n words on end, or short texts of the same
// words. At most `num_examples` examples. Fault::kInput for a data set without that column.
Overlap find_overlap(const std::string& dataset, const std::string& other, int n,
                     int64_t num_examples);

}  // namespace r1
