// A fixed set of threads that share loops. Waiting threads spin for some microseconds and then
// sleep, so a busy neighbour on the same cores costs its share and no more.
#pragma once

#include <cstdint>
#include <memory>

#include "libr1/core/function_ref.h"
#include "libr1/core/types.h"

namespace r1 {

class ThreadPool {
 public:
  // `num_threads` counts the calling thread; 1 starts no thread at all. Fault::kRun when the
  // machine's limits allow fewer.
  explicit ThreadPool(int num_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const;

  // Calls body(begin, end) for ranges that cover [0, count) once, each of `grain` items but the
  // last, on all threads; returns when all are done. Which thread takes which range is not
  // fixed, so a body's result must not depend on it. The first exception is rethrown here.
  // One loop at a time: called from inside a body it runs on that thread alone.
  void parallel_for(int64_t count, int64_t grain, FunctionRef<void(int64_t, int64_t)> body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same on a stream's pool; on the calling thread when it has none.
void parallel_for(const Stream& stream, int64_t count, int64_t grain,
                  FunctionRef<void(int64_t, int64_t)> body);

// Cores this process may run on (affinity mask), at least 1.
int available_cores();

}  // namespace r1
