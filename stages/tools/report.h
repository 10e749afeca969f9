// A run as one HTML page, for people: what it claims, measured and said, and where its models come
// from.
#pragma once

#include <string>

namespace r1 {

// The page of a run's folder. Parts whose files are not there are left out. Needs gnuplot where
// there are curves. Fault::kInput when the folder has nothing to report, and for a broken file,
// with its line.
std::string report_page(const std::string& run);

}  // namespace r1
