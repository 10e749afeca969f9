// Ends the process when something takes too long that cannot be interrupted, such as a collective
// write whose other ranks are gone: better a dead job that says why than one that hangs.
#pragma once

#include <memory>
#include <string>

namespace r1 {

class Watchdog {
 public:
  // Unless destroyed within `seconds`, prints the message and exits the process with `code`.
  Watchdog(double seconds, std::string message, int code);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace r1
