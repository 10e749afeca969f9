// What a fuzz target may do with bad input: refuse it, and nothing else.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "libr1/core/error.h"

namespace r1::fuzz {

// Runs the body, which may end in an input error; any other error ends the process.
template <class Body>
void refuse_or(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.fault() == Fault::kInput) return;
    std::fprintf(stderr, "not an input error: %s\n", error.what());
    std::abort();
  }
}

}  // namespace r1::fuzz
