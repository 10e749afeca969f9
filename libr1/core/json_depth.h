// JSON of others, before it is parsed: what walks a parsed value calls itself once a level, so a
// text of a hundred thousand brackets would end the process.
#pragma once

#include <string>
#include <string_view>

namespace r1 {

// Fault::kInput naming `where` when arrays and objects are nested more than 512 deep. What is not
// JSON passes: the parser says what is wrong with it.
void check_json_depth(std::string_view text, const std::string& where);

}  // namespace r1
