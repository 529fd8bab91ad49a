// "thread": {"type": "continue", "previous_message_id": "msg_…"}

#include "dialect/anthropic/thread.h"

#include "dialect/extras.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {

bool continues_thread(const chat::Request& request) {
  const json::Raw* thread = find(chat::Dialect::anthropic, request.extras, "thread");
  if (thread == nullptr) return false;
  json::ScratchReader reader;
  const json::Value root = reader->read(thread->text());
  return root.kind() == json::Kind::object && root.find("type").text() == "continue";
}

chat::Failure thread_not_found() {
  chat::Failure failure;
  failure.status = 400;
  failure.message = "thread: no earlier messages are kept here; send the whole conversation";
  failure.code = "thread_not_found";
  return failure;
}

}  // namespace omni::dialect::anthropic
