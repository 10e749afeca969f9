#include "libr1/reward/math_compare.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/math_definition.h"
#include "libr1/reward/math_matrix.h"
#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeral.h"
#include "libr1/reward/math_numeric.h"
#include "libr1/reward/math_set.h"
#include "libr1/reward/math_unit.h"
#include "libr1/reward/math_value.h"

namespace r1 {
namespace {

using enum MathOutcome;

class Comparer {
 public:
  Comparer(int decimal_places, MathWork& work) : decimal_places_(decimal_places), work_(work) {}

  MathOutcome equal(const MathExpression& a, const MathExpression& b);
  const std::string& reason() const { return reason_; }

 private:
  MathOutcome undecided(const char* reason) {
    if (reason_.empty()) reason_ = reason;
    return kUndecided;
  }
  // Of two relations or sets the longer one used the budget up; where that is the answer, it says
  // more than anyone asked for.
  MathOutcome over_budget(const MathExpression& reference, const MathExpression& answer) {
    if (size_of(answer) > size_of(reference)) return kDifferent;
    return undecided("the budget of operations is used up");
  }
  MathOutcome relations(const MathExpression& a, const MathExpression& b);
  MathOutcome equations(const MathExpression& a, const MathExpression& b);
  MathOutcome real_sets(const MathExpression& a, const MathExpression& b);
  MathOutcome inequalities(const MathExpression& a, const MathExpression& b);
  MathOutcome collections(const MathExpression& a, const MathExpression& b);
  MathOutcome all_equal(const MathExpression& reference, const MathExpression& value,
                        const std::vector<MathExpression>& answers);
  MathOutcome times(const MathExpression& time, const MathExpression& other);
  MathOutcome in_order(const std::vector<MathExpression>& a, const std::vector<MathExpression>& b);
  MathOutcome one_to_one(const std::vector<MathExpression>& a,
                         const std::vector<MathExpression>& b);
  MathOutcome each_in(const std::vector<MathExpression>& a, const std::vector<MathExpression>& b);
  MathOutcome quantities(const MathExpression& a, const MathExpression& b);
  MathOutcome based(const MathExpression& a, const MathExpression& b);
  MathOutcome ratios(const MathExpression& a, const MathExpression& b);
  MathOutcome scalars(const MathExpression& a, const MathExpression& b);

  int decimal_places_;
  MathWork& work_;
  std::string reason_;
};

bool is_container(const MathExpression& e) {
  return is_collection(e) || e.kind == MathKind::kRelation;
}

bool is_time(const MathExpression& e) { return e.kind == MathKind::kTuple && e.text == "::"; }

// 4:05 with "p.m." behind it.
bool is_half_day(const MathExpression& e) {
  return e.kind == MathKind::kQuantity && is_time(e.children[0]);
}

MathOutcome Comparer::equal(const MathExpression& a, const MathExpression& b) {
  if (!work_.spend(1)) return undecided("the budget of operations is used up");
  if (a == b) return kEqual;
  if (is_real_set(a) || is_real_set(b)) return real_sets(a, b);
  if (a.kind == MathKind::kRelation || b.kind == MathKind::kRelation) return relations(a, b);
  if (a.kind == MathKind::kText || b.kind == MathKind::kText)
    return a.kind == b.kind && a.text == b.text ? kEqual : kDifferent;
  if (is_half_day(a) || is_half_day(b)) return quantities(a, b);
  if (is_collection(a) || is_collection(b)) return collections(a, b);
  if (a.kind == MathKind::kMatrix && b.kind == MathKind::kMatrix)
    return a.columns == b.columns ? in_order(a.children, b.children) : kDifferent;
  if (a.kind == MathKind::kMatrix || b.kind == MathKind::kMatrix) return kDifferent;
  if (a.kind == MathKind::kQuantity || b.kind == MathKind::kQuantity) return quantities(a, b);
  if (a.kind == MathKind::kBased || b.kind == MathKind::kBased) return based(a, b);
  const auto is_ratio = [](const MathExpression& e) {
    return e.kind == MathKind::kFunction && e.text == "ratio";
  };
  if (is_ratio(a) || is_ratio(b)) return is_ratio(a) && is_ratio(b) ? ratios(a, b) : kDifferent;
  return scalars(a, b);
}

MathOutcome Comparer::relations(const MathExpression& a, const MathExpression& b) {
  if (a.kind == b.kind) return equations(a, b);
  const MathExpression& relation = a.kind == MathKind::kRelation ? a : b;
  const MathExpression& other = a.kind == MathKind::kRelation ? b : a;
  const auto value = defined_value(relation);
  if (!value) return kDifferent;
  // "a = 1, b = 2" against "(b, a) = (2, 1)", and "(1, 2)" against "(y, x) = (2, 1)".
  if (const auto named = named_elements(relation)) {
    const bool list = other.kind == MathKind::kList && has_relations(other);
    if (list) return &relation == &a ? collections(*named, b) : collections(a, *named);
    if (&relation == &b && other.kind == MathKind::kTuple)
      return in_order(other.children, values_by_name(*named));
  }
  // "1/3 = 0.33" about: either is what the reference says.
  if (&relation == &a && is_rounding(a) && equal(a.children[0], b) == kEqual) return kEqual;
  if (&relation == &a && is_rounding(a)) return equal(a.children[1], b);
  // "x = 5" against "x = 5, y = 5": what names something has to name the same.
  if (other.kind == MathKind::kList && !is_collection(*value)) {
    if (&relation == &a) return all_equal(a, *value, b.children);
    return a.children.size() == 1 ? equal(a.children[0], b) : kDifferent;
  }
  return &relation == &a ? equal(*value, other) : equal(other, *value);
}

MathOutcome Comparer::equations(const MathExpression& a, const MathExpression& b) {
  const MathExpression left = ends_of_chain(a), right = ends_of_chain(b);
  const auto a_value = defined_value(left), b_value = defined_value(right);
  if (a_value && b_value && is_same_name(left.children[0], right.children[0]))
    return equal(*a_value, in_terms_of(*b_value, right.children[0], left.children[0]));
  const auto a_named = named_elements(a), b_named = named_elements(b);
  if (a_named && b_named) return collections(*a_named, *b_named);
  for (const MathExpression* e : {&left, &right})
    for (const MathExpression& side : e->children)
      if (is_container(side) || side.kind == MathKind::kText) return kDifferent;
  const MathExpression f = difference(left.children[0], left.children[1]);
  const MathExpression g = difference(right.children[0], right.children[1]);
  if (symbols_of(f) != symbols_of(g)) return kDifferent;
  if (constant_ratio_sign(f, g, work_)) return kEqual;
  return work_.exhausted() ? over_budget(a, b) : kDifferent;
}

MathOutcome Comparer::real_sets(const MathExpression& a, const MathExpression& b) {
  // "x in S" against S: no matter what S holds.
  const auto is_membership = [](const MathExpression& e) {
    return e.kind == MathKind::kRelation && e.text == "i";
  };
  if (is_membership(a) && is_membership(b) && a.children[0] != b.children[0]) return kDifferent;
  if (is_membership(a) != is_membership(b) &&
      !may_go_unnamed((is_membership(a) ? a : b).children[0]))
    return kDifferent;
  if (is_membership(a)) return equal(a.children[1], is_membership(b) ? b.children[1] : b);
  if (is_membership(b)) return equal(a, b.children[1]);
  const auto left = real_set_of(a, work_), right = real_set_of(b, work_);
  if (!left || !right) {
    if (a.kind == MathKind::kRelation && b.kind == MathKind::kRelation) return inequalities(a, b);
    if (is_collection(a) && is_collection(b)) return collections(a, b);
    if (a.kind == b.kind && (a.kind == MathKind::kUnion || a.kind == MathKind::kIntersection))
      return one_to_one(a.children, b.children);
    return work_.exhausted() ? over_budget(a, b) : kDifferent;
  }
  if (!left->subject.empty() && !right->subject.empty() && left->subject != right->subject)
    return a.kind == b.kind && a.kind == MathKind::kRelation ? inequalities(a, b) : kDifferent;
  // "x^2 > 4" is not solved: no set of x.
  if (left->subject.empty() != right->subject.empty() && !(left->solved && right->solved))
    return kDifferent;
  if (left->pieces.size() != right->pieces.size()) return kDifferent;
  MathOutcome worst = kEqual;
  std::vector<bool> used(right->pieces.size());
  for (const RealPiece& piece : left->pieces) {
    MathOutcome best = kDifferent;
    for (size_t i = 0; i < right->pieces.size() && best != kEqual; ++i) {
      const RealPiece& other = right->pieces[i];
      if (used[i] || piece.low_open != other.low_open || piece.high_open != other.high_open)
        continue;
      const MathOutcome low = equal(piece.low, other.low);
      const MathOutcome high = low == kDifferent ? low : equal(piece.high, other.high);
      if (high == kDifferent) continue;
      best = low == kEqual && high == kEqual ? kEqual : kUndecided;
      used[i] = best == kEqual;
    }
    if (best == kDifferent) return kDifferent;
    if (best == kUndecided) worst = best;
  }
  return worst;
}

// Several unknowns: the same relation between differences that are proportional.
MathOutcome Comparer::inequalities(const MathExpression& a, const MathExpression& b) {
  if (a.children.size() != 2 || b.children.size() != 2) return a == b ? kEqual : kDifferent;
  const auto sign = constant_ratio_sign(difference(a.children[0], a.children[1]),
                                        difference(b.children[0], b.children[1]), work_);
  if (!sign) return work_.exhausted() ? over_budget(a, b) : kDifferent;
  constexpr std::string_view kFrom = "<>lg", kTo = "><gl";
  const size_t at = kFrom.find(b.text[0]);
  const char relation = *sign > 0 || at == kFrom.npos ? b.text[0] : kTo[at];
  return a.text[0] == relation ? kEqual : kDifferent;
}

MathOutcome Comparer::collections(const MathExpression& a, const MathExpression& b) {
  // A set or list of one is its element. An answer may be given twice, written in two ways:
  // "15 39/40, or 639/40".
  for (const auto& [one, other] : {std::pair{&a, &b}, std::pair{&b, &a}})
    if (is_collection(*one) && !is_collection(*other)) {
      if (other->kind == MathKind::kMatrix && one->kind == MathKind::kTuple && other->columns == 1)
        return in_order(a.children, b.children);
      if (one->kind == MathKind::kTuple) return kDifferent;
      if (one == &b) return names_its_elements(b) ? kDifferent : all_equal(a, a, b.children);
      return a.children.size() == 1 ? equal(a.children[0], b) : kDifferent;
    }
  if (is_time(a) != is_time(b)) return kDifferent;  // a time is no pair
  if (a.kind == MathKind::kTuple && b.kind == MathKind::kTuple)
    return a.text == b.text ? in_order(a.children, b.children) : kDifferent;
  const bool sets = a.kind == MathKind::kSet || b.kind == MathKind::kSet;
  if (a.kind == MathKind::kTuple || b.kind == MathKind::kTuple) {
    if (sets) return kDifferent;
    for (const MathExpression* list : {&a, &b}) {
      if (list->kind == MathKind::kTuple || !all_relations(*list)) continue;
      if (!names_its_elements(*list)) return kDifferent;  // "x = 3, x = 4": two values of one name
      return list == &a ? in_order(values_by_name(a), b.children)
                        : in_order(a.children, values_by_name(b));
    }
    return in_order(a.children, b.children);
  }
  if (sets) {
    const MathOutcome there = each_in(a.children, b.children);
    const MathOutcome back = there == kDifferent ? there : each_in(b.children, a.children);
    return back == kEqual ? there : back;
  }
  // "x = 1, y = 2" against "1, 2": the order says which is which.
  const bool a_names = names_its_elements(a) && !has_relations(b);
  const bool b_names = names_its_elements(b) && !has_relations(a);
  if (a_names != b_names)
    return in_order(a_names ? values_by_name(a) : a.children,
                    b_names ? values_by_name(b) : b.children);
  // Operations of logic, not the words "and" and "or".
  if ((a.text[0] == 'l' || b.text[0] == 'l') && a.text != b.text) return kDifferent;
  return one_to_one(a.children, b.children);
}

// The reference, and without its name if it has one, with everything that an answer lists.
MathOutcome Comparer::all_equal(const MathExpression& reference, const MathExpression& value,
                                const std::vector<MathExpression>& answers) {
  MathOutcome worst = answers.empty() ? kDifferent : kEqual;
  for (const MathExpression& answer : answers) {
    const bool named = answer.kind == MathKind::kRelation;
    const MathOutcome outcome = equal(named ? reference : value, answer);
    if (outcome == kDifferent) return outcome;
    if (outcome == kUndecided) worst = outcome;
  }
  return worst;
}

MathOutcome Comparer::in_order(const std::vector<MathExpression>& a,
                               const std::vector<MathExpression>& b) {
  if (a.size() != b.size()) return kDifferent;
  MathOutcome worst = kEqual;
  for (size_t i = 0; i < a.size(); ++i) {
    const MathOutcome outcome = equal(a[i], b[i]);
    if (outcome == kDifferent) return outcome;
    if (outcome == kUndecided) worst = outcome;
  }
  return worst;
}

MathOutcome Comparer::one_to_one(const std::vector<MathExpression>& a,
                                 const std::vector<MathExpression>& b) {
  return a.size() == b.size() ? each_in(a, b) : kDifferent;
}

// Every element of a has an equal in b; where they are equally many, one of its own.
MathOutcome Comparer::each_in(const std::vector<MathExpression>& a,
                              const std::vector<MathExpression>& b) {
  std::vector<bool> used(b.size());
  const bool own = a.size() == b.size();
  MathOutcome worst = kEqual;
  for (const MathExpression& element : a) {
    MathOutcome best = kDifferent;
    for (size_t i = 0; i < b.size() && best != kEqual; ++i) {
      if (own && used[i]) continue;
      const MathOutcome outcome = equal(element, b[i]);
      if (outcome != kDifferent) best = outcome;
      if (outcome == kEqual) used[i] = true;
    }
    if (best == kDifferent) return kDifferent;
    if (best == kUndecided) worst = best;
  }
  return worst;
}

MathOutcome Comparer::quantities(const MathExpression& a, const MathExpression& b) {
  const auto value = [](const MathExpression& e) {
    return e.kind == MathKind::kQuantity ? e.children[0] : e;
  };
  const auto unit = [](const MathExpression& e) {
    return e.kind == MathKind::kQuantity ? unit_of(e.text) : std::nullopt;
  };
  const auto a_unit = unit(a), b_unit = unit(b);
  const MathExpression x = value(a), y = value(b);
  if (a.kind == b.kind && say_opposites(a.text, b.text)) return kDifferent;
  if (!a_unit && !b_unit) return equal(x, y);
  if (a_unit && b_unit) {
    if (a_unit->dimension != b_unit->dimension &&
        !same_degrees(a_unit->dimension, b_unit->dimension))
      return kDifferent;
    const bool same =
        a_unit->multipliers == b_unit->multipliers && a_unit->divisors == b_unit->divisors;
    if (same) return equal(x, y);
    return equal(in_base_unit(x, *a_unit), in_base_unit(y, *b_unit));
  }
  // One has left its unit out.
  if (is_time(x) != is_time(y)) return is_time(x) ? times(x, y) : times(y, x);
  const MathOutcome plain = equal(x, y);
  const std::string& dimension = a_unit ? a_unit->dimension : b_unit->dimension;
  if (plain == kEqual || (dimension != "percent" && dimension != "angle")) return plain;
  // 50% is 1/2, 180 degrees are pi.
  const MathExpression pi{MathKind::kConstant, "pi", {}};
  const MathExpression scale = dimension == "percent" ? quotient(number_of(1), number_of(100))
                                                      : quotient(pi, number_of(180));
  return a_unit ? equal(product(x, scale), y) : equal(x, product(y, scale));
}

// 9:30 with "a.m." behind it is a time; without, it has been read as a ratio.
MathOutcome Comparer::times(const MathExpression& time, const MathExpression& other) {
  const bool ratio = time.children.size() == 2 && other.kind == MathKind::kMultiply &&
                     other.children.size() == 2 && other.children[1].kind == MathKind::kReciprocal;
  if (!ratio) return kDifferent;
  return time.children[0] == other.children[0] && time.children[1] == other.children[1].children[0]
             ? kEqual
             : kDifferent;
}

MathOutcome Comparer::based(const MathExpression& a, const MathExpression& b) {
  if (a.kind == b.kind) {
    const MathOutcome base = equal(a.children[0], b.children[0]);
    return base == kEqual && a.text != b.text ? kDifferent : base;
  }
  const MathExpression& numeral = a.kind == MathKind::kBased ? a : b;
  const MathExpression& other = a.kind == MathKind::kBased ? b : a;
  // The base left out.
  const bool written = other.kind == MathKind::kNumber || other.kind == MathKind::kSymbol;
  return written && other.text == numeral.text ? kEqual : kDifferent;
}

// a : b : c, up to a common factor.
MathOutcome Comparer::ratios(const MathExpression& a, const MathExpression& b) {
  if (a.children.size() != b.children.size()) return kDifferent;
  MathOutcome worst = kEqual;
  for (size_t i = 1; i < a.children.size(); ++i) {
    const MathOutcome outcome =
        scalars(product(a.children[0], b.children[i]), product(a.children[i], b.children[0]));
    if (outcome == kDifferent) return outcome;
    if (outcome == kUndecided) worst = outcome;
  }
  return worst;
}

MathOutcome Comparer::scalars(const MathExpression& a, const MathExpression& b) {
  if (const auto same = same_residue(a, b, work_)) return *same ? kEqual : kDifferent;
  if (infinity_sign(a) != 0 || infinity_sign(b) != 0)
    return infinity_sign(a) == infinity_sign(b) ? kEqual : kDifferent;
  if (decimal_places_ >= 0 && (is_decimal(a) || is_decimal(b))) {
    const auto same = equal_when_rounded(a, b, decimal_places_, work_);
    if (same) return *same ? kEqual : kDifferent;
  }
  const int64_t half = work_.left() / 2;  // for the numbers, where this does not end
  work_.put_aside(half);
  const ExactOutcome exact = compare_exactly(a, b, work_);
  work_.give_back(half);
  switch (exact) {
    case ExactOutcome::kEqual:
      return kEqual;
    case ExactOutcome::kDifferent:
    case ExactOutcome::kUndefined:
      return kDifferent;
    case ExactOutcome::kUnknown:
      break;
  }
  switch (compare_numerically(a, b, work_)) {
    case NumericOutcome::kEqual:
      return kEqual;
    case NumericOutcome::kDifferent:
      return kDifferent;
    case NumericOutcome::kUndefined:
      return undecided("one side has no value that can be computed");
    case NumericOutcome::kUndecided:
      break;
  }
  return undecided(work_.exhausted() ? "the budget of operations is used up"
                                     : "the values agree as far as the budget of bits reaches");
}

}  // namespace

MathComparison compare_math(const MathExpression& reference, const MathExpression& answer,
                            int decimal_places, MathWork& work) {
  Comparer comparer(decimal_places, work);
  const MathExpression a = with_matrices_folded(expanded(reference), work);
  const MathExpression b = with_matrices_folded(expanded(answer), work);
  // That k is an integer may go unsaid.
  const MathExpression a_alone = without_integer_ranges(a), b_alone = without_integer_ranges(b);
  const bool one_says = (a_alone == a) != (b_alone == b);
  const MathOutcome outcome = one_says ? comparer.equal(a_alone, b_alone) : comparer.equal(a, b);
  return {outcome, outcome == kUndecided ? comparer.reason() : ""};
}

}  // namespace r1
