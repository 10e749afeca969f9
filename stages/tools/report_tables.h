// Tables of the report that are made of JSON.
#pragma once

#include <string>

namespace r1 {

// RUN/claims.json: what the paper says beside what this run shows. Empty without the file.
// Here and below Fault::kInput names file and line or place of what is not as expected.
std::string claims_html(const std::string& run);

// Every RUN/STAGE/evaluation.json: one row a model and benchmark.
std::string evaluation_html(const std::string& run);

// The attribute "card" of every data set RUN/STAGE/examples.h5.
std::string cards_html(const std::string& run);

}  // namespace r1
