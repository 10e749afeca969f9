#include "libr1/tensor/tensor.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <utility>

namespace r1 {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Body>
void expect_run_error(const std::string& part, Body body) {
  try {
    body();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kRun);
    EXPECT_THAT(error.what(), HasSubstr(part));
  }
}

TEST(Shape, KnowsRankSizeAndName) {
  EXPECT_EQ(Shape().rank(), 0);
  EXPECT_EQ(Shape().size(), 1);
  EXPECT_EQ(Shape({2, 3, 4, 5}).size(), 120);
  EXPECT_EQ(Shape({2, 0, 4}).size(), 0);
  EXPECT_EQ(Shape({2, 3}).to_string(), "[2, 3]");
  EXPECT_EQ(Shape().to_string(), "[]");
  EXPECT_EQ(Shape({2, 3}), Shape({2, 3}));
  EXPECT_NE(Shape({2, 3}), Shape({2, 3, 1}));
  EXPECT_NE(Shape({0}), Shape());
}

TEST(Shape, RefusesWhatIsNoShape) {
  expect_run_error("at most 4", [] { Shape({1, 2, 3, 4, 5}); });
  expect_run_error("negative: -1", [] { Shape({3, -1}); });
  expect_run_error("overflows", [] { (void)Shape({int64_t{1} << 40, int64_t{1} << 40}).size(); });
}

TEST(Tensor, IsZeroedAndAligned) {
  for (const int64_t size : {1, 15, 16, 17, 1000}) {
    const Tensor tensor({size}, Dtype::kBf16);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.view().bytes) % 64, 0u);
    for (const Bf16 x : tensor.view().span<Bf16>()) EXPECT_EQ(x.bits, 0);
  }
  EXPECT_EQ(Tensor({0, 5}, Dtype::kF32).view().size(), 0);
}

TEST(Tensor, KeepsItsMemoryWhenMoved) {
  Tensor a({4}, Dtype::kF32);
  a.view().data<float>()[2] = 5;
  float* const memory = a.view().data<float>();
  Tensor b = std::move(a);
  EXPECT_EQ(b.view().data<float>(), memory);
  Tensor c({9}, Dtype::kF32);
  c = std::move(b);
  EXPECT_EQ(c.view().data<float>()[2], 5);
  EXPECT_EQ(c.view().shape, Shape({4}));
}

TEST(Tensor, RefusesMoreMemoryThanThereIs) {
  expect_run_error("cannot allocate", [] { Tensor({int64_t{1} << 50}, Dtype::kF32); });
}

TEST(TensorView, GivesElementsOfItsDtypeOnly) {
  const Tensor tensor({2, 3}, Dtype::kBf16);
  EXPECT_EQ(tensor.view().size_in_bytes(), 12);
  expect_run_error("[2, 3] holds bf16, asked for f32", [&] { tensor.view().data<float>(); });
}

TEST(TensorView, CutsRows) {
  float data[24];
  for (int i = 0; i < 24; ++i) data[i] = static_cast<float>(i);
  const TensorView view = view_of(data, {4, 3, 2});
  const TensorView middle = view.rows(1, 2);
  EXPECT_EQ(middle.shape, Shape({2, 3, 2}));
  EXPECT_EQ(middle.data<float>()[0], 6);
  EXPECT_EQ(view.rows(4, 0).size(), 0);
  EXPECT_EQ(view_of(data, {0, 3}).rows(0, 0).size(), 0);
  expect_run_error("[3, 5) of a tensor [4, 3, 2]", [&] { (void)view.rows(3, 2); });
  expect_run_error("rows", [&] { (void)view.rows(-1, 2); });
  expect_run_error("rows", [&] { (void)view.rows(1, -1); });
  expect_run_error("rows", [&] { (void)view_of(data, {}).rows(0, 1); });
}

TEST(TensorView, TakesAnotherShapeOfTheSameSize) {
  float data[12] = {};
  EXPECT_EQ(view_of(data, {3, 4}).reshaped({2, 6}).shape, Shape({2, 6}));
  expect_run_error("[3, 4] as [5]", [&] { (void)view_of(data, {3, 4}).reshaped({5}); });
}

}  // namespace
}  // namespace r1
