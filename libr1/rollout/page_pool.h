// Which cache pages are free, and how many sequences share each one that is not.
#pragma once

#include <cstdint>
#include <vector>

namespace r1 {

class PagePool {
 public:
  explicit PagePool(int64_t num_pages);

  int64_t num_free() const { return static_cast<int64_t>(free_.size()); }
  int64_t num_pages() const { return static_cast<int64_t>(uses_.size()); }
  int32_t take();              // used once; throws when none is free
  void share(int32_t page);    // one more user
  void release(int32_t page);  // one user less; free again after the last

 private:
  std::vector<int32_t> free_;
  std::vector<int32_t> uses_;
};

}  // namespace r1
