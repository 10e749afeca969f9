#include "libr1/core/build.h"

namespace r1 {

const char* git_revision() { return R1_GIT_REVISION; }

}  // namespace r1
