#include "stages/tools/report_transcripts.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/data/jsonl.h"
#include "stages/tools/report_html.h"

namespace r1 {
namespace {

constexpr size_t kShownEach = 3;  // right ones, and as many others

struct Transcript {
  std::string question, reference, response, reward, accuracy, accuracy_reason, format;
};

int64_t step_of(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const size_t digits = stem.find_last_not_of("0123456789") + 1;  // npos + 1 is 0
  if (digits == stem.size() || stem.size() - digits > 18) return -1;
  return std::stoll(stem.substr(digits));
}

std::filesystem::path newest(const std::filesystem::path& folder,
                             std::optional<int64_t> last_step) {
  std::filesystem::path best;
  if (!std::filesystem::is_directory(folder)) return best;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() != ".jsonl" || entry.file_size() == 0) continue;
    if (last_step && step_of(path) > *last_step) continue;
    if (best.empty() || std::pair(step_of(path), path) > std::pair(step_of(best), best))
      best = path;
  }
  return best;
}

// The first of a kind, of different questions as far as there are.
class Choice {
 public:
  void add(Transcript transcript) {
    const bool seen = std::any_of(fresh_.begin(), fresh_.end(), [&](const Transcript& other) {
      return other.question == transcript.question;
    });
    auto& list = seen ? again_ : fresh_;
    if (list.size() < kShownEach) list.push_back(std::move(transcript));
  }
  std::vector<Transcript> all() const {
    std::vector<Transcript> all = fresh_;
    all.insert(all.end(), again_.begin(), again_.end());
    if (all.size() > kShownEach) all.resize(kShownEach);
    return all;
  }

 private:
  std::vector<Transcript> fresh_, again_;
};

std::vector<Transcript> chosen(const std::string& path) {
  Choice right, other;
  for_each_jsonl_row(path, [&](const JsonRow& row) {
    const auto optional = [&](const char* field) { return row.has(field) ? row.text(field) : ""; };
    Transcript t{row.text("question"), row.text("reference"), row.text("response"),
                 row.text("reward"),   optional("accuracy"),  optional("accuracy_reason"),
                 optional("format")};
    const bool is_right = t.accuracy == "correct";
    (is_right ? right : other).add(std::move(t));
  });
  std::vector<Transcript> result = right.all();
  for (Transcript& transcript : other.all()) result.push_back(std::move(transcript));
  return result;
}

std::string text_html(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \n\t");
  if (begin == text.npos) return "";
  const size_t end = text.find_last_not_of(" \n\t");
  return "<div class=\"text\">" + escaped(text.substr(begin, end + 1 - begin)) + "</div>\n";
}

// The prompt may have opened the thoughts, and the length limit may have cut them.
std::string response_html(const std::string& response) {
  constexpr std::string_view kOpen = "<think>", kClose = "</think>";
  const size_t open = response.find(kOpen), close = response.find(kClose);
  if (open == response.npos && close == response.npos) return text_html(response);
  const bool opened_here = open != response.npos && (close == response.npos || open < close);
  const size_t begin = opened_here ? open + kOpen.size() : 0;
  const size_t end = close == response.npos ? response.size() : close;
  const std::string thoughts = response.substr(begin, end - begin);
  const std::string summary = concat(escaped(kOpen), " ", thoughts.size(), " bytes of thoughts",
                                     close == response.npos ? ", not closed" : "");
  return (opened_here ? text_html(response.substr(0, open)) : "") +
         html_folded(summary, text_html(thoughts)) +
         (close == response.npos ? "" : text_html(response.substr(close + kClose.size())));
}

std::string sample_html(const Transcript& t) {
  const bool known = t.accuracy == "correct" || t.accuracy == "wrong";
  std::string verdict = "reward " + escaped(t.reward);
  if (!t.accuracy.empty()) verdict += " · accuracy: " + escaped(t.accuracy);
  if (!t.accuracy_reason.empty()) verdict += " (" + escaped(t.accuracy_reason) + ")";
  if (!t.format.empty()) verdict += " · format: " + escaped(t.format);
  return "<div class=\"sample" + (known ? " " + t.accuracy : "") + "\">\n<p>" +
         escaped(t.question) + "</p>\n<p class=\"quiet\">reference " + escaped(t.reference) +
         " · " + verdict + "</p>\n" + response_html(t.response) + "</div>\n";
}

}  // namespace

std::string transcripts_html(const std::string& stage_dir, std::optional<int64_t> last_step) {
  const std::filesystem::path file =
      newest(std::filesystem::path(stage_dir) / "transcripts", last_step);
  if (file.empty()) return "";
  std::string html = "<h3>Responses of " + escaped(file.filename().string()) + "</h3>\n";
  for (const Transcript& transcript : chosen(file.string())) html += sample_html(transcript);
  return html;
}

}  // namespace r1
