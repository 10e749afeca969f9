// Learning by imitation: documents, of which a part is predicted. What pretraining and supervised
// fine-tuning share.
#pragma once

#include <functional>
#include <vector>

#include "libr1/data/document_set.h"
#include "libr1/data/shuffled_cursor.h"
#include "libr1/train/training_checkpoint.h"
#include "stages/checkpoint_settings.h"
#include "stages/stage_config.h"

namespace r1 {

struct SupervisedTask {
  ModelFacts facts;
  std::function<void(Policy&)> initialize;  // fills the master parameters
  std::vector<Document> documents;
  int64_t steps = 1;
  // A batch of all ranks: so many documents; 0: as many as make up so many tokens.
  int64_t batch_documents = 0, batch_tokens = 0;
  CheckpointSettings checkpoints;
  OptimizerConfig optimizer;
};

class SupervisedRun {
 public:
  // Loads the checkpoint to resume from, or initializes. Collective. Fault::kInput for a document
  // that is longer than compute.max_positions.
  SupervisedRun(StageContext& context, const CommonSettings& common, SupervisedTask task);

  bool finished() const { return step_ >= task_.steps; }
  void train_step();
  bool save_due() const { return task_.checkpoints.due(step_); }
  void save();

 private:
  // This rank's documents of the next step; the counts are those of all ranks.
  struct Batch {
    std::vector<const Document*> mine;
    int64_t tokens = 0, targets = 0;
  };
  Batch next_batch();

  StageContext& context_;
  SupervisedTask task_;
  Mesh mesh_;
  ShuffledCursor cursor_;
  Policy policy_;
  ShardedAdamW optimizer_;
  int64_t step_ = 0, memory_bytes_ = 0;
};

}  // namespace r1
