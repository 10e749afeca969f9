// Numbers in Chinese words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace r1 {

struct ChineseNumber {
  std::string numerator, denominator = "1";  // digits; the numerator may hold a decimal point
  bool percent = false;
  size_t bytes = 0;  // of the text that was read
};

// The longest number word at the beginning of `text` (UTF-8): 十二, 三百零五, 两万三千, 二〇二四,
// 三点一四, 三分之二, 百分之二十, 一又二分之一, 半; also the signs of bank notes (壹贰叁). Nothing
// when there is none, or it is no well-formed number (十十, 三五百). No sign: 负 is the caller's.
std::optional<ChineseNumber> take_chinese_number(std::string_view text);

}  // namespace r1
