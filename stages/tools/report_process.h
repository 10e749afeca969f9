// Running gnuplot, without a shell.
#pragma once

#include <string>

namespace r1 {

// A folder of its own under the system's one for temporary files, removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Waits for it. Fault::kInput when there is no gnuplot, Fault::kRun when it fails.
void run_gnuplot(const std::string& script_path);

// A text as a constant of gnuplot's language.
std::string gnuplot_quoted(const std::string& text);

}  // namespace r1
