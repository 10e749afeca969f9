// Sample responses in the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace r1 {

// A handful of the newest STAGE_DIR/transcripts/*.jsonl (the highest step in a file's name, up to
// `last_step`: a run that went back has left later ones), right and wrong ones; thoughts are
// folded. Empty when there are none. Fault::kInput naming file and line for a row without question,
// reference, response and reward.
std::string transcripts_html(const std::string& stage_dir, std::optional<int64_t> last_step);

}  // namespace r1
