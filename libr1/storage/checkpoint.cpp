#include "libr1/storage/checkpoint.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "libr1/core/fault.h"
#include "libr1/core/file.h"
#include "libr1/core/json_depth.h"
#include "libr1/storage/checksum.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr const char* kComplete = "COMPLETE";
constexpr const char* kPrefix = "step-";
constexpr const char* kPart = ".part";
constexpr const char* kReplaced = ".old.part";
constexpr const char* kAbandoned = "abandoned-";

std::string step_name(int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "%s%06lld", kPrefix, static_cast<long long>(step));
  return name;
}

std::vector<std::string> files_of(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename() != kComplete) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct Manifest {
  int64_t step = 0;
  std::map<std::string, std::pair<int64_t, std::string>> files;  // size and checksum
};

Manifest read_manifest(const std::string& path) {
  const std::string file = path + "/" + kComplete;
  R1_CHECK_INPUT(file_exists(file), path, " is not a complete checkpoint: it has no ", kComplete);
  Manifest manifest;
  const std::string text = read_file(file);
  check_json_depth(text, file);
  try {
    const Json json = Json::parse(text);
    R1_CHECK_INPUT(json.at("format_version") == kFormatVersion, file, ": format version ",
                   json.at("format_version").dump(), ", this program reads ", kFormatVersion);
    manifest.step = json.at("step").get<int64_t>();
    for (const auto& [name, facts] : json.at("files").items())
      manifest.files[name] = {facts.at("bytes").get<int64_t>(),
                              facts.at("xxh3").get<std::string>()};
  } catch (const Json::exception& e) {
    throw_error(Fault::kInput, concat(file, " is damaged: ", e.what()));
  }
  for (const auto& [name, facts] : manifest.files) {
    std::error_code error;
    const auto size = fs::file_size(path + "/" + name, error);
    if (error)
      throw_error(fault_of_errno(error.value()),
                  concat(path, "/", name,
                         error == std::errc::no_such_file_or_directory
                             ? " is missing"
                             : concat(" cannot be looked at: ", error.message()),
                         "; ", kComplete, " lists it"));
    R1_CHECK_INPUT(static_cast<int64_t>(size) == facts.first, path, "/", name, " has ", size,
                   " bytes, ", kComplete, " says ", facts.first);
  }
  return manifest;
}

// Complete checkpoints, ascending by step.
std::map<int64_t, std::string> complete_checkpoints(const std::string& folder) {
  std::map<int64_t, std::string> found;
  std::error_code missing;
  const fs::directory_iterator entries(folder, missing);
  R1_CHECK(!missing || fault_of_errno(missing.value()) == Fault::kInput, "cannot look into ",
           folder, " for checkpoints: ", missing.message());
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || name.ends_with(kPart)) continue;
    try {
      found[read_manifest(entry.path().string()).step] = entry.path().string();
    } catch (const Error& error) {
      if (error.fault() != Fault::kInput) throw;  // what is not whole is not a checkpoint
    }
  }
  return found;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    names.push_back(entry.path().filename().string());
  return names;
}

// The one that was completed last: not always that of the highest step.
std::string last_written(const std::map<int64_t, std::string>& found) {
  std::string last;
  fs::file_time_type newest = fs::file_time_type::min();
  for (const auto& [step, path] : found) {
    const auto time = fs::last_write_time(path + "/" + kComplete);
    if (time < newest) continue;
    newest = time;
    last = path;
  }
  return last;
}

void remove_folder(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  R1_CHECK(!error, "cannot remove ", path, ": ", error.message());
}

void rename_folder(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  R1_CHECK(!error, "cannot rename ", from, " to ", to, ": ", error.message());
}

// False where the file system cannot, which each says in its own way.
bool exchange_names(const std::string& a, const std::string& b) {
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

// `part` becomes `path`; what was there is removed once the new one is durable.
void put_in_place(const std::string& part, const std::string& path, const std::string& folder) {
  const std::string replaced = path + kReplaced;
  remove_folder(replaced);
  const bool exchanged = file_exists(path) && exchange_names(part, path);
  if (!exchanged) {
    if (file_exists(path)) rename_folder(path, replaced);
    rename_folder(part, path);  // a crash before it: restore_replaced_checkpoints
  }
  sync_path(folder);
  remove_folder(exchanged ? part : replaced);
}

}  // namespace

CheckpointWriter::CheckpointWriter(const std::string& folder, int64_t step,
                                   const Communicator& communicator)
    : communicator_(communicator),
      folder_(folder),
      part_(folder + "/" + step_name(step) + kPart),
      path_(folder + "/" + step_name(step)),
      step_(step) {
  if (communicator_.rank == 0) {
    remove_folder(part_);
    make_directories(part_);
  }
  communicator_.barrier("begin a checkpoint");
}

CheckpointWriter::~CheckpointWriter() {
  if (committed_ || communicator_.rank != 0) return;
  std::error_code ignored;
  fs::remove_all(part_, ignored);
}

std::string CheckpointWriter::commit() {
  communicator_.barrier("files of a checkpoint");
  // Rank 0's list is everyone's: over a network, others may not see all files in the folder yet.
  const std::string list = communicator_.rank == 0 ? Json(files_of(part_)).dump() : "";
  const auto names = Json::parse(communicator_.broadcast(list, "list files of a checkpoint"))
                         .get<std::vector<std::string>>();
  // Each rank reads and syncs its share; small texts beside the files carry the results.
  const std::string share = part_ + ".sum-";
  Json mine = Json::object();
  for (size_t i = static_cast<size_t>(communicator_.rank); i < names.size();
       i += static_cast<size_t>(communicator_.size)) {
    const std::string file = path_of(names[i]);
    sync_path(file);
    mine[names[i]] = {{"bytes", fs::file_size(file)}, {"xxh3", file_checksum(file)}};
  }
  write_file(share + std::to_string(communicator_.rank), mine.dump());
  communicator_.barrier("checksums of a checkpoint");
  if (communicator_.rank == 0) {
    Json files = Json::object();
    for (int rank = 0; rank < communicator_.size; ++rank) {
      const std::string of_rank = share + std::to_string(rank);
      files.update(Json::parse(read_file(of_rank)));
      fs::remove(of_rank);
    }
    for (const std::string& name : names)
      R1_CHECK(files.contains(name), path_of(name), " has no checksum: no rank has read it");
    const Json complete = {{"format_version", kFormatVersion}, {"step", step_}, {"files", files}};
    write_file(path_of(kComplete), complete.dump(2) + "\n");
    sync_path(part_);
    put_in_place(part_, path_, folder_);
  }
  committed_ = true;
  communicator_.barrier("commit a checkpoint");
  return path_;
}

std::optional<std::string> latest_checkpoint(const std::string& folder) {
  const auto found = complete_checkpoints(folder);
  if (found.empty()) return std::nullopt;
  return found.rbegin()->second;
}

int64_t checkpoint_step(const std::string& path) { return read_manifest(path).step; }

void verify_checkpoint(const std::string& path, const Communicator& communicator,
                       const std::string& only) {
  const Manifest manifest = read_manifest(path);
  int next = 0;
  for (const auto& [name, facts] : manifest.files) {
    if (!only.empty() && name != only) continue;
    if (next++ % communicator.size != communicator.rank) continue;
    const std::string found = file_checksum(path + "/" + name);
    R1_CHECK_INPUT(found == facts.second, path, "/", name, " is damaged: its checksum is ", found,
                   ", ", kComplete, " says ", facts.second, "; take another checkpoint");
  }
}

std::string checkpoint_checksum(const std::string& path) {
  return file_checksum(path + "/" + kComplete);
}

int64_t counter(const Counters& counters, const std::string& name, const std::string& checkpoint) {
  const auto found = counters.find(name);
  R1_CHECK_INPUT(found != counters.end(), checkpoint, " has no counter '", name,
                 "': it is of another kind of stage; resume from a checkpoint of this one");
  return found->second;
}

void restore_replaced_checkpoints(const std::string& folder) {
  for (const std::string& name : names_in(folder)) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kReplaced)) continue;
    const std::string replaced = folder + "/" + name;
    const std::string path = replaced.substr(0, replaced.size() - std::strlen(kReplaced));
    if (file_exists(path) || !file_exists(replaced + "/" + kComplete)) continue;
    rename_folder(replaced, path);
    sync_path(folder);
  }
}

std::vector<std::string> set_aside_checkpoints(const std::string& folder, int64_t step) {
  std::vector<std::string> moved;
  for (const auto& [later, path] : complete_checkpoints(folder)) {
    if (later <= step) continue;
    const std::string name = folder + "/" + kAbandoned + fs::path(path).filename().string();
    std::string free = name;
    for (int i = 2; file_exists(free); ++i) free = concat(name, "-", i);
    rename_folder(path, free);
    moved.push_back(free);
  }
  if (!moved.empty()) sync_path(folder);
  return moved;
}

void clean_checkpoints(const std::string& folder, int64_t keep_last) {
  const auto found = complete_checkpoints(folder);
  const std::string written = last_written(found);
  int64_t newer = 0;
  for (auto it = found.rbegin(); it != found.rend(); ++it, ++newer)
    if (newer >= std::max<int64_t>(keep_last, 1) && it->second != written)
      remove_folder(it->second);
  for (const std::string& name : names_in(folder))
    if (name.starts_with(kPrefix) && name.find(kPart) != name.npos)
      remove_folder(folder + "/" + name);
}

}  // namespace r1
