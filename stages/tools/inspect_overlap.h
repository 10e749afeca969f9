// What two data sets have in common, for people.
#pragma once

#include <string>

namespace r1 {

// See libr1/data/overlap.h: counts, and some examples with the rows that match.
std::string inspect_overlap(const std::string& dataset, const std::string& other, int n);

}  // namespace r1
