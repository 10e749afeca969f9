#include "libr1/tensor/param_set.h"

#include <gmock/gmock.h>

namespace r1 {
namespace {

ParamTable some_table() {
  ParamTable table;
  table.add("embed", {5, 4}, true);
  table.add("norm", {4}, false);
  table.add("q", {6, 4}, true);
  table.add("k", {2, 4}, true);
  table.add("v", {2, 4}, true);
  return table;
}

TEST(ParamTable, FollowsEntriesWithoutGaps) {
  const ParamTable table = some_table();
  int64_t offset = 0;
  for (const ParamEntry& entry : table.entries()) {
    EXPECT_EQ(entry.offset, offset);
    offset += entry.shape.size();
  }
  EXPECT_EQ(table.total_size(), offset);
  EXPECT_EQ(table.find("k"), 3);
  EXPECT_EQ(table.find("K"), -1);
  EXPECT_FALSE(table[1].decay);
}

TEST(ParamTable, RefusesANameTwice) {
  ParamTable table = some_table();
  EXPECT_THROW(table.add("norm", {3}, false), Error);
  EXPECT_EQ(table.total_size(), 20 + 4 + 24 + 8 + 8);
}

TEST(ParamSet, EntriesAreWindowsIntoOneZeroedRange) {
  const ParamSet set(some_table(), Dtype::kF32);
  const auto flat = set.flat().span<float>();
  ASSERT_EQ(flat.size(), 64u);
  for (const float x : flat) EXPECT_EQ(x, 0.0f);
  set[1].data<float>()[3] = 7;
  EXPECT_EQ(flat[23], 7.0f);
  EXPECT_EQ(set[2].shape, Shape({6, 4}));
  EXPECT_EQ(set[4].data<float>() + 8, flat.data() + 64);
}

TEST(ParamSet, JoinsNeighboursIntoOneMatrix) {
  const ParamSet set(some_table(), Dtype::kBf16);
  const TensorView qkv = set.joined(2, 4);
  EXPECT_EQ(qkv.shape, Shape({10, 4}));
  EXPECT_EQ(qkv.bytes, set[2].bytes);
  EXPECT_EQ(qkv.rows(8, 2).bytes, set[4].bytes);
  EXPECT_EQ(set.joined(1, 1).shape, Shape({4}));
}

TEST(ParamSet, RefusesToJoinWhatIsNoMatrix) {
  const ParamSet set(some_table(), Dtype::kF32);
  EXPECT_THROW(set.joined(1, 2), Error);  // a vector and a matrix
  ParamTable table;
  table.add("a", {2, 4}, true);
  table.add("b", {2, 5}, true);
  EXPECT_THROW(ParamSet(table, Dtype::kF32).joined(0, 1), Error);
}

TEST(ParamSet, MayBeEmpty) { EXPECT_EQ(ParamSet({}, Dtype::kF32).flat().size(), 0); }

}  // namespace
}  // namespace r1
