// Verdicts of the math verifier and what each costs: verifier_bench <cases.jsonl >verdicts.jsonl
// A case has gold and answer, whether they are whole texts that an answer is to be found in
// (extract), and perhaps decimal_places; a line of output has verdict, reason and micros, of
// processor time. compare_math_verify.py runs it.
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "libr1/reward/extraction.h"
#include "libr1/reward/math.h"

namespace r1 {
namespace {

using nlohmann::json;

double processor_micros() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

Judgement judge(const std::string& gold, const std::string& answer, bool extract,
                const MathSettings& settings) {
  if (!extract) return verify_math(gold, answer, settings);
  return verify_math(extract_answer(Extraction::kAny, gold).value_or(""),
                     extract_answer(Extraction::kAny, answer).value_or(""), settings);
}

void run() {
  for (std::string line; std::getline(std::cin, line);) {
    const json row = json::parse(line);
    const std::string gold = row["gold"], answer = row["answer"];
    MathSettings settings;
    settings.decimal_places = row.value("decimal_places", -1);
    const double start = processor_micros();
    const Judgement judgement = judge(gold, answer, row["extract"], settings);
    const double micros = processor_micros() - start;
    std::cout << json{{"verdict", name_of(judgement.verdict)},
                      {"reason", judgement.reason},
                      {"micros", micros}}
                     .dump(-1, ' ', false, json::error_handler_t::replace)
              << "\n";
  }
}

}  // namespace
}  // namespace r1

int main() { r1::run(); }
