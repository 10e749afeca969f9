// Writes PATH, a data set of one row with the text CARD as its attribute "card": for the test of
// r1-report.
#include <cstdio>

#include "libr1/storage/dataset.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: report_examples PATH CARD\n");
    return 64;
  }
  r1::DatasetWriter writer(argv[1], {{"text", r1::ColumnKind::kText}});
  writer.attribute("card", argv[2]);
  writer.add_text("text", "row");
  writer.end_row();
  writer.close();
  return 0;
}
