#pragma once

#include <string>
#include <utility>

#include "chat/request.h"

namespace omni::adapt {

/// What a model is told that nobody in the conversation has said.
inline chat::Message system_message(std::string words) {
  chat::Message message{.role = chat::Role::system, .parts = {}, .name = {}, .extras = {}};
  message.parts.push_back(
      {.body = chat::Text{std::move(words)}, .seal = {}, .cache_control = {}, .extras = {}});
  return message;
}

}  // namespace omni::adapt
