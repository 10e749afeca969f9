// The scripts that languages are written in.
#pragma once

#include <string_view>

#include "libr1/reward/script.h"

namespace r1 {

// Of a language by its ISO 639-1 code; the empty set for a code that is not in the table.
ScriptSet scripts_of(std::string_view language);

}  // namespace r1
