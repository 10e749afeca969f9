#include "stages/tools/report_svg.h"

#include <string_view>

#include "libr1/core/error.h"

namespace r1 {
namespace {

void insert_after_all(std::string& text, std::string_view mark, const std::string& inserted) {
  for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
    at += mark.size();
    text.insert(at, inserted);
  }
}

void remove_elements(std::string& text, std::string_view begin, std::string_view end) {
  for (size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    const size_t last = text.find(end, at);
    if (last == text.npos) return;
    text.erase(at, last + end.size() - at);
  }
}

// gnuplot opens a group for each change of its pen, mostly to draw nothing with it.
std::string without_empty_groups(const std::string& text) {
  constexpr std::string_view kOpen = "<g fill=\"none\"", kClosed = ">\n</g>\n";
  std::string kept;
  size_t at = 0;
  for (size_t open = text.find(kOpen); open != text.npos; open = text.find(kOpen, open + 1)) {
    const size_t end = text.find('>', open);
    if (end == text.npos || text.compare(end, kClosed.size(), kClosed) != 0) continue;
    kept += text.substr(at, open - at);
    at = end + kClosed.size();
  }
  return kept + text.substr(at);
}

}  // namespace

std::string svg_for_page(const std::string& document, const std::string& id_prefix) {
  const size_t begin = document.find("<svg"), end = document.rfind("</svg>");
  R1_CHECK(begin != document.npos && end != document.npos && begin < end,
           "gnuplot wrote no <svg>, but ", document.substr(0, 60));
  std::string svg = document.substr(begin, end + 6 - begin) + "\n";
  remove_elements(svg, "<title>", "</title>");
  remove_elements(svg, "<desc>", "</desc>");
  svg = without_empty_groups(svg);
  for (const std::string_view mark : {" id=\"", " id='", "href='#", "href=\"#", "url(#"})
    insert_after_all(svg, mark, id_prefix);
  return svg;
}

}  // namespace r1
