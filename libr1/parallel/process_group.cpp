#include "libr1/parallel/process_group.h"

#include <algorithm>
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

}  // namespace

FlatRange ProcessGroup::elements_of(const TensorView& data, int r) const {
  const FlatRange rows = part_of(data.shape[0], r, size());
  const int64_t columns = data.size() / std::max<int64_t>(1, data.shape[0]);
  return {rows.begin * columns, rows.count * columns};
}

void ProcessGroup::check_part(const TensorView& data, const TensorView& mine,
                              const char* what) const {
  const int64_t expected = elements_of(data, rank()).count;
  R1_CHECK(mine.size() == expected && mine.dtype == data.dtype, what, ": a part ",
           mine.shape.to_string(), " of ", to_string(mine.dtype), ", expected ", expected, " of ",
           to_string(data.dtype));
}

void ProcessGroup::all_reduce_sum(const TensorView& data, const char* what) {
  const TensorView values = data.reshaped({data.size()});
  const FlatRange mine = part_of(data.size(), rank(), size());
  reduce_scatter_rows(values, values.rows(mine.begin, mine.count), what);
  all_gather_rows(values, what);
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
