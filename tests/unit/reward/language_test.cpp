#include "libr1/reward/language.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/reward/prose.h"

namespace r1 {
namespace {

// "words/target" of a text.
std::string counted(std::string_view text, std::string_view language = "en") {
  const LanguageCount count = count_language(text, language);
  EXPECT_EQ(count.words, count.target + count.other);
  return std::to_string(count.words) + "/" + std::to_string(count.target);
}

constexpr const char* kEnglish =
    "First we read the question again and write down what is known about the two trains. The "
    "slower train leaves the station at noon, and the faster one follows an hour later on the same "
    "track. After two hours the distance between them has become smaller, so they must meet before "
    "the evening comes. We should check this result once more with the other method. ";
constexpr const char* kFrench =
    "Nous devons maintenant vérifier que cette solution est correcte avant de répondre à la "
    "question posée par le professeur. Le premier train quitte la gare à midi et le second part "
    "une "
    "heure plus tard sur la même voie. Après deux heures, la distance entre les deux trains est "
    "devenue plus petite, donc ils doivent se rencontrer avant la fin de la soirée. ";
constexpr const char* kRussian =
    "Сначала мы ещё раз прочитаем условие задачи и запишем всё, что известно о двух поездах. "
    "Первый "
    "поезд отправляется со станции в полдень, а второй следует за ним через час по тому же пути. "
    "После двух часов расстояние между ними стало меньше, поэтому они должны встретиться до "
    "вечера, "
    "и мы проверим этот ответ другим способом.";
constexpr const char* kUkrainian =
    "Спочатку ми ще раз прочитаємо умову задачі й запишемо все, що відомо про два потяги. Перший "
    "потяг вирушає зі станції опівдні, а другий їде слідом за ним через годину тією самою колією. "
    "Після двох годин відстань між ними стала меншою, тому вони мають зустрітися до вечора, і ми "
    "перевіримо цю відповідь іншим способом, щоб не помилитися.";
constexpr const char* kChinese =
    "首先我们再读一遍题目，写下关于两列火车的已知条件。慢车中午从车站出发，快车一小时以后沿着同一条"
    "铁路跟上来。两个小时以后它们之间的距离变小了，所以它们一定会在傍晚之前相遇。我们应该用另一种方"
    "法再检查一次这个结果，然后才能给出最后的答案。";

TEST(Language, CountsWordsByScript) {
  EXPECT_EQ(counted("Let us add the numbers."), "5/5");
  EXPECT_EQ(counted("我们先算第一步。", "zh"), "7/7");
  EXPECT_EQ(counted("我们先算第一步。", "en"), "7/0");
  EXPECT_EQ(counted("start a 9 步 b 9 + 3 得 2"), "3/1");
  EXPECT_EQ(counted("start a 9 步 b 9 + 3 得 2", "zh"), "3/2");
  EXPECT_EQ(counted("это слово and this", "ru"), "4/2");
  EXPECT_EQ(counted("これは本です", "ja"), "6/6");
  EXPECT_EQ(counted("これは本です", "zh"), "6/1");
  EXPECT_EQ(counted("ラーメン", "ja"), "3/3");  // the long-vowel sign is no kana of its own
  EXPECT_EQ(counted("우리는 먼저 계산한다", "ko"), "3/3");
  EXPECT_EQ(counted("πρώτα x + y", "el"), "1/1");
  EXPECT_EQ(counted("पहले हम", "hi"), "2/2");
  EXPECT_EQ(counted("don't l’eau rock'n'roll"), "3/3");
  EXPECT_EQ(counted("cafe\u0301 na\u0308ive"), "2/2");  // marks after their letters
  EXPECT_EQ(counted("ＡＢＣ wide"), "2/2");
}

TEST(Language, VariablesDigitsAndOperatorsAreNoWords) {
  for (const char* text :
       {"", " \n\t", "a 7 b + 1", "x = y * 2 - 3 / 4", "α + β", "1234 ３４ ٣٤ ४५", "½ ² ① Ⅷ",
        "= ≠ ∑ ∫ → ✓", "𝑥 ℝ µ", "f'", "!!! ??? ...", "🙂"})
    EXPECT_EQ(counted(text), "0/0") << text;
  EXPECT_EQ(count_language("", "en").share(), 1);
  EXPECT_EQ(count_language("a 7 b + 1", "zh").share(), 1);
  EXPECT_EQ(counted("求x的值", "zh"), "3/3");
  EXPECT_EQ(counted("10cm and x2"), "2/2");
}

TEST(Language, NotationIsNoWords) {
  for (const char* text :
       {"<think> </think> <answer> 42 </answer>", "<br/> <br /> <|end|>", "\\frac{1}{2} \\cdot x",
        "$total = sum$", "$$ total \\text{abc} $$", "\\( total \\)", "\\[ total\n\n= sum \\]",
        "```cpp\nint main();\n```", "`inline code`", "https://example.org/a/page?x=yes",
        "http://example.org www.example.org/path ftp://example.org",
        "\\begin{align} \\end{align*}"})
    EXPECT_EQ(counted(text), "0/0") << text;
  EXPECT_EQ(counted("so $a+b$ holds"), "2/2");
  EXPECT_EQ(counted("\\boxed{seven}"), "1/1");
  EXPECT_EQ(counted("pay $5 and then $6 more"), "4/4");
  EXPECT_EQ(counted("\\$word\\$"), "1/1");
  EXPECT_EQ(counted("见https://example.org/a。好", "zh"), "2/2");
  EXPECT_EQ(counted("is x<yes and no>z"), "4/4");
  EXPECT_EQ(prose_of("a $b$ <i>c"), "a        c");
}

TEST(Language, NotationHidesNoWordsOfOtherScripts) {
  std::string thoughts;
  for (int i = 0; i < 40; ++i) thoughts += "我们先来计算这个问题的答案";  // 13 words each
  for (const auto& [open, close] :
       std::vector<std::pair<std::string, std::string>>{{"```\n", "\n```\n"},
                                                        {"`", "`"},
                                                        {"$", "$"},
                                                        {"$$", "$$"},
                                                        {"$$\\text{", "}$$"},
                                                        {"\\[", "\\]"},
                                                        {"\\(", "\\)"},
                                                        {"\\text{", "}"}}) {
    EXPECT_EQ(counted("Okay. " + open + thoughts + close), "521/1") << open;
    EXPECT_EQ(counted("好。" + open + thoughts + close, "zh"), "521/521") << open;
  }
  EXPECT_EQ(counted("Okay. `так считаем`"), "3/1");
  EXPECT_EQ(counted("हम `पहले`", "hi"), "2/2");  // marks go with their letters
  EXPECT_EQ(prose_of("a $b步\u0301c\u0301$"), "a   步\u0301    ");
}

// Formulas and programs are written in Latin letters in every language.
TEST(Language, LatinNotationIsNoForeignLanguage) {
  EXPECT_EQ(counted("求 $\\mathrm{speed} = distance / time$ 的值", "zh"), "3/3");
  EXPECT_EQ(counted("设\\(total = \\alpha\\beta x^{n} xⁿ\\)，则`print(total)`输出", "zh"), "4/4");
  EXPECT_EQ(counted("如下：\n```python\nfor item in items: print(item)\n```\n", "zh"), "2/2");
  EXPECT_EQ(counted("其中 $v_{\\text{平均}} = velocity$", "zh"), "4/4");
  EXPECT_EQ(counted("πρώτα $sin(x) + total$", "el"), "1/1");
}

TEST(Language, WhatIsNeverClosedHidesNothing) {
  EXPECT_EQ(counted("``` these are words"), "3/3");
  EXPECT_EQ(counted("` these are words"), "3/3");
  EXPECT_EQ(counted("$these are words"), "3/3");
  EXPECT_EQ(counted("$$ these are words"), "3/3");
  EXPECT_EQ(counted("\\[ these are words"), "3/3");
  EXPECT_EQ(counted("\\( these are words\n\nmore \\)"), "4/4");
  EXPECT_EQ(counted("$these are\n\nwords$"), "3/3");
  EXPECT_EQ(counted("<these are words"), "3/3");
  EXPECT_EQ(counted("<" + std::string(100, 'x') + ">"), "1/1");
}

TEST(Language, AWordSwitchedInTheMiddleIsTwo) {
  EXPECT_EQ(counted("helloпривет"), "2/1");
  EXPECT_EQ(counted("hеllo"), "3/2");  // its e is Cyrillic
  EXPECT_EQ(counted("计算result", "zh"), "3/2");
  EXPECT_EQ(counted("計算する", "ja"), "4/4");
}

TEST(Language, PassesOverInvalidBytes) {
  EXPECT_EQ(counted("he\xffllo \xe4\xb8 wor\xed\xa0\x80ld\xf4\x90\x80\x80"), "2/2");
  EXPECT_EQ(counted("\x80\xbf\xfe"), "0/0");
  EXPECT_EQ(counted(std::string_view("two\0words", 9)), "2/2");
  std::string noise;
  for (uint32_t i = 0, state = 1; i < 20000; ++i, state = state * 1664525 + 1013904223)
    noise += static_cast<char>(state >> 24);
  for (const char* language : {"en", "zh", "ru", "ja"}) counted(noise, language);
}

TEST(Language, UnknownLanguagesAreRefused) {
  EXPECT_TRUE(is_known_language("en"));
  for (const char* language : {"", "e", "xx", "EN", "eng", " e", "n "}) {
    EXPECT_FALSE(is_known_language(language)) << language;
    EXPECT_THROW(count_language("word", language), Error) << language;
  }
}

TEST(Language, PassagesInAnotherLanguageOfTheScriptAreOther) {
  const std::pair<const char*, const char*> texts[] = {
      {"en", kEnglish}, {"fr", kFrench}, {"ru", kRussian}, {"uk", kUkrainian}, {"zh", kChinese}};
  for (const auto& [language, text] : texts)
    EXPECT_EQ(count_language(text, language).share(), 1) << language;
  EXPECT_EQ(count_language(kFrench, "en").share(), 0);
  EXPECT_EQ(count_language(kEnglish, "fr").share(), 0);
  EXPECT_EQ(count_language(kEnglish, "de").share(), 0);
  EXPECT_EQ(count_language(kRussian, "uk").share(), 0);
  EXPECT_EQ(count_language(kUkrainian, "ru").share(), 0);
  // Fewer words than CLD2 is believed on.
  EXPECT_EQ(counted("Nous devons maintenant vérifier que cette solution est correcte."), "9/9");
}

TEST(Language, JapaneseIsToldFromChineseByItsKana) {
  // Chinese that CLD2 takes for Japanese.
  EXPECT_EQ(count_language(
                "同学们收集图片。张明、李红、蔡正明、王丹、熊伟、高伟、梅芳7人收集了名山图片，"
                "吴凤、李红、王丹、戴月红、高伟这5人收集了河流图片，吴心怡、张冬、李可这3人收集"
                "了奥运图片。收集名山图片和奥运图片的共有多少人？",
                "zh")
                .share(),
            1);
  const std::string japanese =
      "まず問題をもう一度読んで、二つの列車について分かっていることを書きましょう。遅い列車は正午に"
      "駅を出発し、速い列車は一時間後に同じ線路を走り始めます。二時間後には列車の間の距離が短くなっ"
      "たので、夕方の前に必ず出会うはずです。最後に別の方法で答えを確認してから、解答を書きましょう"
      "。";
  EXPECT_EQ(count_language(japanese, "ja").share(), 1);
  EXPECT_EQ(count_language(japanese, "zh").share(), 0);
  EXPECT_EQ(count_language(kChinese, "ja").share(), 0);
}

TEST(Language, MonotonousTextIsNotTakenForAnotherLanguage) {
  std::string steps, words, chinese;
  for (int i = 0; i < 200; ++i) {
    steps += "step b 9 + 3 gives 2 wait 9 + 3 gives 2 so 2 ";
    words += "wait ";
    chinese += "步 b 9 + 3 得 2 等 9 + 3 得 2 故 2 ";
  }
  EXPECT_EQ(count_language(steps, "en").share(), 1);
  EXPECT_EQ(count_language(words, "en").share(), 1);
  EXPECT_EQ(count_language(chinese, "zh").share(), 1);
}

TEST(Language, OnePassageOfSeveralIsFound) {
  const std::string text = std::string(kEnglish) + kEnglish + kFrench + kEnglish;
  const auto english = static_cast<double>(count_language(kEnglish, "en").words);
  const auto french = static_cast<double>(count_language(kFrench, "fr").words);
  const LanguageCount count = count_language(text, "en");
  EXPECT_TRUE(is_mixed(count));
  EXPECT_NEAR(static_cast<double>(count.other), french, 12);
  EXPECT_NEAR(static_cast<double>(count.target), 3 * english, 12);
}

TEST(Language, MixedIsBoth) {
  EXPECT_TRUE(is_mixed(count_language("then 得 2", "en")));
  EXPECT_FALSE(is_mixed(count_language("then", "en")));
  EXPECT_FALSE(is_mixed(count_language("得", "en")));
  EXPECT_FALSE(is_mixed(count_language("", "en")));
}

TEST(Language, IsLinearInHostileText) {
  for (const char* piece :
       {"a",  "a ",  "步",      "ひ", "$",        "$a ",   "`",   "` ",   "```",     "```a",
        "\\", "\\(", "\\[a",    "<",  "<a",       "\n",    "\n ", "\xff", "\u0301",  "'",
        "a'", "hé",  "http://", "w",  "\\begin{", "word ", "aд",  "Ω ",   "le mot ", "𝑥"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    for (const char* language : {"en", "zh"}) {
      const auto start = std::chrono::steady_clock::now();
      counted(text, language);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      // Not a measurement: a quadratic pass would take minutes.
      EXPECT_LT(seconds.count(), 5) << piece << " " << language << " " << seconds.count();
    }
  }
}

}  // namespace
}  // namespace r1
