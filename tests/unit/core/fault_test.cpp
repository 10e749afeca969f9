#include "libr1/core/fault.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

namespace r1 {
namespace {

TEST(Fault, WhatAnotherTryMayHelpIsNotTheUsers) {
  for (const int error : {ENOENT, EACCES, EISDIR, ENOTDIR})
    EXPECT_EQ(fault_of_errno(error), Fault::kInput) << error;
  for (const int error : {EIO, ESTALE, ENOSPC, EDQUOT, ETIMEDOUT, EMFILE})
    EXPECT_EQ(fault_of_errno(error), Fault::kRun) << error;
}

TEST(Fault, AMachineOfAClusterMayBeExchanged) {
  const char* job = std::getenv("SLURM_JOB_ID");
  const std::string before = job ? job : "";
  ::unsetenv("SLURM_JOB_ID");
  EXPECT_EQ(fault_of_machine(), Fault::kInput);
  ::setenv("SLURM_JOB_ID", "7", 1);
  EXPECT_EQ(fault_of_machine(), Fault::kRun);
  job ? ::setenv("SLURM_JOB_ID", before.c_str(), 1) : ::unsetenv("SLURM_JOB_ID");
}

}  // namespace
}  // namespace r1
