#include "libr1/parallel/process_group.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace r1 {
namespace {

template <class T>
std::vector<T> gather_values(ProcessGroup& group, T value, const char* what) {
  std::vector<T> values;
  for (const std::string& bytes :
       group.all_gather({reinterpret_cast<const char*>(&value), sizeof value}, what)) {
    T one;
    std::memcpy(&one, bytes.data(), sizeof one);
    values.push_back(one);
  }
  return values;
}

float widened(Bf16 x) { return to_float(x); }
float widened(float x) { return x; }
double widened(double x) { return x; }
void store(float x, Bf16& place) { place = to_bf16(x); }
void store(float x, float& place) { place = x; }
void store(double x, double& place) { place = x; }

// sum = all[0] + all[1] + ..., each [sum.size()]
template <class T>
void add_in_order(const TensorView& all, const TensorView& sum) {
  using A = Accumulator<T>;
  constexpr int64_t kBlock = 1024;
  const int64_t count = sum.size(), parts = all.size() / count;
  std::array<A, kBlock> block;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t size = std::min(kBlock, count - begin);
    for (int64_t part = 0; part < parts; ++part) {
      const T* values = all.data<T>() + part * count + begin;
      for (int64_t i = 0; i < size; ++i) {
        A& total = block[static_cast<size_t>(i)];
        total = part == 0 ? widened(values[i]) : total + widened(values[i]);
      }
    }
    for (int64_t i = 0; i < size; ++i)
      store(block[static_cast<size_t>(i)], sum.data<T>()[begin + i]);
  }
}

}  // namespace

void ProcessGroup::all_reduce_sum(const TensorView& data, const char* what) {
  if (size() == 1 || data.size() == 0) return;
  // Everyone's whole data: for few ranks hardly more than two rounds of slices, in one round.
  const Tensor all({size(), data.size()}, data.dtype);
  start_all_gather(data.reshaped({data.size()}), all.view(), what)->wait();
  if (data.dtype == Dtype::kBf16) return add_in_order<Bf16>(all.view(), data);
  if (data.dtype == Dtype::kF64) return add_in_order<double>(all.view(), data);
  add_in_order<float>(all.view(), data);
}

void ProcessGroup::all_reduce_sum(std::vector<double>& values, const char* what) {
  const size_t bytes = values.size() * sizeof(double);
  const auto all = all_gather({reinterpret_cast<const char*>(values.data()), bytes}, what);
  std::vector<double> one(values.size());
  std::fill(values.begin(), values.end(), 0.0);
  for (const std::string& part : all) {
    R1_CHECK(part.size() == bytes, what, ": ranks sum lists of ", part.size() / sizeof(double),
             " and ", values.size(), " numbers");
    if (bytes) std::memcpy(one.data(), part.data(), bytes);
    for (size_t i = 0; i < values.size(); ++i) values[i] += one[i];
  }
}

double ProcessGroup::sum(double value, const char* what) {
  double total = 0;
  for (const double one : gather_values(*this, value, what)) total += one;
  return total;
}

int64_t ProcessGroup::sum(int64_t value, const char* what) {
  int64_t total = 0;
  for (const int64_t one : gather_values(*this, value, what)) total += one;
  return total;
}

double ProcessGroup::max(double value, const char* what) {
  return std::ranges::max(gather_values(*this, value, what));
}

int64_t ProcessGroup::max(int64_t value, const char* what) {
  return std::ranges::max(gather_values(*this, value, what));
}

std::string ProcessGroup::broadcast(std::string bytes, int root, const char* what) {
  return all_gather(rank() == root ? std::string_view(bytes) : std::string_view(), what)
      .at(static_cast<size_t>(root));
}

}  // namespace r1
