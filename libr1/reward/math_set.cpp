#include "libr1/reward/math_set.h"

#include <algorithm>

#include "libr1/reward/math_definition.h"
#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeric.h"

namespace r1 {
namespace {

const MathExpression kInfinity{MathKind::kConstant, "infinity", {}};

// The sign of a - b.
std::optional<int> order(const MathExpression& a, const MathExpression& b, MathWork& work) {
  const int a_infinity = infinity_sign(a), b_infinity = infinity_sign(b);
  if (a_infinity != 0 || b_infinity != 0)
    return a_infinity == b_infinity ? 0 : a_infinity < b_infinity ? -1 : 1;
  return sign_of(difference(a, b), work);
}

RealPiece point(const MathExpression& value) { return {value, value, false, false}; }
RealPiece everything() { return {negated(kInfinity), kInfinity, true, true}; }

// Sorted, empty pieces dropped, overlapping and touching ones joined. False when two ends cannot be
// compared.
bool normalise(std::vector<RealPiece>& pieces, MathWork& work) {
  std::vector<RealPiece> sorted, merged;
  for (const RealPiece& piece : pieces) {
    const auto size = order(piece.low, piece.high, work);
    if (!size) return false;
    if (*size > 0 || (*size == 0 && (piece.low_open || piece.high_open))) continue;
    size_t at = 0;
    for (; at < sorted.size(); ++at) {
      const auto before = order(piece.low, sorted[at].low, work);
      if (!before) return false;
      if (*before < 0 || (*before == 0 && !piece.low_open)) break;
    }
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(at), piece);
  }
  for (RealPiece& piece : sorted) {
    if (merged.empty()) {
      merged.push_back(std::move(piece));
      continue;
    }
    RealPiece& last = merged.back();
    const auto gap = order(piece.low, last.high, work);
    const auto reach = order(piece.high, last.high, work);
    if (!gap || !reach) return false;
    if (*gap > 0 || (*gap == 0 && piece.low_open && last.high_open)) {
      merged.push_back(std::move(piece));
    } else if (*reach > 0) {
      last.high = std::move(piece.high);
      last.high_open = piece.high_open;
    } else if (*reach == 0) {
      last.high_open = last.high_open && piece.high_open;
    }
  }
  pieces = std::move(merged);
  return true;
}

std::optional<RealPiece> intersection(const RealPiece& a, const RealPiece& b, MathWork& work) {
  const auto low = order(a.low, b.low, work), high = order(a.high, b.high, work);
  if (!low || !high) return std::nullopt;
  const RealPiece& from = *low >= 0 ? a : b;
  const RealPiece& to = *high <= 0 ? a : b;
  return RealPiece{from.low, to.high, *low == 0 ? a.low_open || b.low_open : from.low_open,
                   *high == 0 ? a.high_open || b.high_open : to.high_open};
}

std::optional<RealSet> intersect(const RealSet& a, const RealSet& b, MathWork& work) {
  RealSet result{{}, a.subject.empty() ? b.subject : a.subject, a.solved && b.solved};
  if (a.pieces.size() * b.pieces.size() > 10000) return std::nullopt;
  for (const RealPiece& left : a.pieces)
    for (const RealPiece& right : b.pieces) {
      const auto piece = intersection(left, right, work);
      if (!piece) return std::nullopt;
      result.pieces.push_back(*piece);
    }
  if (!normalise(result.pieces, work)) return std::nullopt;
  return result;
}

// The reals outside of a set that is in order.
RealSet complement(const RealSet& set) {
  RealSet result{{}, set.subject, set.solved};
  MathExpression low = negated(kInfinity);
  bool low_open = true;
  for (const RealPiece& piece : set.pieces) {
    if (infinity_sign(piece.low) == 0)
      result.pieces.push_back({low, piece.low, low_open, !piece.low_open});
    low = piece.high;
    low_open = !piece.high_open;
  }
  if (infinity_sign(low) <= 0) result.pieces.push_back({low, kInfinity, low_open, true});
  return result;
}

// What x is, where x `relation` bound.
RealSet half_line(char relation, const MathExpression& bound) {
  switch (relation) {
    case '<':
      return {{{negated(kInfinity), bound, true, true}}, ""};
    case 'l':
      return {{{negated(kInfinity), bound, true, false}}, ""};
    case '>':
      return {{{bound, kInfinity, true, true}}, ""};
    case 'g':
      return {{{bound, kInfinity, false, true}}, ""};
    case 'n':
      return complement({{point(bound)}, ""});
    default:
      return {{point(bound)}, ""};
  }
}

char mirrored(char relation) {
  constexpr std::string_view kFrom = "<>lg", kTo = "><gl";
  const size_t at = kFrom.find(relation);
  return at == kFrom.npos ? relation : kTo[at];
}

// A subject a x + b with rational a != 0: x, and how to solve for it.
struct Linear {
  MathExpression subject, slope, offset;
  int sign = 1;
};

Linear linear_in(const MathExpression& subject, MathWork& work) {
  Linear plain{subject, number_of(1), number_of(0)};
  const auto symbols = symbols_of(subject);
  if (symbols.size() != 1 || subject.kind == MathKind::kSymbol ||
      contains(subject, MathKind::kApply))
    return plain;
  const MathExpression x{MathKind::kSymbol, symbols[0], {}};
  Linear result{x, {}, substituted(subject, symbols[0], number_of(0))};
  result.slope = difference(substituted(subject, symbols[0], number_of(1)), result.offset);
  const MathExpression line{MathKind::kAdd, "", {product(result.slope, x), result.offset}};
  if (compare_exactly(line, subject, work) != ExactOutcome::kEqual) return plain;
  const auto sign = sign_of(result.slope, work);
  if (!sign || *sign == 0) return plain;
  result.sign = *sign;
  return result;
}

RealSet solved(const Linear& linear, char relation, const MathExpression& bound) {
  if (infinity_sign(bound) != 0)
    return half_line(linear.sign < 0 ? mirrored(relation) : relation,
                     linear.sign < 0 ? negated(bound) : bound);
  return half_line(linear.sign < 0 ? mirrored(relation) : relation,
                   quotient(difference(bound, linear.offset), linear.slope));
}

// |u| < c is -c < u < c, |u| > c its opposite.
std::optional<RealSet> solved_absolute(const Linear& linear, char relation,
                                       const MathExpression& bound, MathWork& work) {
  const bool inside = relation == '<' || relation == 'l' || relation == '=';
  const char other = relation == '=' ? '=' : mirrored(relation);
  RealSet a = solved(linear, relation, bound);
  RealSet b = solved(linear, other, negated(bound));
  if (inside && relation != '=') return intersect(a, b, work);
  if (relation == 'n') return intersect(a, b, work);
  for (RealPiece& piece : b.pieces) a.pieces.push_back(std::move(piece));
  if (!normalise(a.pieces, work)) return std::nullopt;
  return a;
}

// A chain with one side that is no constant: 0 < x, 1 <= |z| <= 3/2, x in S.
std::optional<RealSet> set_of_relation(const MathExpression& chain, MathWork& work) {
  if (chain.text.find('i') != std::string::npos) {
    if (chain.children.size() != 2) return std::nullopt;
    auto set = real_set_of(chain.children[1], work);
    if (set) set->subject = key_of(chain.children[0]);
    if (set) set->solved = may_go_unnamed(chain.children[0]);
    return set;
  }
  size_t at = chain.children.size();
  for (size_t i = 0; i < chain.children.size(); ++i) {
    if (symbols_of(chain.children[i]).empty()) continue;
    if (at != chain.children.size()) return std::nullopt;
    at = i;
  }
  if (at == chain.children.size()) return std::nullopt;
  const MathExpression& side = chain.children[at];
  const bool absolute = side.kind == MathKind::kFunction && side.text == "abs";
  const Linear linear = linear_in(absolute ? side.children[0] : side, work);
  std::optional<RealSet> result = RealSet{{everything()}, ""};
  for (size_t i = 0; i < chain.children.size() && result; ++i) {
    if (i == at) continue;
    if (i + 1 != at && i != at + 1) return std::nullopt;  // 1 < 2 < x
    const char relation = i > at ? chain.text[at] : mirrored(chain.text[i]);
    const auto next = absolute ? solved_absolute(linear, relation, chain.children[i], work)
                               : solved(linear, relation, chain.children[i]);
    result = next ? intersect(*result, *next, work) : std::nullopt;
  }
  if (result) result->subject = key_of(linear.subject);
  if (result) result->solved = may_go_unnamed(linear.subject);
  return result;
}

std::optional<RealSet> united(const std::vector<MathExpression>& children, bool all,
                              MathWork& work) {
  std::optional<RealSet> result = real_set_of(children[0], work);
  for (size_t i = 1; i < children.size() && result; ++i) {
    auto next = real_set_of(children[i], work);
    if (!next ||
        (!next->subject.empty() && !result->subject.empty() && next->subject != result->subject))
      return std::nullopt;
    if (all) {
      result = intersect(*result, *next, work);
      continue;
    }
    for (RealPiece& piece : next->pieces) result->pieces.push_back(std::move(piece));
    result->solved = result->solved && next->solved;
  }
  if (result) normalise(result->pieces, work);  // ends that cannot be compared stay as they are
  return result;
}

bool has_inequality(const MathExpression& e) {
  return e.kind == MathKind::kRelation && e.text.find_first_of("<>lgni") != std::string::npos;
}

bool is_reals(const MathExpression& e) {
  return e.kind == MathKind::kSymbol && e.text == "mathbb R";
}

}  // namespace

bool is_real_set(const MathExpression& e) {
  if (e.kind == MathKind::kUnion || e.kind == MathKind::kIntersection ||
      e.kind == MathKind::kDifference || has_inequality(e) || is_reals(e))
    return true;
  if (e.kind == MathKind::kTuple && e.children.size() == 2)
    return e.text == "[)" || e.text == "(]" || infinity_sign(e.children[0]) != 0 ||
           infinity_sign(e.children[1]) != 0;
  return e.kind == MathKind::kList && e.text != ";" && !e.children.empty() &&
         std::all_of(e.children.begin(), e.children.end(), is_real_set);
}

std::optional<RealSet> real_set_of(const MathExpression& e, MathWork& work) {
  if (is_reals(e)) return RealSet{{everything()}, ""};
  RealSet result;
  switch (e.kind) {
    case MathKind::kTuple:
      if (e.children.size() != 2 || e.text[0] == ':') return std::nullopt;  // a time
      result.pieces = {{e.children[0], e.children[1], e.text[0] == '(', e.text[1] == ')'}};
      normalise(result.pieces, work);
      return result;
    case MathKind::kSet:
      for (const MathExpression& element : e.children) result.pieces.push_back(point(element));
      if (!normalise(result.pieces, work)) return std::nullopt;
      return result;
    case MathKind::kUnion:
      return united(e.children, false, work);
    case MathKind::kIntersection:
      return united(e.children, true, work);
    case MathKind::kDifference: {
      const auto from = real_set_of(e.children[0], work);
      const auto what = real_set_of(e.children[1], work);
      return from && what ? intersect(*from, complement(*what), work) : std::nullopt;
    }
    case MathKind::kList: {
      if (e.children.empty()) return std::nullopt;
      // "x > 2, x < 5" is both at once; "x < 2, x > 5" cannot be, and means either.
      const bool both = e.text != "or" && has_inequality(e.children[0]);
      const auto set = united(e.children, both, work);
      return both && set && set->pieces.empty() ? united(e.children, false, work) : set;
    }
    case MathKind::kRelation:
      return set_of_relation(e, work);
    default:
      return std::nullopt;
  }
}

}  // namespace r1
