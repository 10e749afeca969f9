// Numbers as people write them, as exact rationals.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace r1 {

// Immutable.
class ExactNumber {
 public:
  // "-3", "1,234", "+0.50", "2/3", "\frac{2}{3}", "1.5e3", "$12", "12 apples", "18元", "45%" (which
  // is 45: data sets leave the sign out as often as not), in ASCII digits. Nothing for any other
  // text ("12 or 13", "5½", "5 million", "5万", "5!", "5 squared"), for a division by 0 and for
  // what would take more than a thousand digits. Linear in the text.
  static std::optional<ExactNumber> parse(std::string_view text);

  friend bool operator==(const ExactNumber& a, const ExactNumber& b);
  std::string to_string() const;  // "3", "-2/3"

 private:
  struct Value;
  explicit ExactNumber(std::shared_ptr<const Value> value) : value_(std::move(value)) {}
  std::shared_ptr<const Value> value_;
};

}  // namespace r1
