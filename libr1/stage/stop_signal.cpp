#include "libr1/stage/stop_signal.h"

#include <csignal>

namespace r1 {
namespace {

volatile std::sig_atomic_t received = 0;

}  // namespace

void listen_for_stop() {
  struct sigaction action = {};
  action.sa_handler = [](int signal) { received = signal; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
}

int stop_signal() { return received; }

}  // namespace r1
