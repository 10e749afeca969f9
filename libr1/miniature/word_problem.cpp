#include "libr1/miniature/word_problem.h"

#include "libr1/core/error.h"

namespace r1 {
namespace {

struct Person {
  const char *name, *she, *capital;
};

const std::vector<Person>& people() {
  static const std::vector<Person> kPeople = {
      {"Anna", "she", "She"}, {"Ben", "he", "He"},  {"Clara", "she", "She"}, {"David", "he", "He"},
      {"Emma", "she", "She"}, {"Jack", "he", "He"}, {"Lily", "she", "She"},  {"Noah", "he", "He"},
      {"Sara", "she", "She"}, {"Tom", "he", "He"}};
  return kPeople;
}
const std::vector<std::string>& things() {
  static const std::vector<std::string> kThings = {"apples",  "pears",   "marbles", "stickers",
                                                   "pencils", "cookies", "books",   "shells",
                                                   "coins",   "cards"};
  return kThings;
}

enum class Form { kMore, kFewer, kTimes, kShared };
constexpr int kForms = 4;

struct Numbers {
  int a = 0, b = 0, answer = 0;
};

Numbers draw_numbers(Form form, Draws& draws) {
  const bool is_sum = form == Form::kMore || form == Form::kFewer;
  const int a = draws.between(2, is_sum ? 20 : 9), b = draws.between(2, is_sum ? 20 : 9);
  switch (form) {
    case Form::kMore:
      return {a, b, a + b};
    case Form::kFewer:
      return {a + b, b, a};
    case Form::kTimes:
      return {a, b, a * b};
    case Form::kShared:
      break;
  }
  return {a * b, a, b};
}

std::string text_of(Form form, const Numbers& n, Draws& draws) {
  const Person& who = draws.pick(people());
  const std::string& thing = draws.pick(things());
  const std::string owns = concat(who.name, " has ", n.a, " ", thing, ". ", who.capital);
  const std::string ask = concat("How many ", thing, " does ", who.she, " have now?");
  switch (form) {
    case Form::kMore:
      return concat(owns, " buys ", n.b, " more. ", ask);
    case Form::kFewer:
      return concat(owns, " gives ", n.b, " of them to a friend. ", ask);
    case Form::kTimes:
      return concat(who.name, " has ", n.a, " boxes with ", n.b, " ", thing, " in each. How many ",
                    thing, " are there in all?");
    case Form::kShared:
      break;
  }
  return concat(who.name, " shares ", n.a, " ", thing, " equally among ", n.b,
                " friends. How many ", thing, " does each friend get?");
}

}  // namespace

WordProblem draw_word_problem(bool held_out, Draws& draws) {
  for (;;) {
    const auto form = static_cast<Form>(draws.below(kForms));
    const Numbers numbers = draw_numbers(form, draws);
    std::string key = concat(static_cast<int>(form), " ", numbers.a, " ", numbers.b);
    if (is_held_out(key) == held_out)
      return {text_of(form, numbers, draws), std::move(key), numbers.answer};
  }
}

}  // namespace r1
