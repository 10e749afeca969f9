#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <thread>

#include "libr1/core/philox.h"
#include "libr1/parallel/mpi_group.h"
#include "libr1/parallel/root_work.h"
#include "tests/mpi/world.h"

namespace r1 {
namespace {

using testing::world;

template <class T>
T value_of(int rank, int64_t i) {
  return static_cast<T>(
      Random(3, "values").normal(static_cast<uint32_t>(rank), static_cast<uint32_t>(i)));
}

template <class T>
void reduce_scatter_and_gather(int64_t slice) {
  const int size = world().size();
  std::vector<T> bucket(static_cast<size_t>(slice * size)), mine(static_cast<size_t>(slice));
  for (int64_t i = 0; i < slice * size; ++i)
    bucket[static_cast<size_t>(i)] = value_of<T>(world().rank(), i);
  for (int repeat = 0; repeat < 3; ++repeat) {
    world()
        .start_reduce_scatter(view_of(bucket.data(), {slice * size}), view_of(mine.data(), {slice}),
                              "reduce")
        ->wait();
    for (int64_t i = 0; i < slice; ++i) {
      T expected = value_of<T>(0, world().rank() * slice + i);  // in rank order, to the last bit
      for (int rank = 1; rank < size; ++rank)
        expected += value_of<T>(rank, world().rank() * slice + i);
      ASSERT_EQ(mine[static_cast<size_t>(i)], expected);
    }
  }
  std::vector<T> gathered(static_cast<size_t>(slice * size));
  world()
      .start_all_gather(view_of(mine.data(), {slice}), view_of(gathered.data(), {slice * size}),
                        "gather")
      ->wait();
  for (int64_t i = 0; i < slice * size; ++i) {
    T expected = value_of<T>(0, i);
    for (int rank = 1; rank < size; ++rank) expected += value_of<T>(rank, i);
    ASSERT_EQ(gathered[static_cast<size_t>(i)], expected);
  }
}

TEST(Group, ReducesInRankOrderAndGathers) {
  for (const int64_t slice : {1, 7, 1000, 100'003}) {
    reduce_scatter_and_gather<float>(slice);
    reduce_scatter_and_gather<double>(slice);
  }
}

TEST(Group, SeveralReductionsMayBeUnderWay) {
  const int size = world().size();
  constexpr int kBuckets = 9;
  std::vector<std::vector<float>> buckets(kBuckets), mine(kBuckets);
  std::vector<std::unique_ptr<Work>> work;
  for (int b = 0; b < kBuckets; ++b) {
    buckets[static_cast<size_t>(b)].assign(static_cast<size_t>(50 * size),
                                           static_cast<float>(b + world().rank()));
    mine[static_cast<size_t>(b)].resize(50);
    work.push_back(
        world().start_reduce_scatter(view_of(buckets[static_cast<size_t>(b)].data(), {50 * size}),
                                     view_of(mine[static_cast<size_t>(b)].data(), {50}), "bucket"));
  }
  for (int b = kBuckets - 1; b >= 0; --b) {
    work[static_cast<size_t>(b)]->wait();
    EXPECT_EQ(mine[static_cast<size_t>(b)][49],
              static_cast<float>(b * size + size * (size - 1) / 2));
  }
}

TEST(Group, BroadcastsAndGathersBytes) {
  for (int root = 0; root < world().size(); ++root) {
    const std::string mine = world().rank() == root ? "from " + std::to_string(root) : "";
    EXPECT_EQ(world().broadcast(mine, root, "bytes"), "from " + std::to_string(root));
  }
  const auto all =
      world().all_gather(std::string(static_cast<size_t>(world().rank()), 'x'), "uneven");
  for (int rank = 0; rank < world().size(); ++rank)
    EXPECT_EQ(all[static_cast<size_t>(rank)].size(), static_cast<size_t>(rank));
}

TEST(Group, RanksWaitForRootsWorkLongerThanForEachOther) {
  const auto impatient = mpi_world_group(3);
  bool done = false;
  on_root(*impatient, "long work", [&](FunctionRef<void()> goes_on) {
    for (int i = 0; i < 40; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      goes_on();
    }
    done = true;
  });
  EXPECT_EQ(done, world().rank() == 0);
}

TEST(Group, ExchangesUnevenBytes) {
  const int size = world().size(), me = world().rank();
  const auto message = [](int from, int to) {
    return std::string(static_cast<size_t>((from * 7 + to * 1003) % 5000),
                       static_cast<char>('a' + from));
  };
  std::vector<std::string> out;
  for (int to = 0; to < size; ++to) out.push_back(message(me, to));
  const auto in = world().exchange(out, "exchange");
  for (int from = 0; from < size; ++from)
    EXPECT_EQ(in[static_cast<size_t>(from)], message(from, me));
}

TEST(Group, SumsAndMaxima) {
  const int size = world().size();
  EXPECT_EQ(world().sum(int64_t{world().rank()}, "sum"), size * (size - 1) / 2);
  EXPECT_EQ(world().max(static_cast<double>(-world().rank()), "max"), 0);
  std::vector<double> values = {1, static_cast<double>(world().rank())};
  world().all_reduce_sum(values, "sums");
  EXPECT_EQ(values, (std::vector<double>{double(size), size * (size - 1) / 2.0}));
}

TEST(Group, CounterHandsOutEachNumberOnce) {
  const auto counter = world().make_counter();
  for (int round = 0; round < 3; ++round) {
    counter->reset();
    std::string mine;
    for (int64_t n; (n = counter->next()) < 500;) mine += std::to_string(n) + " ";
    std::vector<int> seen(500);
    for (const std::string& numbers : world().all_gather(mine, "numbers")) {
      std::istringstream in(numbers);
      for (int n; in >> n;) ++seen[static_cast<size_t>(n)];
    }
    EXPECT_EQ(seen, std::vector<int>(500, 1));
  }
}

}  // namespace
}  // namespace r1
