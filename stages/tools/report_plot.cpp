#include "stages/tools/report_plot.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "stages/tools/report_process.h"
#include "stages/tools/report_svg.h"

namespace r1 {
namespace {

using Line = std::vector<std::pair<double, double>>;

constexpr size_t kMostPoints = 1000;  // of a line; more than pixels
constexpr size_t kMarkedPoints = 40;  // up to which every point is marked

// Of each stretch of points the lowest and the highest, in their order; of one that is all gap a
// NaN.
Line thinned(const Line& line) {
  if (line.size() <= kMostPoints) return line;
  Line kept;
  const size_t stretches = kMostPoints / 2;
  for (size_t i = 0; i < stretches; ++i) {
    const size_t end = line.size() * (i + 1) / stretches;
    size_t low = line.size() * i / stretches, high = low;
    for (size_t k = low + 1; k < end; ++k) {
      if (!(line[k].second >= line[low].second) && !std::isnan(line[k].second)) low = k;
      if (!(line[k].second <= line[high].second) && !std::isnan(line[k].second)) high = k;
    }
    kept.push_back(line[std::min(low, high)]);
    if (low != high) kept.push_back(line[std::max(low, high)]);
  }
  return kept;
}

// Within what differences and quotients can bear; nobody reads more off a chart.
double drawable(double value) {
  if (std::abs(value) < 1e-290) return 0;
  return std::isfinite(value) ? std::clamp(value, -1e290, 1e290) : value;
}

struct AxisRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  void widen(double share) {
    const double all = high - low;
    const double by = all > 0 ? all * share : low == 0 ? 1 : std::abs(low) * 0.1;
    low -= by;
    high += by;
  }
};

// The largest of 1, 2, 5 times a power of ten that gives at least four ticks.
double tick_step(const AxisRange& range) {
  const double rough = (range.high - range.low) / 4;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= rough) return factor * power;
  return power;
}

// 150M rather than 1.5e+08; small numbers as they are.
std::string tick_label(double value) {
  std::ostringstream label;
  label.precision(6);
  const double size = std::abs(value);
  if (size >= 1e12 && size < 1e15)
    label << value / 1e12 << "T";
  else if (size >= 1e9 && size < 1e12)
    label << value / 1e9 << "G";
  else if (size >= 1e6 && size < 1e9)
    label << value / 1e6 << "M";
  else if (size >= 1e4 && size < 1e6)
    label << value / 1e3 << "k";
  else
    label << value + 0.0;  // never -0
  return label.str();
}

std::string ticks(const AxisRange& range, double least_step) {
  std::ostringstream text;
  text.precision(17);
  const double step = std::max(tick_step(range), least_step);
  const double first = std::ceil(range.low / step);
  const double last = std::floor(range.high / step);
  for (int i = 0; i < 12 && first + i <= last; ++i) {
    const double at = (first + i) * step;
    text << (i == 0 ? "" : ", ") << "'" << tick_label(at) << "' " << at;
  }
  return text.str();
}

void write_plot(const Plot& plot, const std::string& svg, AxisRange x, AxisRange y,
                std::ostream& out) {
  const bool one_step = x.low == x.high;
  if (one_step) x.widen(0);
  y.widen(0.06);
  size_t longest = 0;
  for (size_t i = 0; i < plot.lines.size(); ++i) {
    const Line line = thinned(plot.lines[i]);
    longest = std::max(longest, line.size());
    out << "$line" << i << " << END\n";
    for (const auto& [at, value] : line) {
      out << at << " ";
      std::isfinite(value) ? out << drawable(value) : out << "NaN";
      out << "\n";
    }
    out << "END\n";
  }
  out << "set output " << gnuplot_quoted(svg) << "\nset xrange [" << x.low << ":" << x.high
      << "]\nset yrange [" << y.low << ":" << y.high << "]\nset xtics (" << ticks(x, 1)
      << ")\nset ytics (" << ticks(y, 0) << ")\nplot ";
  for (size_t i = 0; i < plot.lines.size(); ++i)
    out << (i == 0 ? "" : ", ") << "$line" << i << " with linespoints lw 1.6 lc rgb '"
        << line_color(i) << "' pt 7 ps " << (longest <= kMarkedPoints ? "0.3" : "0.01");
  out << "\n";
}

}  // namespace

const char* line_color(size_t i) {
  static constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                            "#8a6d00", "#56b4e9", "#444444", "#7b3fa0"};
  return kColors[i % std::size(kColors)];
}

std::vector<std::string> draw_plots(const std::vector<Plot>& plots, const std::string& id_prefix) {
  const TemporaryFolder folder;
  std::ostringstream script;
  script.precision(17);
  script << "set terminal svg size 460,230 font 'sans-serif,11'\nunset key\n"
            "set border 3 lc rgb '#9aa3ad'\nset tics nomirror scale 0.4 textcolor rgb '#57606a'\n"
            "set grid lc rgb '#e3e6ea' lt 1 lw 0.6\nset lmargin 9\nset rmargin 3\nset tmargin 1\n";

  std::vector<std::string> files(plots.size());
  for (size_t i = 0; i < plots.size(); ++i) {
    AxisRange x, y;
    for (const Line& line : plots[i].lines)
      for (const auto& [at, value] : line) {
        x.add(at);
        y.add(drawable(value));
      }
    if (y.empty()) continue;
    files[i] = concat(folder.path(), "/", i, ".svg");
    write_plot(plots[i], files[i], x, y, script);
  }
  script << "unset output\n";
  const std::string script_path = folder.path() + "/script.gp";
  write_file(script_path, script.str());
  run_gnuplot(script_path);
  std::vector<std::string> svgs;
  for (size_t i = 0; i < plots.size(); ++i)
    svgs.push_back(
        files[i].empty() ? "" : svg_for_page(read_file(files[i]), concat(id_prefix, "-", i, "-")));
  return svgs;
}

}  // namespace r1
