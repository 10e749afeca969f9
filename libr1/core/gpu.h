// GPUs of this machine: which there are, their memory, and the order of work on them. A build
// without CUDA has none. Failures throw Error (Fault::kRun) with the call and the device.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libr1/core/function_ref.h"
#include "libr1/core/types.h"

namespace r1::gpu {

// 0 where the build has no CUDA, or the machine no GPU or driver.
int count();
// Why count() is 0, as the second half of a sentence for the user.
std::string why_none();
// Which of several is this process', by its place among those of the machine: a number that is kept
// for require_device (libr1/train), as selecting one takes memory of it.
inline int& place() {
  static int index = 0;
  return index;
}
// What this thread computes and allocates on from here on.
void select(int index);
int selected();
std::string name(int index);
int compute_capability();  // of the selected one: 90 for sm_90

struct MemoryInfo {
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};
MemoryInfo memory_info();

// Of the selected GPU, 256-byte aligned, zeroed. Throws with the size when it does not fit.
void* allocate(int64_t size_in_bytes);
// Waits for all work of the GPU first: what still reads the bytes is done by then.
void release(void* bytes) noexcept;

// Memory that is taken and given back in the order of `stream`, as by its kernels: neither waits.
// Not zeroed.
void* take(int64_t size_in_bytes, const r1::Stream& stream);
void give_back(void* bytes, const r1::Stream& stream) noexcept;

// Copies between any two places, host or GPU, in the order of `stream`. Host memory is not to be
// touched until synchronize().
void copy(const void* from, void* to, int64_t size_in_bytes, const r1::Stream& stream);
// From the host, whose memory may be touched again at the return.
void upload(const void* from, void* to, int64_t size_in_bytes, const r1::Stream& stream);
void zero(void* bytes, int64_t size_in_bytes, const r1::Stream& stream);
// Returns when all work of the stream is done. What went wrong in it is thrown here.
void synchronize(const r1::Stream& stream);

// Host memory that the GPU copies from and to by itself, as long as this lives: elsewhere a copy
// passes through small buffers of the driver. Where the system does not lock so much (ulimit -l),
// it stays what it is.
class PageLock {
 public:
  PageLock(void* bytes, int64_t size_in_bytes);
  ~PageLock();
  PageLock(const PageLock&) = delete;
  PageLock& operator=(const PageLock&) = delete;

 private:
  void* locked_ = nullptr;
};

// A place in the work of a stream.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Behind what the stream has been given so far.
  void record(const r1::Stream& stream);
  // Of any thread. What went wrong before it is thrown here.
  bool is_reached() const;
  void wait() const;
  // What `stream` is given from here on comes after it.
  void hold(const r1::Stream& stream) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Bytes on their way to the host, in the order of a stream: more work may be given to it meanwhile.
class Download {
 public:
  Download();
  ~Download();
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  // Not before wait() has returned for the one before.
  void start(const void* from, int64_t size_in_bytes, const r1::Stream& stream);
  // Returns when the bytes are here, whatever the stream has been given since; valid until the next
  // start(). What went wrong on the way is thrown here.
  const void* wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A queue of work on the selected GPU, apart from other queues.
class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  r1::Stream stream() const { return {nullptr, cuda_stream_}; }

 private:
  void* cuda_stream_ = nullptr;
};

// Kernels of a stream, recorded once and run as often as wanted at the cost of one launch (a CUDA
// graph). They read and write the memory that they were recorded with.
class Graph {
 public:
  // `body` launches kernels on `stream` and nothing else: it does not wait, allocate or copy from
  // or to the host. They are recorded, not run.
  Graph(const r1::Stream& stream, FunctionRef<void()> body);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  void run(const r1::Stream& stream) const;

 private:
  struct Recorded;
  std::unique_ptr<Recorded> recorded_;
};

}  // namespace r1::gpu
