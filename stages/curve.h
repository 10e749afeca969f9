// A run's curve as a table for people.
#pragma once

#include <string>

namespace r1 {

// Prints the lines of metrics.jsonl that have held-out results: accuracy, lengths, votes.
void print_curve(const std::string& metrics_path);
// The same of a reward model: accuracy, margin, calibration.
void print_reward_quality(const std::string& metrics_path);

}  // namespace r1
