// The rates of a rank, measured here.
#pragma once

#include <vector>

#include "stages/tools/plan_cluster.h"

namespace r1 {

// Times training steps, generation, reads of memory and a file for some seconds on this process
// with `threads` threads, and solves the formulas of plan_time.h for the rates: so what is not
// counted there (starts of loops, short rows) is in the rates. Sets rates, file speeds, memory of
// the process and `source`.
void measure_rates(int threads, ClusterConfig& cluster);

// The non-negative x that makes sum_i ((rows[i] . x - 1))^2 least, each row already divided by its
// time: relative errors count alike. At least as many rows as the unknowns, of which there are at
// most a few. (Lawson and Hanson's problem, solved by trying every set of positive unknowns.)
std::vector<double> least_relative_squares(const std::vector<std::vector<double>>& rows);

}  // namespace r1
