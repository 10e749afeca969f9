// How generated programs are run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/config/field.h"

namespace r1 {

// What `unprotected` must say.
inline constexpr const char* kUnprotectedWords = "i accept that generated code runs with my rights";

struct SandboxConfig {
  int workers = 2;
  int cpu_seconds = 10;
  int wall_seconds = 60;
  int64_t memory_mib = 1024;
  int64_t output_mib = 4;
  int64_t scratch_mib = 16;
  int threads = 32;
  int64_t open_files = 64;
  int compile_cpu_seconds = 30;
  int64_t compile_memory_mib = 2048;
  std::vector<std::string> languages = {"python", "cpp"};
  std::string python = "/usr/bin/python3";
  std::string compiler = "/usr/bin/g++";
  std::vector<std::string> compiler_options = {"-std=c++17", "-O2"};
  std::string bubblewrap = "/usr/bin/bwrap";
  std::vector<std::string> system_folders = {"/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec",
                                             "/usr/include"};
  std::string unprotected;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("workers", workers, "programs that run at once, a rank", between(1, 1024));
    v.field("cpu_seconds", cpu_seconds, "of a program, a test; more is a wrong answer",
            between(1, 3600));
    v.field("wall_seconds", wall_seconds,
            "of a program, its tests together, less the CPU seconds of those that it passes: a "
            "backstop for a busy machine; more is unverifiable, or wrong where it was spent asleep",
            between(1, 86400));
    v.field("memory_mib", memory_mib, "address space of a program", at_least(64));
    v.field("output_mib", output_mib, "of standard output, and of standard error",
            between(1, 1024));
    v.field("scratch_mib", scratch_mib, "files of a program, in memory; gone when it ends",
            at_least(1));
    v.field("threads", threads, "of a program; it may start no other process", at_least(1));
    v.field("open_files", open_files, "of a program", at_least(16));
    v.field("compile_cpu_seconds", compile_cpu_seconds, "of the compiler", between(1, 3600));
    v.field("compile_memory_mib", compile_memory_mib, "address space of the compiler",
            at_least(256));
    v.field(
        "languages", languages,
        "\"python\", \"cpp\": what programs may be written in; at the start a node is checked for "
        "those that the data sets ask for");
    v.field("python", python, "path of the interpreter, version 3.10 or later");
    v.field("compiler", compiler, "path of the C++ compiler");
    v.field("compiler_options", compiler_options, "given to it");
    v.field("bubblewrap", bubblewrap, "path of bwrap");
    v.field("system_folders", system_folders,
            "all that a program sees of the machine, read-only; those that do not exist are left "
            "out");
    v.field("unprotected", unprotected,
            "\"i accept that generated code runs with my rights\" runs programs without bubblewrap "
            "and system call filter; nothing else is accepted");
  }
};

}  // namespace r1
