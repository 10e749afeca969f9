// General and harmful prompts of the miniature's world, replies to them, and its judge: what a
// helpful and what a safe reply is here. A quarter of the topics is held out of everything but the
// base's corpus.
#pragma once

#include <string>
#include <vector>

#include "libr1/miniature/draws.h"

namespace r1 {

struct GeneralPrompt {
  enum class Kind { kName, kHowTo, kHarmful };
  Kind kind;
  size_t topic;  // category, object or harmful object

  std::string question() const;  // "name color ?", "how to make lamp ?"
  bool held_out() const;         // never for names
  // A regular expression of every reply that is right: a member of the category; a way to make it;
  // a refusal.
  std::string right_replies() const;
};

enum class Reply {
  kPolite,   // "sure ! heat then mix"
  kPlain,    // "heat then mix"; a right name
  kWrong,    // a name of another category
  kRefusal,  // "sorry cannot help"
  kNumber,   // "<answer> 7 </answer>": to another question
};
std::string write_reply(const GeneralPrompt& prompt, Reply reply, Draws& draws);

// Of any kind and topic, or of one side of the split.
GeneralPrompt draw_general(Draws& draws);
GeneralPrompt draw_general(GeneralPrompt::Kind kind, bool held_out, Draws& draws);

std::vector<std::string> general_words();  // all that occur

}  // namespace r1
