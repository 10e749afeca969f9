// Chat templates: what Jinja2 makes of them, and that a bad one is refused, not run forever.
#include "libr1/tokenizer/chat_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/message_of.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;

std::string rendered(std::string_view text, std::string_view variables = "{}") {
  return ChatTemplate::parse(text).render(variables);
}

std::string refusal(std::string_view text, std::string_view variables = "{}") {
  return testing::message_of([&] { rendered(text, variables); });
}

// Expected texts by Jinja2 3.1 with trim_blocks, lstrip_blocks and the loopcontrols extension.
TEST(ChatTemplateTest, WhiteSpaceControl) {
  EXPECT_EQ(rendered("a\n{% if true %}\nb\n{% endif %}\nc\n"), "a\nb\nc");
  EXPECT_EQ(rendered("a\n   {% if true %}\nb\n   {% endif %}\nc"), "a\nb\nc");
  EXPECT_EQ(rendered("a\n   {{ 1 }}\nb"), "a\n   1\nb");
  EXPECT_EQ(rendered("a  {%- if true -%}  b  {%- endif -%}  c"), "abc");
  EXPECT_EQ(rendered("a  {{- 'x' -}}  b"), "axb");
  EXPECT_EQ(rendered("a\n  {%+ if true %}b{% endif %}"), "a\n  b");
  EXPECT_EQ(rendered("a {# no #} b"), "a  b");
  EXPECT_EQ(rendered("  {# no #}\nb"), "b");
  EXPECT_EQ(rendered("x {% if true %} y{% endif %}\n\nz\n\n"), "x  y\nz\n");
}

TEST(ChatTemplateTest, Expressions) {
  EXPECT_EQ(rendered("{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }}"),
            "7 3 -4 2 3.5");
  EXPECT_EQ(rendered("{{ 'a' ~ 1 ~ none ~ true }} {{ 'ab' * 2 }} {{ 'a' 'b' }}"),
            "a1NoneTrue abab ab");
  EXPECT_EQ(rendered("{{ 1 < 2 and not 2 < 1 or x }} {{ 'a' in 'cat' }} {{ 3 not in [1, 2] }}"),
            "True True True");
  EXPECT_EQ(rendered("{{ 'y' if x is defined else 'n' }}{{ '' if false }}"), "n");
  EXPECT_EQ(rendered("{{ m.a.b }} {{ m['a']['b'] }} {{ l[-1] }} {{ l[1:] }} {{ l[::-1] }}",
                     R"({"m": {"a": {"b": "x"}}, "l": [1, 2, "c"]})"),
            "x x c [2, 'c'] ['c', 2, 1]");
  EXPECT_EQ(rendered("{{ 'héllo'[1:3] }} {{ 'héllo'[::-1] }} {{ 'héllo'|length }}"), "él olléh 5");
  EXPECT_EQ(rendered(R"({{ 'a\n\t\\\'\u4f60' }}|{{ "it's" }})"), "a\n\t\\'你|it's");
  EXPECT_EQ(rendered("{{ {'a': 1, 'b': [none, 0.5, 10.0]} }}"), "{'a': 1, 'b': [None, 0.5, 10.0]}");
}

TEST(ChatTemplateTest, WhiteSpaceIsUnicodesAndLineEndsAreOne) {
  EXPECT_EQ(rendered("a\u00a0{%- if true %}b{% endif -%}\u3000 c"), "abc");
  EXPECT_EQ(rendered("a\r\nb\rc"), "a\nb\nc");
}

TEST(ChatTemplateTest, AttributesOfAttributesAndFiltersWithArguments) {
  EXPECT_EQ(rendered("{{ t|map(attribute='f.n')|join(' ') }} {{ t|map(attribute='l.1')|join }} "
                     "{{ t|selectattr('f.n', 'equalto', 'b')|list|length }}",
                     R"({"t": [{"f": {"n": "a"}, "l": [1, 2]}, {"f": {"n": "b"}, "l": [3, 4]}]})"),
            "a b 24 1");
  EXPECT_EQ(rendered("{{ [['a','b'],['c','d']]|map('join','-')|join(' ') }}"), "a-b c-d");
  EXPECT_EQ(rendered("{{ ['a', 'b']|map('upper')|join }}"), "AB");
  EXPECT_EQ(rendered("{{ 'tool_calls'|title }} {{ \"it's é-é\"|title }}"), "Tool_calls It's É-É");
  EXPECT_EQ(rendered("{{ 'tool_calls'.title() }}"), "Tool_Calls");
  EXPECT_EQ(rendered("{{ '3.7'|int }} {{ '+5'|int }} {{ '1_000'|int }} {{ '1__0'|int }} "
                     "{{ '_1'|int }} {{ 'x'|int(7) }}"),
            "3 5 1000 0 0 7");
  EXPECT_EQ(rendered("{{ '\\U0001F600' }}"), "😀");
  EXPECT_EQ(rendered("{{ ' a  b c '.split()|join('|') }} {{ 'a b  c '.split(none, 1)|join('|') }}"),
            "a|b|c a|b  c ");
}

TEST(ChatTemplateTest, BlocksHaveScopes) {
  EXPECT_EQ(rendered("{% macro m(a,b=a) %}{{a}}{{b}}{% endmacro %}{{ m(1) }}"), "11");
  EXPECT_EQ(rendered("{% set x %}{% set y = 1 %}a{% endset %}{{ x }}{{ y }}|"), "a|");
  EXPECT_EQ(rendered("{% for i in [] %}{% else %}{% set y = 1 %}{{ y }}{% endfor %}{{ y }}|"),
            "1|");
  EXPECT_THAT(refusal("{% for i in [1] %}{% macro m() %}{% endmacro %}{% endfor %}"),
              HasSubstr("which is not supported"));
}

TEST(ChatTemplateTest, FiltersTestsAndMethods) {
  EXPECT_EQ(
      rendered("{{ ' a '|trim }}|{{ 'a'|upper }}|{{ x|default('d') }}|{{ [1,2]|join(', ') }}"),
      "a|A|d|1, 2");
  EXPECT_EQ(
      rendered(
          "{{ l|selectattr('r', 'equalto', 'u')|list|length }} {{ l|map(attribute='r')|join }}",
          R"({"l": [{"r": "u"}, {"r": "v"}]})"),
      "1 uv");
  EXPECT_EQ(rendered("{{ v|tojson }}", R"({"v": {"a": [1, 2.0, true, null, "é\"\n"], "b": {}}})"),
            "{\"a\": [1, 2.0, true, null, \"é\\\"\\n\"], \"b\": {}}");
  EXPECT_EQ(rendered("{{ v|tojson(indent=2) }}", R"({"v": {"a": [1], "b": []}})"),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}");
  EXPECT_EQ(rendered("{{ 'a</think>b'.split('</think>')[-1] }}{{ '\n\nx\n'.strip('\n') }}"), "bx");
  EXPECT_EQ(rendered("{{ 'a b  c'.split() }}{{ 'a,b,c'.rsplit(',', 1) }}"),
            "['a', 'b', 'c']['a,b', 'c']");
  EXPECT_EQ(rendered("{% for k, v in m.items() %}{{ k }}={{ v }};{% endfor %}",
                     R"({"m": {"z": 1, "a": 2}})"),
            "z=1;a=2;");
  EXPECT_EQ(rendered("{{ m is mapping }}{{ m is string }}{{ l is iterable }}{{ n is none }}",
                     R"({"m": {}, "l": [], "n": null})"),
            "TrueFalseTrueTrue");
  EXPECT_EQ(rendered("{{ m.get('a', 3) }}{{ m.get('b') }}{{ -1|abs }}", R"({"m": {}})"), "3None1");
}

TEST(ChatTemplateTest, Statements) {
  EXPECT_EQ(rendered("{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}"
                     "{% if i == 3 %}{% break %}{% endif %}{{ loop.index }}{{ loop.first }};"
                     "{% endfor %}"),
            "1True;3False;");
  EXPECT_EQ(rendered("{% for x in [] %}a{% else %}b{% endfor %}"), "b");
  EXPECT_EQ(
      rendered("{% for x in [1,2,3,4] if x is odd %}{{ x }}{{ '.' if loop.last }}{% endfor %}"),
      "13.");
  EXPECT_EQ(rendered("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}"), "1");
  EXPECT_EQ(
      rendered(
          "{% set n = namespace(x=1) %}{% for i in [1] %}{% set n.x = 2 %}{% endfor %}{{ n.x }}"),
      "2");
  EXPECT_EQ(rendered("{% set x %}a{{ 1 }}{% endset %}{{ x }}{% set a, b = 1, 2 %}{{ b }}"), "a12");
  EXPECT_EQ(
      rendered("{% macro m(a, b='z') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}"),
      "<1z><12>");
  EXPECT_EQ(rendered("{% filter upper %}ab{% endfilter %}{% generation %}c{% endgeneration %}"),
            "ABc");
}

TEST(ChatTemplateTest, RefusesByName) {
  EXPECT_THAT(refusal("{% include 'x' %}"),
              HasSubstr("line 1: the statement 'include' is not supported"));
  EXPECT_THAT(refusal("\n\n{{ x|sort }}"), HasSubstr("line 3: the filter 'sort' is not supported"));
  EXPECT_THAT(refusal("{{ 1 is prime }}"), HasSubstr("the test 'prime' is not supported"));
  EXPECT_THAT(refusal("{{ strftime_now('%Y') }}"), HasSubstr("'strftime_now' is undefined"));
  EXPECT_THAT(refusal("{{ x.y }}"), HasSubstr("'x' is undefined; asked for its 'y'"));
  EXPECT_THAT(refusal("{{ 'a' + 1 }}"), HasSubstr("a string + an integer is not possible"));
  EXPECT_THAT(refusal("{{ raise_exception('no system role') }}"),
              HasSubstr("it refuses the conversation: no system role"));
  EXPECT_THAT(refusal("{% if x %}"), HasSubstr("a block without its 'endif'"));
  EXPECT_THAT(refusal("{% endif %}"), HasSubstr("'endif' is not supported"));
  EXPECT_THAT(refusal("{{ x "), HasSubstr("a tag does not end"));
  EXPECT_THAT(refusal("{{ 'x }}"), HasSubstr("a string does not end"));
  EXPECT_THAT(refusal("{{ a b }}"), HasSubstr("found 'b', expected the end of the tag"));
  EXPECT_THAT(refusal("{{ 2 ** 3 }}"), HasSubstr("'**' is not supported"));
  EXPECT_THAT(refusal("{{ 1 // 0 }}"), HasSubstr("a division by 0"));
  EXPECT_THAT(refusal("{{ x }}", "[1]"), HasSubstr("expected a JSON object"));
}

// A template from elsewhere may be hostile.
TEST(ChatTemplateTest, WorkIsBounded) {
  std::string loops;
  for (int i = 0; i < 5; ++i) loops += "{% for a in range(1000) %}";
  loops += "x";
  for (int i = 0; i < 5; ++i) loops += "{% endfor %}";
  EXPECT_THAT(refusal(loops), HasSubstr("does not end within 10 million steps"));
  EXPECT_THAT(refusal("{% set n = namespace(x='aaaaaaaa') %}{% for i in range(100) %}"
                      "{% set n.x = n.x ~ n.x %}{% endfor %}"),
              HasSubstr("more than 1 GiB"));
  EXPECT_THAT(refusal("{{ 'a' * 99999999999 }}"), HasSubstr("more than 1 GiB"));
  EXPECT_THAT(refusal("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
              HasSubstr("macros call each other"));
  EXPECT_THAT(refusal("{% set n = namespace() %}{% set n.x = n %}"), HasSubstr("cannot hold"));
  EXPECT_THAT(refusal("{% set n = namespace(x=[]) %}{% for i in range(1000) %}"
                      "{% set n.x = [n.x] %}{% endfor %}"),
              HasSubstr("nested more than"));
  EXPECT_THAT(refusal("{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}"),
              HasSubstr("more than 200 levels"));
  std::string sum = "{{ 1";
  for (int i = 0; i < 5000; ++i) sum += " + 1";
  EXPECT_THAT(refusal(sum + " }}"), HasSubstr("more than 200 levels"));
  EXPECT_THAT(refusal("{{ range(999999999999) }}"), HasSubstr("range() of more than"));
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "{% if true %}";
  EXPECT_THAT(refusal(blocks), HasSubstr("blocks within each other"));
}

}  // namespace
}  // namespace r1
