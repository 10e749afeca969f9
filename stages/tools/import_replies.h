// Replies from JSONL: examples to imitate, and what reward models learn from.
#pragma once

#include <cstdint>
#include <string>

namespace r1 {

// A row holds a conversation as a list of messages (`messages` or `conversations`), or texts in
// the named fields. Rows are left out, and counted on standard error, where a conversation does not
// end with a reply or a text is empty; Fault::kInput when none is left, and for any other fault.
struct ReplyImport {
  std::string rows, out;  // JSONL file, plain or .gz; HDF5 file to write
  std::string question = "question", response = "response";
  std::string chosen = "chosen", rejected = "rejected", label = "label";
  std::string language, source, licence;
  int64_t limit = 0;  // rows; 0: all
};

// example_set.h: the last reply and what it answers.
void import_examples(const ReplyImport& settings);
// judged_set.h, pairs: chosen and rejected are replies beside the messages or the question, or
// whole dialogues ("\n\nHuman: ... \n\nAssistant: ...", or messages) that differ in the last reply.
void import_pairs(const ReplyImport& settings);
// judged_set.h, labelled replies: the label is true or false, 1 or 0.
void import_labelled(const ReplyImport& settings);

}  // namespace r1
