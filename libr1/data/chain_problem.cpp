#include "libr1/data/chain_problem.h"

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr int kMinOperands = 3, kMaxOperands = 10;

// The usual reflected CRC-32 (IEEE 802.3), bit by bit: a few bytes a problem.
uint32_t crc32(const std::string& bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

ChainProblem draw_any(Draws& draws, const ChainRange& range) {
  ChainProblem problem;
  const size_t operands = kMinOperands + draws.weighted(range.weights);
  problem.language = draws.chance(0.5) ? Language::kEnglish : Language::kChinese;
  problem.operands.push_back(static_cast<int>(draws.below(10)));
  for (size_t i = 1; i < operands; ++i) {
    const char op = "+-*"[draws.weighted({0.5, 0.25, 0.25})];
    // Units modulo 10 keep the value uniform: a guess is right one time in ten at every length.
    const int operand =
        op == '*' ? (const int[]){3, 7, 9}[draws.below(3)] : static_cast<int>(draws.below(10));
    problem.operators.push_back(op);
    problem.operands.push_back(operand);
  }
  return problem;
}

}  // namespace

size_t Draws::weighted(const std::vector<double>& weights) {
  double draw = uniform();
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    if (draw < weights[i]) return i;
    draw -= weights[i];
  }
  return weights.size() - 1;
}

int chain_step(int left, char op, int right) {
  if (op == '+') return (left + right) % 10;
  if (op == '-') return (left - right + 10) % 10;
  return left * right % 10;
}

int ChainProblem::answer() const {
  int value = operands[0];
  for (size_t i = 0; i < operators.size(); ++i)
    value = chain_step(value, operators[i], operands[i + 1]);
  return value;
}

std::string ChainProblem::question() const {
  std::string text =
      concat(language == Language::kEnglish ? "compute" : "计算", " a ", operands[0]);
  for (size_t i = 0; i < operators.size(); ++i)
    text += concat(" ", static_cast<char>('b' + i), " ", operators[i], " ", operands[i + 1]);
  return text + " ?";
}

std::string ChainProblem::key() const {
  std::string text = std::to_string(operands[0]);
  for (size_t i = 0; i < operators.size(); ++i)
    text += operators[i] + std::to_string(operands[i + 1]);
  return text;
}

bool ChainProblem::held_out() const { return crc32(key()) % 8 == 0; }

ChainRange pretraining_lengths() { return {{.20, .19, .16, .13, .11, .09, .07, .05}}; }

ChainRange uniform_lengths(int from, int to) {
  R1_CHECK(from >= kMinOperands && from <= to && to <= kMaxOperands, "chains have ", kMinOperands,
           " to ", kMaxOperands, " operands, not ", from, " to ", to);
  ChainRange range;
  for (int n = kMinOperands; n <= to; ++n)
    range.weights.push_back(n < from ? 0 : 1.0 / (to - from + 1));
  return range;
}

ChainProblem draw_chain(Draws& draws, const ChainRange& range, bool held_out) {
  for (;;) {
    ChainProblem problem = draw_any(draws, range);
    if (problem.held_out() == held_out) return problem;
  }
}

}  // namespace r1
