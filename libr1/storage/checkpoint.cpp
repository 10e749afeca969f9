#include "libr1/storage/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/checksum.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr const char* kComplete = "COMPLETE";
constexpr const char* kPrefix = "step-";
constexpr const char* kPart = ".part";

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
  try {
    const Json json = Json::parse(read_file(file));
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
    R1_CHECK_INPUT(!error, path, "/", name, " is missing; ", kComplete, " lists it");
    R1_CHECK_INPUT(static_cast<int64_t>(size) == facts.first, path, "/", name, " has ", size,
                   " bytes, ", kComplete, " says ", facts.first);
  }
  return manifest;
}

// Complete checkpoints, ascending by step.
std::map<int64_t, std::string> complete_checkpoints(const std::string& folder) {
  std::map<int64_t, std::string> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
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
  // Each rank reads and syncs its share; small texts beside the files carry the results.
  const std::vector<std::string> names = files_of(part_);
  const std::string share = part_ + ".sum-";
  communicator_.barrier("list files of a checkpoint");
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
    const Json complete = {{"format_version", kFormatVersion}, {"step", step_}, {"files", files}};
    write_file(path_of(kComplete), complete.dump(2) + "\n");
    sync_path(part_);
    const std::string replaced = path_ + ".old" + kPart;
    remove_folder(replaced);
    if (file_exists(path_)) rename_folder(path_, replaced);
    rename_folder(part_, path_);
    sync_path(folder_);
    remove_folder(replaced);
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

void clean_checkpoints(const std::string& folder, int64_t keep_last) {
  const auto found = complete_checkpoints(folder);
  int64_t newer = 0;
  for (auto it = found.rbegin(); it != found.rend(); ++it, ++newer)
    if (newer >= std::max<int64_t>(keep_last, 1)) remove_folder(it->second);
  std::error_code missing;
  std::vector<std::string> left_over;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().filename().string().starts_with(kPrefix) &&
        entry.path().filename().string().find(kPart) != std::string::npos)
      left_over.push_back(entry.path().string());
  for (const std::string& path : left_over) remove_folder(path);
}

}  // namespace r1
