// Checkpoints that exist whole or not at all. One is a folder step-000200 of files and, written
// last, COMPLETE: a JSON object of format version, step, and each file's size and checksum. It is
// written as step-000200.part, synced and renamed, so a folder without .part and with COMPLETE is
// whole; readers ignore every other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libr1/core/communicator.h"

namespace r1 {

class CheckpointWriter {
 public:
  // Collective: makes <folder>/step-<step>.part, in place of one that a dead run left.
  CheckpointWriter(const std::string& folder, int64_t step, const Communicator& communicator);
  // Without commit(): rank 0 removes what was written.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Where this checkpoint's file is to be written.
  std::string path_of(const std::string& file) const { return part_ + "/" + file; }

  // Collective, after all files are closed. Returns the checkpoint's folder. One of the same step
  // is replaced, in one step where the file system exchanges names. An Error (a full disk) on any
  // rank leaves earlier checkpoints as they were.
  std::string commit();

 private:
  Communicator communicator_;
  std::string folder_, part_, path_;
  int64_t step_;
  bool committed_ = false;
};

// The complete checkpoint of the highest step whose files have their sizes; nothing when there is
// none, or no folder.
std::optional<std::string> latest_checkpoint(const std::string& folder);

// Step of a checkpoint's folder. Fault::kInput when it is not a complete checkpoint: the message
// says which file is missing or of which size.
int64_t checkpoint_step(const std::string& path);

// Collective: checksums of all files, or of one, each read by one rank. Fault::kInput naming file,
// found and expected.
void verify_checkpoint(const std::string& path, const Communicator& communicator,
                       const std::string& only = "");

// Identity of a checkpoint for the lineage of what descends from it: the checksum of COMPLETE.
std::string checkpoint_checksum(const std::string& path);

// What a stage counts in its checkpoints: step, updates, place in its data, ...
using Counters = std::map<std::string, int64_t>;

// Fault::kInput when there is none of that name: `checkpoint`, for the message, was written by
// another kind of stage.
int64_t counter(const Counters& counters, const std::string& name, const std::string& checkpoint);

// Puts back what a crash took away: where a checkpoint was being replaced in two steps, the old one
// is whole under another name. To be called by one rank before checkpoints are looked for.
void restore_replaced_checkpoints(const std::string& folder);

// Checkpoints of steps after `step` belong to a branch that training leaves when it goes back: they
// become abandoned-step-..., which no reader takes and nobody removes. Returns their new paths. To
// be called by one rank.
std::vector<std::string> set_aside_checkpoints(const std::string& folder, int64_t step);

// Removes all but the newest `keep_last` complete checkpoints and the one written last, whatever
// its step, and what unfinished writes left. To be called by one rank while none writes.
void clean_checkpoints(const std::string& folder, int64_t keep_last);

}  // namespace r1
