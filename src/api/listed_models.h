#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omni::api {

/// A model in a provider's own list.
struct ListedModel {
  std::string id, name;
};

struct ModelList {
  std::vector<ListedModel> models;
  bool complete = true;  // there are no more, here or on a next page
};

/// What a list of models says, in the form of any of our dialects; nothing where it is none.
std::optional<ModelList> read_model_list(std::string_view body);

}  // namespace omni::api
