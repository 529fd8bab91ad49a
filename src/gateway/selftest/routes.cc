// Every row of the gateway's own document of OpenAPI.

#include <algorithm>

#include "gateway/selftest/check.h"
#include "gateway/selftest/operation.h"
#include "gateway/selftest/stage.h"
#include "json/reader.h"

namespace omni::gateway::selftest {
namespace {

/// Those that look come first, those that delete last.
int turn_of(const Operation& operation) {
  if (operation.method == "GET") return 0;
  return operation.method == "DELETE" ? 2 : 1;
}

/// The words for a path that leads nowhere.
Result<std::string> words_for_nothing(Stage& stage) {
  const auto heard = stage.ask({"GET", "/api/there/is/nothing/here", {}, {}});
  if (!heard) return heard.error();
  json::Reader reader;
  const json::Value error = reader.read(heard->body).find("error");
  std::string words(error.kind() == json::Kind::object ? error.find("message").text()
                                                       : error.text());
  if (reader.finish() && heard->status == 404 && !words.empty()) return words;
  return Error(Error::Kind::internal, "a path that leads nowhere is answered by " + heard->body);
}

/// The status, if it is a good answer to the operation.
Result<int> try_out(Stage& stage, const Operation& operation, std::string_view nothing_here) {
  const auto question = question_for(operation);
  const auto heard = question ? stage.ask(*question) : question.error();
  std::string complaint =
      heard ? complaint_about(operation, *heard, nothing_here) : heard.error().message();
  if (complaint.empty()) return heard->status;
  return Error(Error::Kind::internal, operation.method + " " + operation.path + ": " + complaint);
}

}  // namespace

Finding check_routes(Stage& stage) {
  const auto document = stage.get(stage.house(), {"GET", "/api/openapi.json", {}, {}});
  if (!document) return document.error();
  auto operations = read_operations(*document);
  if (!operations) return operations.error();
  if (operations->empty()) return Error(Error::Kind::internal, "the document has no paths");
  const auto nothing_here = words_for_nothing(stage);
  if (!nothing_here) return nothing_here.error();
  std::ranges::stable_sort(*operations, {}, turn_of);
  std::size_t done = 0;
  for (const Operation& operation : *operations) {
    const auto status = try_out(stage, operation, *nothing_here);
    if (!status) return status.error();
    if (*status < 300) ++done;
  }
  const std::size_t refused = operations->size() - done;
  return std::to_string(operations->size()) + " routes answer as documented, " +
         std::to_string(refused) + " of them by refusing what makes no sense";
}

}  // namespace omni::gateway::selftest
