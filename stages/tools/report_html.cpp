#include "stages/tools/report_html.h"

#include <algorithm>

namespace r1 {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff;
  max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid #d5d9de; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p, .quiet { margin: .3rem 0; } .quiet { color: #57606a; font-size: .9em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .4rem 0; font-size: .92em; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #e7eaee; }
th { font-weight: 600; color: #57606a; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td table { margin: 0; } td td, td th { border-bottom: none; }
.yes { color: #116329; font-weight: 600; } .no { color: #a40e26; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.2rem 1.6rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure svg { width: 100%; height: auto; display: block; }
figcaption { font-weight: 600; }
.key { display: block; font-size: .82em; line-height: 1.35; } .key span { margin-right: .8rem; white-space: nowrap; }
.key b { font-weight: 700; }
details { margin: .3rem 0; } summary { cursor: pointer; color: #0a58a6; font-size: .9em; }
pre, .text { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f8fa; padding: .5rem .7rem;
  border-radius: 4px; margin: .3rem 0; }
pre, code { font: .85em/1.45 ui-monospace, monospace; }
.sample { border-left: 3px solid #d5d9de; padding-left: .9rem; margin: 1rem 0; break-inside: avoid-page; }
.sample.correct { border-color: #2da44e; } .sample.wrong { border-color: #cf6679; }
ul.tree, ul.tree ul { list-style: none; margin: 0; padding-left: 1.3rem; }
ul.tree { padding-left: 0; }
ul.tree li { border-left: 2px solid #d5d9de; padding: .15rem 0 .15rem .8rem; }
@media print {
  body { font-size: 10pt; max-width: none; padding: 0; }
  .charts { grid-template-columns: 1fr 1fr; }
  h2, h3 { break-after: avoid; } tr, .sample { break-inside: avoid; }
  .scroll { overflow: visible; } summary { color: #57606a; }
}
)";

constexpr std::string_view kPolicy = "default-src 'none'; style-src 'unsafe-inline'";

// Of a cell's html, what the reader sees.
bool is_number(const std::string& html) {
  std::string seen;
  bool in_tag = false;
  for (const char c : html) {
    if (c == '<') in_tag = true;
    if (!in_tag) seen += c;
    if (c == '>') in_tag = false;
  }
  return seen.find_first_of("0123456789") != seen.npos &&
         seen.find_first_not_of("0123456789+-.eE% ±") == seen.npos;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        if (control)
          html += "\xef\xbf\xbd";
        else
          html += c;
      }
    }
  }
  return html;
}

std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"scroll\"><table>\n";
  if (!header.empty()) {
    html += "<thead><tr>";
    for (size_t i = 0; i < header.size(); ++i) {
      const bool numbers = std::any_of(rows.begin(), rows.end(), [i](const auto& row) {
        return i < row.size() && is_number(row[i]);
      });
      html += (numbers ? "<th class=\"number\">" : "<th>") + escaped(header[i]) + "</th>";
    }
    html += "</tr></thead>\n";
  }
  html += "<tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (const std::string& cell : row)
      html += (is_number(cell) ? "<td class=\"number\">" : "<td>") + cell + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string html_folded(const std::string& summary, const std::string& body) {
  return "<details><summary>" + summary + "</summary>\n" + body + "</details>\n";
}

std::string html_section(const std::string& heading, const std::string& body) {
  if (body.empty()) return "";
  return "<section>\n<h2>" + escaped(heading) + "</h2>\n" + body + "</section>\n";
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
         std::string(kPolicy) +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         escaped(title) + "</title>\n<style>" + std::string(kStyle) +
         "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

}  // namespace r1
