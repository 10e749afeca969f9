#include "libr1/miniature/word_problem.h"

#include "libr1/core/error.h"

namespace r1 {
namespace {

struct Person {
  const char *name, *she;
};

const std::vector<Person>& people() {
  static const std::vector<Person> kPeople = {
      {"Anna", "she"}, {"Ben", "he"},   {"Clara", "she"}, {"David", "he"}, {"Emma", "she"},
      {"Jack", "he"},  {"Lily", "she"}, {"Noah", "he"},   {"Sara", "she"}, {"Tom", "he"}};
  return kPeople;
}
const std::vector<std::string>& things() {
  static const std::vector<std::string> kThings = {"apples",  "pears",   "marbles", "stickers",
                                                   "pencils", "cookies", "books",   "shells",
                                                   "coins",   "cards"};
  return kThings;
}

enum class Form { kMore, kFewer, kTimes, kShared, kMoreThenFewer, kTimesThenMore, kTwoPrices };
constexpr int kForms = 7;

struct Numbers {
  int a = 0, b = 0, c = 0;
  int64_t answer = 0;
};

Numbers draw_numbers(Form form, Draws& draws) {
  const int a = draws.between(2, 20), b = draws.between(2, 20), c = draws.between(2, 9);
  const int factor = draws.between(2, 9);
  switch (form) {
    case Form::kMore:
      return {a, b, 0, a + b};
    case Form::kFewer:
      return {a + b, b, 0, a};
    case Form::kTimes:
      return {c, factor, 0, c * factor};
    case Form::kShared:
      return {c * factor, c, 0, factor};
    case Form::kMoreThenFewer:
      return {a + c, b, c, a + b};
    case Form::kTimesThenMore:
      return {c, factor, b, c * factor + b};
    case Form::kTwoPrices:
      break;
  }
  return {c, factor, b, c * factor + 2 * b};
}

std::string text_of(Form form, const Numbers& n, Draws& draws) {
  const Person& who = draws.pick(people());
  const std::string& thing = draws.pick(things());
  std::string she = who.she;
  const std::string has = concat("How many ", thing, " does ", she, " have now?");
  she[0] = static_cast<char>(she[0] - 'a' + 'A');
  const std::string owns = concat(who.name, " has ", n.a, " ", thing, ". ");
  switch (form) {
    case Form::kMore:
      return concat(owns, she, " buys ", n.b, " more. ", has);
    case Form::kFewer:
      return concat(owns, she, " gives ", n.b, " of them to a friend. ", has);
    case Form::kTimes:
      return concat(who.name, " has ", n.a, " boxes with ", n.b, " ", thing, " in each. How many ",
                    thing, " are there in all?");
    case Form::kShared:
      return concat(who.name, " shares ", n.a, " ", thing, " equally among ", n.b,
                    " friends. How many ", thing, " does each friend get?");
    case Form::kMoreThenFewer:
      return concat(owns, she, " finds ", n.b, " more and then loses ", n.c, ". ", has);
    case Form::kTimesThenMore:
      return concat(who.name, " has ", n.a, " boxes with ", n.b, " ", thing, " in each, and ", n.c,
                    " more ", thing, " on the table. How many ", thing, " are there in all?");
    case Form::kTwoPrices:
      break;
  }
  return concat(who.name, " buys ", n.a, " pens for ", n.b, " dollars each and 2 caps for ", n.c,
                " dollars each. How many dollars does ", who.she, " pay in all?");
}

}  // namespace

WordProblem draw_word_problem(bool held_out, Draws& draws) {
  for (;;) {
    const auto form = static_cast<Form>(draws.below(kForms));
    const Numbers numbers = draw_numbers(form, draws);
    std::string key =
        concat(static_cast<int>(form), " ", numbers.a, " ", numbers.b, " ", numbers.c);
    if (is_held_out(key) == held_out)
      return {text_of(form, numbers, draws), std::move(key), numbers.answer};
  }
}

}  // namespace r1
