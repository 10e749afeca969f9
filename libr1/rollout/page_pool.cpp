#include "libr1/rollout/page_pool.h"

#include "libr1/core/error.h"

namespace r1 {

PagePool::PagePool(int64_t num_pages) : uses_(static_cast<size_t>(num_pages), 0) {
  for (int64_t page = num_pages - 1; page >= 0; --page) free_.push_back(static_cast<int32_t>(page));
}

int32_t PagePool::take() {
  R1_CHECK(!free_.empty(), "all ", uses_.size(), " cache pages are in use");
  const int32_t page = free_.back();
  free_.pop_back();
  uses_[static_cast<size_t>(page)] = 1;
  return page;
}

void PagePool::share(int32_t page) {
  R1_CHECK(uses_[static_cast<size_t>(page)] > 0, "cache page ", page,
           " is free and cannot be shared");
  ++uses_[static_cast<size_t>(page)];
}

void PagePool::release(int32_t page) {
  R1_CHECK(uses_[static_cast<size_t>(page)] > 0, "cache page ", page, " is released twice");
  if (--uses_[static_cast<size_t>(page)] == 0) free_.push_back(page);
}

}  // namespace r1
