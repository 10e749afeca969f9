#include "tests/kernels/cuda_emulation/block.h"

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <cstring>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "libr1/core/error.h"
#include "tests/kernels/cuda_emulation/memory.h"
#include "tests/kernels/cuda_emulation/shadow.h"

namespace r1::cuda_emulation {

Place place;

namespace {

namespace context = boost::context;

constexpr size_t kStackBytes = 64 * 1024;

// Threads that meet: the last to come opens it for all.
struct Meeting {
  int expected = 0;
  int arrived = 0;
  int round = 0;
  std::string_view what;  // they meet for
};

struct Warp {
  Meeting meeting;
  uint64_t values[2][kWarp] = {};  // of this round and the one before, which some may still read
  SharedWords words[2][kWarp] = {};
};

struct Copy {
  int64_t to;
  const void* from;
  int64_t count, size;
  int group;
};

struct Thread {
  context::fiber fiber;
  const Meeting* waits_at = nullptr;
  int waits_for_round = 0;
  bool done = false;
  Moment moment;
  int copy_group = 0;        // that copies are started in
  std::vector<Copy> copies;  // on their way

  bool may_go_on() const { return !done && !(waits_at && waits_at->round < waits_for_round); }
};

class Block {
 public:
  void run(const char* kernel, const kernels::Grid& grid, int num_threads, int64_t shared_bytes,
           FunctionRef<void()> body);

  void meet(Meeting& meeting, std::string_view what);
  Thread& current() { return threads_[place.thread.x]; }
  Warp& warp() { return warps_[place.thread.x / kWarp]; }
  std::string where() const;

  Meeting all;
  bool any_so_far = false;  // of those that have come to block_any in this round
  bool any = false;         // of the round before
  std::vector<std::byte> shared;
  Shadow shadow;
  std::mt19937_64 random;

 private:
  void start(int num_threads, int64_t shared_bytes);
  context::fiber fiber_of(size_t thread);
  void go_on_with(context::fiber& next, context::fiber& own);
  context::fiber& next();
  [[noreturn]] void report_deadlock() const;

  const char* kernel_ = nullptr;
  FunctionRef<void()>* body_ = nullptr;
  std::vector<Thread> threads_;  // their fibers live from block to block
  std::vector<Warp> warps_;
  std::vector<unsigned> order_;              // of warps
  size_t turn_ = 0;                          // a place in it
  unsigned first_lane_ = 0, lane_step_ = 1;  // the order of the lanes of that warp
  unsigned lane_turn_ = 0;
  bool moved_ = false, warp_moved_ = false;  // since the first place
  size_t left_ = 0;                          // threads that are not done
  context::fiber caller_;                    // of run()
  context::fiber* leaving_ = nullptr;
  std::exception_ptr fault_;
};

Block block;

Index index_of(int64_t i, const kernels::Grid& grid) {
  return {static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x % grid.y),
          static_cast<unsigned>(i / (grid.x * grid.y))};
}

void Block::start(int num_threads, int64_t shared_bytes) {
  const auto count = static_cast<size_t>(num_threads);
  if (threads_.size() != count) {
    threads_.clear();
    threads_.resize(count);
    for (size_t i = 0; i < count; ++i) threads_[i].fiber = fiber_of(i);
    order_.resize(count / kWarp);
    std::iota(order_.begin(), order_.end(), 0u);
  }
  left_ = count;
  turn_ = order_.size() - 1, lane_turn_ = kWarp;
  moved_ = true, warp_moved_ = false;
  for (size_t i = 0; i < count; ++i) {
    threads_[i].done = false;
    threads_[i].moment = {static_cast<int>(i), 0, 0};
    threads_[i].copies.clear();
    threads_[i].copy_group = 0;
  }
  warps_.assign(count / kWarp, {});
  for (Warp& one : warps_) one.meeting.expected = kWarp;
  all = {num_threads, 0, 0, {}};
  any_so_far = any = false;
  // Neither zero nor what the block before has left.
  shared.assign(static_cast<size_t>(shared_bytes), std::byte{0xa5});
  shadow.start_block(shared_bytes);
}

context::fiber Block::fiber_of(size_t thread) {
  return context::fiber(std::allocator_arg, context::fixedsize_stack(kStackBytes),
                        [this, thread](context::fiber&& before) {
                          *leaving_ = std::move(before);
                          for (;;) {
                            try {
                              (*body_)();
                              R1_CHECK(threads_[thread].copies.empty(), where(), " ends with ",
                                       threads_[thread].copies.size(), " copies on their way");
                            } catch (const Error&) {
                              fault_ = std::current_exception();
                            }
                            threads_[thread].done = true;
                            --left_;
                            go_on_with(next(), threads_[thread].fiber);
                          }
                          return std::move(caller_);
                        });
}

// Returns when somebody goes on with `own`. Inlined, as what leads here: a processor guesses
// returns wrong on a stack that is not the one it called from.
[[gnu::always_inline]] inline void Block::go_on_with(context::fiber& next, context::fiber& own) {
  if (&next == &own) return;
  leaving_ = &own;
  context::fiber before = std::move(next).resume();
  *leaving_ = std::move(before);
}

// Warp after warp, the lanes of one turn after turn until all of them wait for other warps, in
// orders of that turn: a warp's stacks stay in the nearest cache. The caller of run() when all
// threads are done, one has failed, or none can go on.
[[gnu::always_inline]] inline context::fiber& Block::next() {
  while (left_ > 0 && !fault_) {
    if (lane_turn_ == kWarp) {
      if (!std::exchange(warp_moved_, false) && ++turn_ == order_.size()) {
        if (!std::exchange(moved_, false)) break;
        std::shuffle(order_.begin(), order_.end(), random);
        turn_ = 0;
      }
      const uint64_t draw = random();
      first_lane_ = static_cast<unsigned>(draw % kWarp);
      lane_step_ = static_cast<unsigned>(draw / kWarp % kWarp) | 1;  // odd: comes to every lane
      lane_turn_ = 0;
    }
    const unsigned i = order_[turn_] * kWarp + (first_lane_ + lane_step_ * lane_turn_++) % kWarp;
    if (!threads_[i].may_go_on()) continue;
    moved_ = warp_moved_ = true;
    place.thread.x = i;
    return threads_[i].fiber;
  }
  return caller_;
}

void Block::run(const char* kernel, const kernels::Grid& grid, int num_threads,
                int64_t shared_bytes, FunctionRef<void()> body) {
  kernel_ = kernel;
  body_ = &body;
  std::vector<int64_t> order(static_cast<size_t>(grid.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::shuffle(order.begin(), order.end(), random);
  place.block_dim = {static_cast<unsigned>(num_threads), 1, 1};
  place.grid_dim = {static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                    static_cast<unsigned>(grid.z)};
  for (const int64_t i : order) {
    place.block = index_of(i, grid);
    start(num_threads, shared_bytes);
    try {
      go_on_with(next(), caller_);
      if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
      if (left_ > 0) report_deadlock();
    } catch (const Error&) {
      threads_.clear();  // unwinds those that still wait
      throw;
    }
  }
}

[[gnu::always_inline]] inline void Block::meet(Meeting& meeting, std::string_view what) {
  Thread& thread = current();
  if (meeting.arrived == 0) meeting.what = what;
  R1_CHECK(meeting.what.data() == what.data() || meeting.what == what, where(), " comes to ", what,
           " where other threads wait at ", meeting.what);
  thread.waits_at = &meeting;
  thread.waits_for_round = meeting.round + 1;
  if (++meeting.arrived == meeting.expected) {
    meeting.arrived = 0;
    ++meeting.round;
  } else {
    go_on_with(next(), thread.fiber);
  }
  thread.waits_at = nullptr;
}

std::string Block::where() const {
  return concat("kernel ", kernel_, ", block ", place.block.x, " ", place.block.y, " ",
                place.block.z, ", thread ", place.thread.x);
}

void Block::report_deadlock() const {
  std::string waiting;
  for (const Thread& thread : threads_)
    waiting += thread.done ? '.' : thread.waits_at == &all ? 'B' : 'w';
  throw_error(Fault::kRun, concat(where(),
                                  ": threads wait at barriers that others never come to; "
                                  "B waits for its block, w for its warp, . has ended: ",
                                  waiting));
}

}  // namespace

void set_seed(uint64_t seed) { block.random.seed(seed); }

void run_grid(const char* kernel, const kernels::Grid& grid, int num_threads, int64_t shared_bytes,
              FunctionRef<void()> thread) {
  const OpenMemory open;
  block.run(kernel, grid, num_threads, shared_bytes, thread);
}

void block_barrier() {
  block.meet(block.all, "__syncthreads");
  ++block.current().moment.block_epoch;
}

bool block_any(bool value) {
  block.any_so_far |= value;
  if (block.all.arrived + 1 == block.all.expected)
    block.any = std::exchange(block.any_so_far, false);
  block.meet(block.all, "__syncthreads_or");
  ++block.current().moment.block_epoch;
  return block.any;
}

void warp_barrier() {
  block.meet(block.warp().meeting, "__syncwarp");
  ++block.current().moment.warp_epoch;
}

// Orders no memory, as the real one.
uint64_t warp_exchange(uint64_t value, int source) {
  Warp& warp = block.warp();
  R1_CHECK(source >= 0 && source < kWarp, block.where(), ": no such lane: ", source);
  auto& values = warp.values[warp.meeting.round % 2];
  values[place.thread.x % kWarp] = value;
  block.meet(warp.meeting, "a shuffle");
  return values[source];
}

uint32_t warp_ballot(bool value) {
  Warp& warp = block.warp();
  auto& values = warp.values[warp.meeting.round % 2];
  values[place.thread.x % kWarp] = value;
  block.meet(warp.meeting, "__ballot_sync");
  uint32_t bits = 0;
  for (int lane = 0; lane < kWarp; ++lane) bits |= values[lane] ? 1u << lane : 0;
  return bits;
}

const SharedWords* warp_share(const SharedWords& words, std::string_view what) {
  Warp& warp = block.warp();
  auto& all = warp.words[warp.meeting.round % 2];
  all[place.thread.x % kWarp] = words;
  block.meet(warp.meeting, what);
  return all;
}

int64_t shared_size() { return static_cast<int64_t>(block.shared.size()); }

std::byte* touch_shared(int64_t begin, int64_t size, Access access) {
  R1_CHECK(begin >= 0 && begin + size <= shared_size(), block.where(), ": shared byte ", begin,
           " is outside of the ", shared_size(), " of this launch");
  const char* wrong = block.shadow.touch(begin, size, access, block.current().moment);
  R1_CHECK(!wrong, block.where(), ": shared byte ", begin, " ", wrong);
  return block.shared.data() + begin;
}

void start_copy(int64_t to, const void* from, int64_t count, int64_t size) {
  std::memset(touch_shared(to, size, Access::kWrite), 0xff, static_cast<size_t>(size));
  Thread& thread = block.current();
  thread.copies.push_back({to, from, count, size, thread.copy_group});
}

void end_copy_group() { ++block.current().copy_group; }

void wait_for_copies(int groups_left) {
  Thread& thread = block.current();
  std::erase_if(thread.copies, [&](const Copy& copy) {
    if (copy.group >= thread.copy_group - groups_left) return false;
    std::byte* to = touch_shared(copy.to, copy.size, Access::kWrite);
    std::memcpy(to, copy.from, static_cast<size_t>(copy.count));
    std::memset(to + copy.count, 0, static_cast<size_t>(copy.size - copy.count));
    return true;
  });
}

}  // namespace r1::cuda_emulation
