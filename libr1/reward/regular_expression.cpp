#include "libr1/reward/regular_expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr uint32_t kMostSteps = 1'000'000;

}  // namespace

struct RegularExpression::Compiled {
  explicit Compiled(pcre2_code* c) : code(c) {}
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() { pcre2_code_free(code); }
  pcre2_code* code;
};

std::optional<RegularExpression> RegularExpression::parse(std::string_view expression) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, nullptr);
  if (!code) return std::nullopt;
  return RegularExpression(std::make_shared<const Compiled>(code));
}

bool RegularExpression::matches(std::string_view text) const {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_match_data* data = pcre2_match_data_create_from_pattern(compiled_->code, nullptr);
  R1_CHECK(context && data, "out of memory in a regular expression");
  pcre2_set_match_limit(context, kMostSteps);
  const int found = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
                                text.size(), 0, 0, data, context);
  pcre2_match_data_free(data);
  pcre2_match_context_free(context);
  return found > 0;
}

}  // namespace r1
