// Sample responses in the report.
#pragma once

#include <string>

namespace r1 {

// A handful of the newest STAGE_DIR/transcripts/*.jsonl (the highest step in a file's name), right
// and wrong ones; thoughts are folded. Empty when there are none. Fault::kInput naming file and
// line for a row without question, reference, response and reward.
std::string transcripts_html(const std::string& stage_dir);

}  // namespace r1
