#pragma once

#include <string>
#include <string_view>

#include "chat/dialect.h"
#include "dialect/codec.h"
#include "json/envelope.h"

namespace omni::pipeline {

/// What comes in: the path has decided the dialect.  Borrows what it shows.
struct Incoming {
  chat::Dialect dialect{};
  std::string_view path;  // with its query, keys of clients taken out
  std::string_view body;
  std::string_view accept;  // the field
};

/// What one look at a request tells: enough to choose who answers.
struct Draft {
  json::Envelope body;
  /// Mostly the path's.  Some clients send the body of another dialect to the path of OpenAI Chat;
  /// the answer is of the path's all the same.
  chat::Dialect body_dialect{};
  std::string model;
  bool stream = false;
  bool wants_usage = false;  // at the end of a stream, where the dialect makes one ask
  bool as_array = false;     // Gemini's stream without server-sent events
};

/// What is said to a body that is not JSON, or JSON but no object, or one that says a thing twice.
Error no_object(std::string_view body);

/// Refuses what no provider could answer: no JSON object, no model, nothing said.
Result<Draft> scan(const Incoming& incoming);

}  // namespace omni::pipeline
