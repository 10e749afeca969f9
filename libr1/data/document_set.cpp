#include "libr1/data/document_set.h"

#include "libr1/core/error.h"

namespace r1 {

DocumentSet::DocumentSet(const std::string& path, int64_t vocab) {
  const DatasetReader reader(path);
  R1_CHECK_INPUT(reader.rows() > 0, path, " has no documents");
  for (int64_t row = 0; row < reader.rows(); ++row) {
    Document document{reader.tokens("tokens", row), reader.integer("loss_from", row)};
    const auto size = static_cast<int64_t>(document.tokens.size());
    R1_CHECK_INPUT(document.loss_from >= 1 && document.loss_from <= size, path, ", row ", row,
                   ": loss_from is ", document.loss_from, ", expected 1 to ", size);
    for (const int32_t token : document.tokens)
      R1_CHECK_INPUT(token >= 0 && token < vocab, path, ", row ", row, ": token ", token,
                     " is not one of the model's ", vocab,
                     "; was the data set made with another tokenizer?");
    documents_.push_back(std::move(document));
  }
}

std::vector<Column> document_columns() {
  return {{"tokens", ColumnKind::kTokens},
          {"loss_from", ColumnKind::kInteger},
          {"kind", ColumnKind::kText}};
}

}  // namespace r1
