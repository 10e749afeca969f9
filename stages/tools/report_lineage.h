// Where the models of a run come from.
#pragma once

#include <string>
#include <vector>

#include "stages/tools/report_stage.h"

namespace r1 {

// A tree of what each stage's newest checkpoint descends from; shared beginnings are drawn once.
// Empty when no stage has a model.
std::string lineage_html(const std::vector<StageFacts>& stages);

}  // namespace r1
