#include "libr1/parallel/process_group.h"

#include <algorithm>
#include <cstring>

#include "kernels/elementwise.h"

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

}  // namespace

void ProcessGroup::all_gather_values(const TensorView& mine, const TensorView& all,
                                     const char* what) {
  start_all_gather(mine, all, what)->wait();
}

void ProcessGroup::all_reduce_sum(const TensorView& data, const char* what) {
  if (size() == 1 || data.size() == 0) return;
  R1_CHECK(data.device == Device::kCpu, what, ": ranks on ", to_string(data.device),
           " sum over a group that was made for it");
  // Everyone's whole data: for few ranks hardly more than two rounds of slices, in one round.
  const Tensor all({size(), data.size()}, data.dtype);
  all_gather_values(data.reshaped({data.size()}), all.view(), what);
  const auto add = [&]<class T>(T* sum) {
    kernels::sum_parts<Device::kCpu, T>(size(), data.size(), all.view().data<T>(), sum, {});
  };
  if (data.dtype == Dtype::kBf16) return add(data.data<Bf16>());
  if (data.dtype == Dtype::kF64) return add(data.data<double>());
  add(data.data<float>());
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
