// The paper's claims beside what a run shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace r1 {

struct Claim {
  std::string claim;         // what the paper says
  std::string paper;         // its figures
  std::string ours;          // the run's; empty when what it needs was not evaluated
  std::optional<bool> held;  // nothing: not evaluated
  std::string note;          // when it counts as held
};

// From RUN/r1-evaluate/evaluation.json, whose models are to be called base, r1-zero, reasoning-rl,
// without-language (the same without the language reward), sft, r1, student and student-rl. Its
// benchmarks are helpful and safe, general prompts, and beside them the reasoning ones. The vote is
// read off the end of R1-Zero's curve, RUN/r1-zero/metrics.jsonl, on the held-out sets whose names
// end in "-hard". A figure over several benchmarks is their mean; errors are standard errors over
// questions, and two of that of the differences between the same questions count as a difference.
// Fault::kInput for an evaluation that is not there or is none.
std::vector<Claim> measure_claims(const std::string& run);

std::string claims_json(const std::vector<Claim>& claims);   // for RUN/claims.json
std::string claims_table(const std::vector<Claim>& claims);  // for a terminal

}  // namespace r1
