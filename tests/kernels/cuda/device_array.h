// Memory of the device that the tests of kernels/cuda run on: a GPU, or the emulation of one. Which
// of the two is decided by what a test is linked with.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "libr1/core/gpu.h"
#include "libr1/core/types.h"
#include "tests/needed.h"

namespace r1::kernels {

// Another order of blocks and threads from here on, where that can be chosen.
void reseed(uint64_t seed);

// Bytes to leave behind an array and look at later: none where the page behind it is out of reach.
int64_t fence_behind();
void* device_allocate(int64_t size_in_bytes);  // for gpu::release

inline Stream device_stream() { return {}; }

// Elements on the device between bytes that nobody may write.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values)
      : count_(static_cast<int64_t>(values.size())), bytes_(device_allocate(total_bytes())) {
    std::vector<uint8_t> image(static_cast<size_t>(total_bytes()), kCanary);
    std::copy_n(reinterpret_cast<const uint8_t*>(values.data()), count_ * sizeof(T),
                image.data() + kFence);
    gpu::copy(image.data(), bytes_, total_bytes(), device_stream());
    gpu::synchronize(device_stream());
  }
  ~DeviceArray() { gpu::release(bytes_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return reinterpret_cast<T*>(static_cast<uint8_t*>(bytes_) + kFence); }
  int64_t size() const { return count_; }

  std::vector<T> host() const {
    std::vector<uint8_t> image(static_cast<size_t>(total_bytes()));
    gpu::copy(bytes_, image.data(), total_bytes(), device_stream());
    gpu::synchronize(device_stream());
    const auto intact = [](uint8_t byte) { return byte == kCanary; };
    const auto end = image.begin() + kFence + count_ * static_cast<int64_t>(sizeof(T));
    EXPECT_TRUE(std::all_of(image.begin(), image.begin() + kFence, intact)) << "written before";
    EXPECT_TRUE(std::all_of(end, image.end(), intact)) << "written behind";
    std::vector<T> values(static_cast<size_t>(count_));
    std::copy_n(image.data() + kFence, count_ * sizeof(T),
                reinterpret_cast<uint8_t*>(values.data()));
    return values;
  }

 private:
  static constexpr int64_t kFence = 256;
  static constexpr uint8_t kCanary = 0xa5;
  int64_t total_bytes() const {
    return kFence + fence_behind() + count_ * static_cast<int64_t>(sizeof(T));
  }

  int64_t count_;
  void* bytes_;
};

class OnDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (gpu::count() == 0) GTEST_SKIP() << testing::missing("no GPU here: " + gpu::why_none());
  }
};

// Runs body() under several orders of blocks and threads; the bits must be equal. Returns them.
template <class Body>
auto same_in_all_orders(Body body) {
  reseed(1);
  const auto expected = body();
  for (const uint64_t seed : {2, 3}) {
    reseed(seed);
    const auto found = body();
    EXPECT_EQ(found.size(), expected.size());
    EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(found[0])), 0)
        << "order " << seed;
  }
  return expected;
}

}  // namespace r1::kernels
