// What a conversation is drawn with, and can be changed while it runs: options of the command line
// and commands of the conversation have the same names and checks.
#pragma once

#include <string>
#include <string_view>

#include "libr1/rollout/sample.h"
#include "libr1/train/model_file.h"

namespace r1 {

struct ChatSettings {
  double temperature = 0.6;
  double top_p = 0.95;
  int64_t max_new_tokens = 1024;
  uint64_t seed = 1;
  std::string prompt_template;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("temperature", temperature, "of sampling (paper's evaluations: 0.6); 0: greedy",
            between(0, 100));
    v.field("top-p", top_p, "smallest set of tokens with this probability (paper's: 0.95); 1: all",
            between(0, 1));
    v.field("max-new-tokens", max_new_tokens, "longest answer, tokens", at_least(1));
    v.field("seed", seed, "of the answers: the same one and questions give the same texts");
    v.field("template", prompt_template,
            "\"chat\" (a conversation by the model's own template), \"r1-chat\" (one by "
            "DeepSeek-R1's), "
            "\"r1-zero\", or a text that holds {question} once");
  }

  // name: a field above; value: as a user writes it. `said` is what errors call the two, such as
  // "/top-p 2". Fault::kInput says what was expected; nothing changes then.
  void set(std::string_view name, const std::string& value, const std::string& said);

  // One answer a time, ended by the tokenizer's end token.
  SamplingSettings sampling(const Tokenizer& tokenizer) const;
};

// The command out of `names` that is meant by `name`: itself or its only continuation.
// Fault::kInput with the choices and the nearest one otherwise.
std::string complete_command(const std::string& name, const std::vector<std::string>& names);

// The template of the stage that made the model, where its config tells; else the model's own
// ("chat"); else the form that the tokenizer knows: "r1-chat", or the miniature's "user {question}
// assistant"; else "r1-zero".
std::string default_template(const ModelFacts& facts);

}  // namespace r1
