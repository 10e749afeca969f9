// What a verifier says of an answer. "Unverifiable" is not "wrong": such a sample leaves its group.
#pragma once

#include <cstdint>
#include <string>

namespace r1 {

enum class Verdict : uint8_t { kCorrect, kWrong, kUnverifiable };
inline const char* name_of(Verdict verdict) {
  if (verdict == Verdict::kUnverifiable) return "unverifiable";
  return verdict == Verdict::kCorrect ? "correct" : "wrong";
}

struct Judgement {
  Verdict verdict = Verdict::kUnverifiable;
  std::string reason;  // for logs and transcripts: "answer 12, expected 13"
};

}  // namespace r1
