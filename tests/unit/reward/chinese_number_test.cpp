#include "libr1/reward/chinese_number.h"

#include <gtest/gtest.h>

namespace r1 {
namespace {

std::string read(std::string_view text) {
  const auto number = take_chinese_number(text);
  if (!number) return "none";
  std::string result = number->numerator;
  if (number->denominator != "1") result += "/" + number->denominator;
  if (number->percent) result += "%";
  if (number->bytes < text.size()) result += " + " + std::string(text.substr(number->bytes));
  return result;
}

TEST(ChineseNumber, ReadsNumberWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"零", "0"},
      {"五", "5"},
      {"十", "10"},
      {"十二", "12"},
      {"二十", "20"},
      {"一百零五", "105"},
      {"三百五十", "350"},
      {"两千零四", "2004"},
      {"一万二千三百四十五", "12345"},
      {"十万", "100000"},
      {"两亿三千万", "230000000"},
      {"一千零一十", "1010"},
      {"二〇二四", "2024"},
      {"三点一四", "3.14"},
      {"三分之二", "2/3"},
      {"一又二分之一", "3/2"},
      {"百分之二十", "20%"},
      {"百分之零点五", "0.5%"},
      {"半", "1/2"},
      {"壹佰贰拾", "120"},
      {"五个", "5 + 个"},
      {"十二元", "12 + 元"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(ChineseNumber, RefusesWhatIsNone) {
  for (const char* text : {"", "个", "5", "十十", "百", "三百五", "万", "三十百", "一万两亿零万",
                           "十三十", "三分之", "点五"})
    EXPECT_TRUE(read(text) == "none" || read(text).find('+') != std::string::npos) << text;
  EXPECT_EQ(read("三百五"), "none");
  EXPECT_EQ(read("十十"), "none");
}

}  // namespace
}  // namespace r1
