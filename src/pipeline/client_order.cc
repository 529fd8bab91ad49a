#include "pipeline/client_order.h"

namespace omni::pipeline {

bool may_be(const route::Directory& directory, const catalog::Target& target,
            catalog::Model::Kind kind) {
  const catalog::Model* model = target.model;
  if (model == nullptr || model->kind == kind) return true;
  return model->kind == catalog::Model::Kind::chat && directory.was_added(*target.provider, *model);
}

}  // namespace omni::pipeline
