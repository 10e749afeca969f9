// What a test's wrong input is answered with.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "libr1/core/error.h"

namespace r1::testing {

// The message of the Error that body throws, which must be of this fault; "no error" without one.
template <class Body>
std::string message_of(Body body, Fault fault = Fault::kInput) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace r1::testing
