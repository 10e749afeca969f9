#include "libr1/tokenizer/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "libr1/core/error.h"
#include "libr1/tokenizer/oniguruma.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

struct Free {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_compile_context* p) const { pcre2_compile_context_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_jit_stack* p) const { pcre2_jit_stack_free(p); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR units(std::string_view text) {
  // PCRE2 of this release takes no null pointer, even for an empty text.
  return reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
}

// The text was checked when it came in; checking it for every match would be quadratic.
constexpr uint32_t kMatchOptions = PCRE2_NO_UTF_CHECK;
constexpr size_t kLargestJitStack = size_t{64} << 20;

int match_with_large_stack(const pcre2_code* code, std::string_view text, size_t from,
                           pcre2_match_data* data) {
  const Owner<pcre2_match_context> context(pcre2_match_context_create(nullptr));
  const Owner<pcre2_jit_stack> stack(pcre2_jit_stack_create(1 << 20, kLargestJitStack, nullptr));
  R1_CHECK(context && stack, "out of memory for a regular expression's stack");
  pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  return pcre2_match(code, units(text), text.size(), from, kMatchOptions, data, context.get());
}

}  // namespace

struct Pattern::Compiled {
  Owner<pcre2_code> code;
  std::string source;
};

std::shared_ptr<const Pattern::Compiled> Pattern::compile(std::string_view oniguruma,
                                                          std::string& error) {
  const TranslatedRegex translated = pcre2_from_oniguruma(oniguruma);
  if (!translated.refusal.empty()) {
    error = concat("in the regular expression ", oniguruma, ": ", translated.refusal);
    return nullptr;
  }
  const Owner<pcre2_compile_context> context(pcre2_compile_context_create(nullptr));
  R1_CHECK(context, "out of memory for a regular expression");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int code_number = 0;
  size_t offset = 0;
  auto compiled = std::make_shared<Compiled>();
  compiled->source = oniguruma;
  compiled->code.reset(pcre2_compile(units(translated.pcre2), translated.pcre2.size(),
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NO_UTF_CHECK,
                                     &code_number, &offset, context.get()));
  if (!compiled->code) {
    error =
        concat("the regular expression ", oniguruma, " does not compile: ", message_of(code_number),
               " (at offset ", offset, " of ", translated.pcre2, ")");
    return nullptr;
  }
  // Where just-in-time code is not to be had, pcre2_match interprets.
  pcre2_jit_compile(compiled->code.get(), PCRE2_JIT_COMPLETE);
  return compiled;
}

Pattern::Pattern(const JsonNode& node) {
  if (const auto text = node.find("String")) {
    literal_ = text->string();
    if (literal_.empty()) text->fail("found an empty string, expected a text to look for");
    return;
  }
  const auto regex = node.find("Regex");
  if (!regex) node.fail("expected {\"String\": ...} or {\"Regex\": ...}");
  std::string error;
  compiled_ = compile(regex->string(), error);
  if (!compiled_) regex->fail(error);
}

Pattern Pattern::regex(std::string_view oniguruma) {
  std::string error;
  Pattern pattern;
  pattern.compiled_ = compile(oniguruma, error);
  R1_CHECK(pattern.compiled_, error);
  return pattern;
}

bool Pattern::find(std::string_view text, size_t from, void* match_data, size_t* begin,
                   size_t* end) const {
  if (!compiled_) {
    *begin = text.find(literal_, from);
    *end = *begin + literal_.size();
    return *begin != text.npos;
  }
  auto* data = static_cast<pcre2_match_data*>(match_data);
  const pcre2_code* code = compiled_->code.get();
  int result = pcre2_match(code, units(text), text.size(), from, kMatchOptions, data, nullptr);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = match_with_large_stack(code, text, from, data);
  if (result == PCRE2_ERROR_NOMATCH) return false;
  R1_CHECK_INPUT(result >= 0, "the tokenizer's regular expression ", compiled_->source,
                 " gave up on a text of ", text.size(), " bytes: ", message_of(result));
  *begin = pcre2_get_ovector_pointer(data)[0];
  *end = pcre2_get_ovector_pointer(data)[1];
  return true;
}

void Pattern::for_each_range(std::string_view text,
                             FunctionRef<void(size_t begin, size_t end, bool match)> visit) const {
  const Owner<pcre2_match_data> data(compiled_ ? pcre2_match_data_create(1, nullptr) : nullptr);
  R1_CHECK(!compiled_ || data, "out of memory for a regular expression's result");
  size_t covered = 0;
  size_t from = 0;
  bool after_match = false;
  size_t begin = 0;
  size_t end = 0;
  while (from <= text.size() && find(text, from, data.get(), &begin, &end)) {
    if (begin == end && after_match && end == covered) {
      from += from < text.size() ? char_at(text, from).length : 1;
      continue;
    }
    if (covered < begin) visit(covered, begin, false);
    visit(begin, end, true);
    covered = from = end;
    after_match = true;
  }
  if (covered < text.size()) visit(covered, text.size(), false);
}

std::string Pattern::replace(std::string_view text, std::string_view by) const {
  std::string replaced;
  replaced.reserve(text.size());
  for_each_range(text, [&](size_t begin, size_t end, bool match) {
    replaced += match ? by : text.substr(begin, end - begin);
  });
  return replaced;
}

}  // namespace r1::tokenizer
