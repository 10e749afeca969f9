// What gnuplot's SVG documents need before they share one page.
#pragma once

#include <string>

namespace r1 {

// The <svg> element alone, without prolog, tool tips and empty groups; ids and the references to
// them begin with `id_prefix`, for a page has each id once. Fault::kRun when there is no <svg>.
std::string svg_for_page(const std::string& document, const std::string& id_prefix);

}  // namespace r1
