// Pieces of the report's page. What is called html is markup; everything else is text and is
// escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace r1 {

// Text for an element or a quoted attribute; control characters become U+FFFD.
std::string escaped(std::string_view text);

// Rows of cells of html; `header` is text. Cells that are numbers are set to the right.
std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows);

// Shown when the reader opens it. Both are html.
std::string html_folded(const std::string& summary, const std::string& body);

// <section> with a heading (text); empty when the body is.
std::string html_section(const std::string& heading, const std::string& body);

// The whole page: nothing is loaded from anywhere, and a policy in it forbids that and scripts.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace r1
