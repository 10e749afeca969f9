#include "kernels/embedding.h"

#include <vector>

#include "tests/kernels/kernel_test.h"

namespace r1::kernels {
namespace {

constexpr int64_t kVocab = 11;

// Tokens repeat, as they do in text.
std::vector<int32_t> some_ids(int64_t rows) {
  const Random random(3, "ids");
  std::vector<int32_t> ids;
  for (int64_t r = 0; r < rows; ++r)
    ids.push_back(static_cast<int32_t>(random.below(kVocab, static_cast<uint32_t>(r))));
  return ids;
}

template <class T>
class Embedding : public ::testing::Test {};
TYPED_TEST_SUITE(Embedding, Float32AndBf16);

TYPED_TEST(Embedding, CopiesRows) {
  using T = TypeParam;
  for (const int64_t cols : kOddSizes) {
    const auto table = random_values<T>(kVocab * cols, "table");
    const auto ids = some_ids(2000);
    const auto y = same_on_all_threads([&](Stream stream) {
      auto out = poisoned<T>(2000 * cols);
      embedding_forward<kCpu, T>(2000, cols, ids.data(), {0, kVocab}, table.data(), out.data(),
                                 stream);
      return out;
    });
    for (size_t r = 0; r < ids.size(); ++r)
      ASSERT_EQ(std::memcmp(&y[r * size_t(cols)], &table[size_t(ids[r] * cols)],
                            size_t(cols) * sizeof(T)),
                0);
  }
}

template <class T>
void expect_rows_are_scattered(int64_t cols) {
  constexpr int64_t kRows = 500;
  const auto ids = distinct_ids(kRows);
  const auto x = random_values<T>(kRows * cols, "x");
  auto expected = poisoned<T>(kManyIds * cols);  // stays in the other rows
  for (size_t r = 0; r < ids.size(); ++r)
    for (int64_t i = 0; i < cols; ++i)
      expected[size_t(ids[r] * cols + i)] = x[r * size_t(cols) + size_t(i)];
  const auto found = same_on_all_threads([&](Stream stream) {
    auto y = poisoned<T>(kManyIds * cols);
    scatter_rows<kCpu, T>(kRows, cols, ids.data(), x.data(), y.data(), stream);
    return y;
  });
  EXPECT_TRUE(same_bits(found, expected)) << cols;
}

TYPED_TEST(Embedding, ScattersRowsAndLeavesTheOthers) {
  for (const int64_t cols : kOddSizes) expect_rows_are_scattered<TypeParam>(cols);
}

TEST(EmbeddingDouble, ScattersRowsAndLeavesTheOthers) { expect_rows_are_scattered<double>(19); }

// One chain of float additions an element, in row order, written down plainly.
TYPED_TEST(Embedding, GradientAddsRowsInOrderToWhatIsThere) {
  using T = TypeParam;
  for (const int64_t cols : kOddSizes) {
    const auto ids = some_ids(60);
    const auto dy = random_values<T>(60 * cols, "dy");
    auto expected = random_values<float>(kVocab * cols, "dtable");
    for (size_t r = 0; r < ids.size(); ++r)
      for (int64_t i = 0; i < cols; ++i)
        expected[size_t(ids[r] * cols + i)] +=
            static_cast<float>(widen(dy[r * size_t(cols) + size_t(i)]));
    const auto found = same_on_all_threads([&](Stream stream) {
      auto dtable = random_values<float>(kVocab * cols, "dtable");
      embedding_backward<kCpu, T>(60, cols, ids.data(), {0, kVocab}, dy.data(), dtable.data(),
                                  stream);
      return dtable;
    });
    EXPECT_TRUE(same_bits(found, expected)) << cols;

    auto split = random_values<float>(kVocab * cols, "dtable");
    embedding_backward<kCpu, T>(23, cols, ids.data(), {0, kVocab}, dy.data(), split.data(), {});
    embedding_backward<kCpu, T>(37, cols, ids.data() + 23, {0, kVocab}, dy.data() + 23 * cols,
                                split.data(), {});
    EXPECT_TRUE(same_bits(split, expected)) << cols;
  }
}

// What parts find or add, each of its own rows, is what the whole table finds or adds.
template <class T>
void expect_parts_make_the_whole() {
  constexpr int64_t kCols = 19, kRows = 40;
  using A = Accumulator<T>;
  const auto ids = some_ids(kRows);
  const auto table = random_values<T>(kVocab * kCols, "table");
  const auto dy = random_values<T>(kRows * kCols, "dy");
  auto y = poisoned<T>(kRows * kCols);
  embedding_forward<kCpu, T>(kRows, kCols, ids.data(), {0, kVocab}, table.data(), y.data(), {});
  std::vector<A> dtable(size_t(kVocab * kCols)), joined(dtable);
  embedding_backward<kCpu, T>(kRows, kCols, ids.data(), {0, kVocab}, dy.data(), dtable.data(), {});
  for (const TableRows part : {TableRows{0, 4}, {4, 1}, {5, kVocab - 5}}) {
    auto found = poisoned<T>(kRows * kCols);
    embedding_forward<kCpu, T>(kRows, kCols, ids.data(), part, &table[size_t(part.first * kCols)],
                               found.data(), {});
    for (size_t r = 0; r < ids.size(); ++r)
      for (size_t i = r * kCols; i < (r + 1) * kCols; ++i)
        ASSERT_EQ(widen(found[i]), part.has(ids[r]) ? widen(y[i]) : 0.0) << r;
    embedding_backward<kCpu, T>(kRows, kCols, ids.data(), part, dy.data(),
                                &joined[size_t(part.first * kCols)], {});
  }
  EXPECT_EQ(joined, dtable);
}

TEST(EmbeddingParts, MakeTheWhole) {
  expect_parts_make_the_whole<float>();
  expect_parts_make_the_whole<Bf16>();
  expect_parts_make_the_whole<double>();
}

TEST(EmbeddingDouble, GradientIsTheTransposeOfForward) {
  const auto ids = some_ids(20);
  const auto table = random_values<double>(kVocab * 5, "table");
  const auto dy = random_values<double>(20 * 5, "dy");
  std::vector<double> y(100);
  std::vector<double> dtable(table.size(), 0.0);
  embedding_forward<kCpu, double>(20, 5, ids.data(), {0, kVocab}, table.data(), y.data(), {});
  embedding_backward<kCpu, double>(20, 5, ids.data(), {0, kVocab}, dy.data(), dtable.data(), {});
  EXPECT_NEAR(dot(y, dy), dot(table, dtable), 1e-12);
}

}  // namespace
}  // namespace r1::kernels
