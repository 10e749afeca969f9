#include "libr1/core/crash_report.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>

namespace r1 {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr const char* kNames[] = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"};
constexpr size_t kText = 1024;
constexpr int kNotes = 8;

// Plain memory: a handler may not allocate or lock.
char place[kText];
char notes[kNotes][kText];
std::atomic<bool> taken[kNotes];
struct sigaction before[std::size(kSignals)];

void copy_text(char (&to)[kText], const std::string& text) {
  const size_t size = std::min(text.size(), kText - 1);
  std::memcpy(to, text.data(), size);
  to[size] = '\0';
}

void say(const char* text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void report(int signal, siginfo_t* info, void*) {
  size_t which = 0;
  while (kSignals[which] != signal) ++which;
  say(place[0] ? place : "this process");
  say(": ended by ");
  say(kNames[which]);
  bool first = true;
  for (int i = 0; i < kNotes; ++i) {
    if (!taken[i]) continue;
    say(first ? "; it may be a damaged file, open were " : ", ");
    say(notes[i]);
    first = false;
  }
  say("\n");
  // Back at the fault, the signal finds its earlier handler; one that was sent has to be sent
  // again.
  sigaction(signal, &before[which], nullptr);
  if (info->si_code <= 0) raise(signal);
}

}  // namespace

void report_crashes() {
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction action = {};
    action.sa_sigaction = report;
    action.sa_flags = SA_SIGINFO;
    sigaction(kSignals[i], &action, &before[i]);
  }
}

void set_crash_place(const std::string& where) { copy_text(place, where); }

std::string crash_place() { return place; }

CrashNote::CrashNote(const std::string& path) {
  for (int i = 0; i < kNotes && slot_ < 0; ++i)
    if (!taken[i].exchange(true)) slot_ = i;
  if (slot_ >= 0) copy_text(notes[slot_], path);
}

CrashNote::~CrashNote() {
  if (slot_ >= 0) taken[slot_] = false;
}

}  // namespace r1
