// What an answer that is code is judged by. The reference of a question with the verifier "code" is
// a JSON object:
//
//   {"language": "python",                  or "cpp"
//    "kind": "asserts",                     or "stdio"
//    "tests": ["assert f(2) == 4", ...],    asserts: statements in the language
//    "tests": [{"input": "2\n", "output": "4\n"}, ...],   stdio
//    "prefix": "from typing import *\n",    asserts: code before the answer (imports and functions
//                                           that the question shows); in Python the tests call
//                                           this one, whatever the answer makes of its names
//    "setup": "x = 2\n",                    asserts: code after the answer, before the tests
//    "entry_point": "f",                    asserts: what the answer must define; the tests may
//                                           call it `candidate`
//    "float_tolerance": 1e-6}               stdio: tokens that are numbers may differ by this,
//                                           absolutely or as a share of the expected one
//
// The first three keys are required and there is at least one test; null stands for a key that is
// missing. A test of stdio may have "group", which is not read; any other key is refused.
//
// HumanEval: prefix = prompt, tests = [test + "\ncheck(candidate)"], entry_point = entry_point.
// MBPP: setup = test_setup_code, tests = test_list, entry_point = the name that the asserts call.
// Without entry_point, what the answer names like a function of the language, or of the prefix and
// there with a body, is not seen by tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/config/field.h"

namespace r1 {

enum class CodeLanguage { kPython, kCpp };
std::span<const EnumName<CodeLanguage>> enum_names(CodeLanguage);
enum class CodeTestKind { kAsserts, kStdio };
std::span<const EnumName<CodeTestKind>> enum_names(CodeTestKind);

struct CodeTest {
  std::string input;   // standard input; of asserts: the statements
  std::string output;  // expected on standard output; of asserts: empty
};

struct CodeReference {
  CodeLanguage language = CodeLanguage::kPython;
  CodeTestKind kind = CodeTestKind::kAsserts;
  std::vector<CodeTest> tests;
  std::string prefix, setup, entry_point;
  std::optional<double> float_tolerance;

  // Nothing, and why in `fault`, when the text is no such object.
  static std::optional<CodeReference> parse(std::string_view json, std::string& fault);
};

// The last block between ``` fences whose tag names the language, or else the last block, as what
// follows a program may be its output; the whole answer when there is no fence. A block that is not
// closed goes to the end. A fence that is indented by more than 3 columns beyond the one that
// opened closes nothing, as in Markdown: it belongs to a docstring. A view into `answer`.
std::string_view code_of(std::string_view answer, CodeLanguage language);

}  // namespace r1
