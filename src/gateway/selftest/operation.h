#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/selftest/visitor.h"

namespace omni::gateway::selftest {

/// What a document of OpenAPI says of a method of a path, as far as a caller needs it.
struct Operation {
  std::string method;         // "GET"
  std::string path;           // with the names of its parameters, in braces
  std::string query;          // what has to be there, with samples
  std::string media, schema;  // of the body; empty: there is none
  std::set<int> statuses;     // that are listed
  bool for_clients = false;   // of models
};
Result<std::vector<Operation>> read_operations(const std::string& document);

/// One of each list that has any, by its path.
using Ids = std::map<std::string, std::string, std::less<>>;
/// The first on a list that was answered; empty where there is none.
std::string first_id(const Heard& heard);

/// A request that the operation may get, with samples wherever it wants something.  What would end
/// the gateway is asked by OPTIONS whether it is there.
Result<Question> question_for(const Operation& operation, const Ids& ids);

/// What is wrong with the answer; empty where nothing is.  `nothing_here` are the words for paths
/// that lead nowhere.
std::string complaint_about(const Operation& operation, const Heard& heard,
                            std::string_view nothing_here);

}  // namespace omni::gateway::selftest
