// The files of python/, as part of the library.
#pragma once

namespace r1 {

extern const char* const kJudgeScript;
extern const char* const kSolutionScript;

}  // namespace r1
