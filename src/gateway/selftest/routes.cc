// Every row of the gateway's own document of OpenAPI.

#include <algorithm>

#include "gateway/selftest/check.h"
#include "gateway/selftest/operation.h"
#include "gateway/selftest/stage.h"
#include "json/reader.h"

namespace omni::gateway::selftest {
namespace {

/// First those that make something, so that there is something to look at; last those that delete.
int turn_of(const Operation& operation) {
  const bool about_one = operation.path.find('{') != std::string::npos;
  if (operation.method == "POST" && !about_one) return 0;
  if (operation.method == "GET") return 1;
  return operation.method == "DELETE" ? 3 : 2;
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

/// The answer, if it is a good one to the operation.
Result<Heard> try_out(Stage& stage, const Operation& operation, const Ids& ids,
                      std::string_view nothing_here) {
  const auto question = question_for(operation, ids);
  auto heard = question ? stage.ask(*question) : question.error();
  std::string complaint =
      heard ? complaint_about(operation, *heard, nothing_here) : heard.error().message();
  if (complaint.empty()) return heard;
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
  Ids ids;
  for (const Operation& operation : *operations) {
    const auto heard = try_out(stage, operation, ids, *nothing_here);
    if (!heard) return heard.error();
    if (heard->status < 300) ++done;
    if (operation.method != "GET" || heard->status != 200) continue;
    if (std::string id = first_id(*heard); !id.empty()) ids[operation.path] = std::move(id);
  }
  const std::size_t refused = operations->size() - done;
  return std::to_string(operations->size()) + " routes answer as documented, " +
         std::to_string(refused) + " of them by refusing what makes no sense";
}

}  // namespace omni::gateway::selftest
