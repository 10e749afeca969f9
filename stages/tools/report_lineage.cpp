#include "stages/tools/report_lineage.h"

#include "libr1/core/error.h"
#include "stages/tools/report_html.h"

namespace r1 {
namespace {

struct Node {
  LineageEntry entry;
  std::string newest_of;  // the stage whose newest checkpoint ends here
  std::vector<Node> children;
};

bool same(const LineageEntry& a, const LineageEntry& b) {
  return a.stage == b.stage && a.step == b.step && a.checkpoint == b.checkpoint &&
         a.parent_checksum == b.parent_checksum && a.revision == b.revision;
}

Node& child(std::vector<Node>& nodes, const LineageEntry& entry) {
  for (Node& node : nodes)
    if (same(node.entry, entry)) return node;
  nodes.push_back({entry, "", {}});
  return nodes.back();
}

std::string tree_html(const std::vector<Node>& nodes, const char* list) {
  if (nodes.empty()) return "";
  std::string html = list;
  for (const Node& node : nodes) {
    const LineageEntry& entry = node.entry;
    html += "<li>" + (node.newest_of.empty() ? escaped(entry.stage)
                                             : "<strong>" + escaped(entry.stage) + "</strong>");
    html += concat(", step ", entry.step, " <span class=\"quiet\">", escaped(entry.checkpoint),
                   " · revision ", escaped(entry.revision));
    if (!entry.parent_checksum.empty())
      html += " · from checkpoint " + escaped(entry.parent_checksum);
    html += "</span>\n" + tree_html(node.children, "<ul>\n") + "</li>\n";
  }
  return html + "</ul>\n";
}

}  // namespace

std::string lineage_html(const std::vector<StageFacts>& stages) {
  std::vector<Node> roots;
  for (const StageFacts& stage : stages) {
    std::vector<Node>* nodes = &roots;
    Node* last = nullptr;
    for (const LineageEntry& entry : stage.lineage) {
      last = &child(*nodes, entry);
      nodes = &last->children;
    }
    if (last) last->newest_of = stage.name;
  }
  return tree_html(roots, "<ul class=\"tree\">\n");
}

}  // namespace r1
