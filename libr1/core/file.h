// Reading small files whole, and writing any. Paths are UTF-8. Every failure is an Error that names
// the path and the system's reason.
#pragma once

#include <string>
#include <string_view>

namespace r1 {

// Fault::kInput when the file is missing or may not be read; see fault.h for the rest.
std::string read_file(const std::string& path);

// Where an output named `path` is: itself, or what symbolic links there lead to. For whoever writes
// beside a file and renames: that would put a plain file in place of a link, a pipe or a device.
// Fault::kInput when something is there that is no regular file.
std::string output_path(const std::string& path);

// Fault::kInput when `out` is the file that is read, which writing would destroy.
void refuse_own_input(const std::string& in, const std::string& out);

// For an output that the user has named: Fault::kInput when its folder is missing or may not be
// written. What a run writes into its own folders is another matter: those were there.
void check_folder_of(const std::string& out);

// Replaces output_path(path) in one step: written beside it, synced, renamed. Until keep() the old
// file is untouched; without it, as on a full disk, nothing is left behind.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void append(std::string_view bytes);
  void keep();  // once, at the end

 private:
  std::string path_, temporary_;
  int fd_;  // -1: closed
  bool kept_ = false;
};

// All of it at once.
void write_file(const std::string& path, std::string_view bytes);

// Fault::kRun when not all that was printed has been taken: a full disk behind a redirection.
void flush_standard_output();

// Makes data and directory entries durable; used before and after a rename.
void sync_path(const std::string& path);
void sync_parent(const std::string& path);  // the folder that holds it

// Fault::kRun when that cannot be told: the file system is broken or stale.
bool file_exists(const std::string& path);
// " (from FOLDER)" for a relative path that was not found, as a job may run in another folder than
// it was written in; nothing for an absolute one.
std::string looked_from(const std::string& path);
void make_directories(const std::string& path);

}  // namespace r1
