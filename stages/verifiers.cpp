#include "stages/verifiers.h"

#include "libr1/core/log.h"

namespace r1 {

void Verifiers::prepare(const std::set<Verifier>& used) {
  if (!used.contains(Verifier::kCode)) return;
  sandbox_.probe();
  log_info("answers that are programs are run, ", sandbox_.concurrency(), " at once on a rank");
}

}  // namespace r1
