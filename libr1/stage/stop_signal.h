// Whether this process was asked to stop: SIGTERM or SIGUSR1 since listen_for_stop(). Kept in a
// global: a signal handler can reach nothing else.
#pragma once

namespace r1 {

void listen_for_stop();
int stop_signal();  // 0: none came

}  // namespace r1
