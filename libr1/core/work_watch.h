// Work of which nobody waits for the end, such as collectives in the order of a GPU's stream: it is
// looked at from beside, and the process ends when a piece is not done in time. The host may be in
// a call or a wait for that very stream, which cannot be given up.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace r1 {

class WorkWatch {
 public:
  // `who`: of the message, as "rank 3 of 8 on node7". A piece has `deadline_s` from the end of the
  // piece before it. Fault::kRun when its threads cannot be started.
  WorkWatch(double deadline_s, std::string who);
  // Forgets what is not done.
  ~WorkWatch();
  WorkWatch(const WorkWatch&) = delete;
  WorkWatch& operator=(const WorkWatch&) = delete;

  // Asked by another thread until it says yes; throws when the work has failed, with the reason.
  using IsDone = std::function<bool()>;
  // Pieces end in the order in which they are added. `what` names the piece, and is kept.
  void add(const char* what, IsDone is_done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace r1
