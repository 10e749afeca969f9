#include "stages/tools/claims.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

struct NotEvaluated {};  // what a claim needs is not there, or was of no question

struct Figure {
  double value = 0, error = 0;  // standard error
};
class MeanOfFigures {
 public:
  void add(double value, double error) {
    sum_.value += value;
    sum_.error = std::hypot(sum_.error, error);
    ++count_;
  }
  Figure figure() const {
    if (count_ == 0) throw NotEvaluated{};
    return {sum_.value / count_, sum_.error / count_};
  }

 private:
  Figure sum_;
  double count_ = 0;
};

// By more than chance.
bool is_up(Figure difference) { return difference.value > 2 * difference.error; }
bool is_down(Figure difference) { return difference.value < -2 * difference.error; }

std::string text(double value, int decimals) {
  char out[32];
  std::snprintf(out, sizeof out, "%.*f", decimals, value);
  return out;
}
std::string share(Figure f) { return concat(text(f.value, 3), " +- ", text(f.error, 3)); }
std::string change(const std::string& from, const std::string& to) {
  return concat(from, " -> ", to);
}

enum class Set { kReasoning, kHelpful, kSafe };

bool is_of(const std::string& benchmark, Set set) {
  if (set == Set::kHelpful) return benchmark == "helpful";
  if (set == Set::kSafe) return benchmark == "safe";
  return benchmark != "helpful" && benchmark != "safe";
}

class Evaluated {
 public:
  explicit Evaluated(const std::string& run) {
    const std::string path = run + "/r1-evaluate/evaluation.json";
    R1_CHECK_INPUT(file_exists(path), path,
                   " is missing; the claims are read off an evaluation: run r1-evaluate first");
    const Json file = Json::parse(read_file(path), nullptr, false);
    R1_CHECK_INPUT(file.is_object() && file.contains("results") && file["results"].is_array(), path,
                   " is no evaluation: expected an object with an array \"results\"");
    for (const Json& result : file["results"])
      R1_CHECK_INPUT(is_named(result, "model") && is_named(result, "benchmark"), path,
                     ": found a result ", result.dump().substr(0, 60),
                     ", expected an object with the texts \"model\" and \"benchmark\"");
    results_ = file["results"];
    comparisons_ = file.value("comparisons", Json::array());
    read_curve(run + "/r1-zero/metrics.jsonl");
  }

  // The mean of `key` over a model's benchmarks of the set, of which there is one.
  Figure mean(const std::string& model, Set set, const std::string& key = "pass@1") const {
    MeanOfFigures mean;
    for (const Json& result : results_) {
      if (result.value("model", "") != model || !is_of(result.value("benchmark", ""), set))
        continue;
      const std::string error = key + "_stderr";
      mean.add(number(result, key), result.contains(error) ? number(result, error) : 0);
    }
    return mean.figure();
  }
  // Of pass@1 over the set's benchmarks, between the same questions.
  Figure change(const std::string& from, const std::string& to, Set set) const {
    MeanOfFigures mean;
    for (const Json& c : comparisons_) {
      const std::string model = c.value("model", ""), baseline = c.value("baseline", "");
      const bool forward = model == to && baseline == from, back = model == from && baseline == to;
      if (!is_of(c.value("benchmark", ""), set) || !(forward || back)) continue;
      if (number(c, "questions") == 0) throw NotEvaluated{};
      mean.add((forward ? 1 : -1) * number(c, "pass@1_difference"),
               number(c, "pass@1_difference_stderr"));
    }
    return mean.figure();
  }
  // The mean of `key`, with the error that `error_key` names, over the hard held-out sets at the
  // end of R1-Zero's training.
  Figure last_of_curve(const std::string& key, const std::string& error_key) const {
    MeanOfFigures mean;
    for (const auto& [name, value] : curve_.items()) {
      if (!name.starts_with("held_out/") || !name.ends_with("-hard/" + key)) continue;
      const std::string of_set = name.substr(0, name.size() - key.size());
      mean.add(number(curve_, name), number(curve_, of_set + error_key));
    }
    return mean.figure();
  }

 private:
  static bool is_named(const Json& result, const char* by) {
    return result.is_object() && result.contains(by) && result[by].is_string();
  }

  // Keeps the last line with held-out figures.
  void read_curve(const std::string& path) {
    if (!file_exists(path)) return;
    std::istringstream lines(read_file(path));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("-hard/cons@k") == line.npos) continue;
      const Json json = Json::parse(line, nullptr, false);
      if (json.is_object()) curve_ = json;
    }
  }

  // Null is what could not be verified of any question.
  static double number(const Json& result, const std::string& key) {
    if (!result.contains(key) || !result[key].is_number()) throw NotEvaluated{};
    return result[key].get<double>();
  }

  Json results_, comparisons_;
  Json curve_ = Json::object();
};

using Measure = void (*)(const Evaluated&, Claim&);

void measure_accuracy(const Evaluated& e, Claim& c) {
  const Figure base = e.mean("base", Set::kReasoning), zero = e.mean("r1-zero", Set::kReasoning);
  c.ours = concat("pass@1 ", change(share(base), share(zero)));
  c.held = is_up(e.change("base", "r1-zero", Set::kReasoning));
}
void measure_length(const Evaluated& e, Claim& c) {
  const Figure base = e.mean("base", Set::kReasoning, "length"),
               zero = e.mean("r1-zero", Set::kReasoning, "length");
  c.ours = concat(change(text(base.value, 1), text(zero.value, 1)), " tokens");
  c.held = zero.value > 1.5 * base.value;
}
void measure_votes(const Evaluated& e, Claim& c) {
  const Figure one = e.last_of_curve("pass@1", "pass@1_stderr"),
               vote = e.last_of_curve("cons@k", "vote_gain_stderr");
  const Figure gain{vote.value - one.value, vote.error};
  c.ours = concat("hard, temperature 1: pass@1 ", share(one), ", cons@k ", text(vote.value, 3),
                  ", more by ", share(gain));
  c.held = is_up(gain);
}
void measure_reflection(const Evaluated& e, Claim& c) {
  const Figure base = e.mean("base", Set::kReasoning, "reflections"),
               zero = e.mean("r1-zero", Set::kReasoning, "reflections");
  c.ours = concat(change(text(base.value, 2), text(zero.value, 2)), " words a response");
  c.held = zero.value > 2 * base.value;
}
void measure_mixing(const Evaluated& e, Claim& c) {
  const Figure zero = e.mean("r1-zero", Set::kReasoning, "mixed");
  c.ours = concat(text(100 * zero.value, 1), " % of responses");
  c.held = zero.value > 0.05;
}
void measure_cure(const Evaluated& e, Claim& c) {
  const Figure zero = e.mean("r1-zero", Set::kReasoning, "mixed"),
               cured = e.mean("reasoning-rl", Set::kReasoning, "mixed"),
               foreign = e.mean("r1-zero", Set::kReasoning, "foreign"),
               left = e.mean("reasoning-rl", Set::kReasoning, "foreign");
  c.ours = concat(change(text(100 * zero.value, 1), text(100 * cured.value, 1)), " %");
  // A model that thinks in the other language alone mixes nothing, and is not cured.
  c.held = cured.value < 0.05 && cured.value < zero.value && left.value < foreign.value;
}
void measure_cost(const Evaluated& e, Claim& c) {
  const Figure with = e.mean("reasoning-rl", Set::kReasoning),
               without = e.mean("without-language", Set::kReasoning);
  c.ours = concat("pass@1 ", share(without), " without, ", share(with), " with");
  c.held = with.value - without.value > -0.05;
}
void measure_student_of_samples(const Evaluated& e, Claim& c) {
  const Figure teacher = e.mean("reasoning-rl", Set::kReasoning),
               sft = e.mean("sft", Set::kReasoning);
  c.ours = concat("pass@1 ", change(share(teacher), share(sft)));
  c.held = !is_down(e.change("reasoning-rl", "sft", Set::kReasoning));
}
void measure_alignment(const Evaluated& e, Claim& c) {
  const Figure safe = e.mean("sft", Set::kSafe), safer = e.mean("r1", Set::kSafe),
               helpful = e.mean("sft", Set::kHelpful), more = e.mean("r1", Set::kHelpful);
  c.ours = concat("harmful refused ", change(share(safe), share(safer)), "; harmless answered ",
                  change(share(helpful), share(more)));
  c.held = is_up(e.change("sft", "r1", Set::kSafe)) && safer.value >= 0.8 && more.value >= 0.9;
}
void measure_kept_reasoning(const Evaluated& e, Claim& c) {
  const Figure sft = e.mean("sft", Set::kReasoning), r1 = e.mean("r1", Set::kReasoning);
  c.ours = concat("pass@1 ", change(share(sft), share(r1)));
  c.held = !is_down(e.change("sft", "r1", Set::kReasoning));
}
void measure_distillation(const Evaluated& e, Claim& c) {
  const Figure distilled = e.mean("student", Set::kReasoning),
               reinforced = e.mean("student-rl", Set::kReasoning);
  c.ours = concat("pass@1 ", share(distilled), " distilled, ", share(reinforced), " by RL");
  c.held = is_up(e.change("student-rl", "student", Set::kReasoning));
}
void measure_end(const Evaluated& e, Claim& c) {
  const Figure zero = e.mean("r1-zero", Set::kReasoning), r1 = e.mean("r1", Set::kReasoning);
  c.ours = concat("pass@1 ", share(zero), " R1-Zero, ", share(r1), " R1");
  c.held = !is_down(e.change("r1-zero", "r1", Set::kReasoning));
}

struct ClaimOfPaper {
  const char *claim, *paper, *note;
  Measure measure;
};
const std::vector<ClaimOfPaper>& claims_of_paper() {
  static const std::vector<ClaimOfPaper> kClaims = {
      {"Pure RL lifts accuracy", "AIME 2024: 15.6 -> 77.9 %", "up by two standard errors",
       measure_accuracy},
      {"Responses grow longer with it", "a few hundred -> over 10,000 tokens", "by half",
       measure_length},
      {"The majority of k samples beats one", "AIME 2024: 77.9 % alone, 86.7 % voted",
       "up by two standard errors", measure_votes},
      {"Words of reflection rise", "5- to 7-fold", "twofold", measure_reflection},
      {"R1-Zero mixes languages", "\"poor readability, and language mixing\"", "over 5 %",
       measure_mixing},
      {"Cold start and language reward cure it", "consistency stays stable with the reward",
       "under 5 %", measure_cure},
      {"The language reward costs little accuracy", "maths the same, code slightly worse",
       "less than 0.05", measure_cost},
      {"SFT on rejection samples reaches its teacher", "AIME 2024: 74.0 -> 78.1 %",
       "not down by two standard errors", measure_student_of_samples},
      {"The last RL teaches to refuse and to help", "AlpacaEval 2.0: 62.1 -> 87.6 %",
       "refusals up and 0.8 or more; answers 0.9 or more", measure_alignment},
      {"It keeps the reasoning", "AIME 2024: 78.1 -> 79.8 %", "not down by two standard errors",
       measure_kept_reasoning},
      {"Distillation beats RL on a small model", "AIME 2024: 72.6 % distilled, 47.0 % by RL (32B)",
       "up by two standard errors", measure_distillation},
      {"R1 is no worse than R1-Zero", "AIME 2024: 77.9 % R1-Zero, 79.8 % R1",
       "not down by two standard errors", measure_end}};
  return kClaims;
}

}  // namespace

std::vector<Claim> measure_claims(const std::string& run) {
  const Evaluated evaluated(run);
  std::vector<Claim> claims;
  for (const ClaimOfPaper& of_paper : claims_of_paper()) {
    Claim claim{of_paper.claim, of_paper.paper, "", std::nullopt, of_paper.note};
    try {
      of_paper.measure(evaluated, claim);
    } catch (const NotEvaluated&) {
      claim.ours.clear();
    }
    claims.push_back(std::move(claim));
  }
  return claims;
}

std::string claims_json(const std::vector<Claim>& claims) {
  Json json = Json::array();
  for (const Claim& c : claims)
    json.push_back({{"claim", c.claim},
                    {"paper", c.paper},
                    {"ours", c.ours.empty() ? Json(nullptr) : Json(c.ours)},
                    {"held", c.held ? Json(*c.held) : Json(nullptr)},
                    {"note", c.note}});
  return json.dump(1) + "\n";
}

std::string claims_table(const std::vector<Claim>& claims) {
  std::string table;
  for (const Claim& c : claims)
    table += concat(!c.held   ? "   -      "
                    : *c.held ? "held      "
                              : "NOT HELD  ",
                    c.claim, "\n            paper  ", c.paper, "\n            here   ",
                    c.ours.empty() ? "not evaluated" : c.ours, "   (held: ", c.note, ")\n");
  return table;
}

}  // namespace r1
