#include "libr1/data/overlap.h"

#include "libr1/core/error.h"
#include "libr1/reward/ngram_index.h"
#include "libr1/storage/dataset.h"

namespace r1 {
namespace {

constexpr const char* kColumn = "question";

// The first row of a data set that shares words with the text; -1 when there is none.
int64_t first_match(const DatasetReader& reader, const std::string& text, int n) {
  NgramIndex index(n);
  index.add(text);
  for (int64_t row = 0; row < reader.rows(); ++row)
    if (index.overlaps(reader.text(kColumn, row))) return row;
  return -1;
}

}  // namespace

Overlap find_overlap(const std::string& dataset, const std::string& other, int n,
                     int64_t num_examples) {
  const DatasetReader first(dataset), second(other);
  for (const DatasetReader* reader : {&first, &second})
    R1_CHECK_INPUT(reader->has_column(kColumn), reader->path(), " has no column '", kColumn,
                   "' to compare");
  NgramIndex index(n);
  for (int64_t row = 0; row < second.rows(); ++row) index.add(second.text(kColumn, row));
  Overlap overlap{first.rows(), second.rows()};
  for (int64_t row = 0; row < first.rows(); ++row) {
    const std::string text = first.text(kColumn, row);
    if (!index.overlaps(text)) continue;
    ++overlap.overlapping;
    if (static_cast<int64_t>(overlap.examples.size()) >= num_examples) continue;
    const int64_t match = first_match(second, text, n);
    if (match >= 0) overlap.examples.push_back({row, match, text, second.text(kColumn, match)});
  }
  return overlap;
}

}  // namespace r1
