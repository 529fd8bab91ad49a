#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

/// What is known of an answer that may be told again, besides what it says.
struct CachedAnswer {
  std::string print, model;
  Clock::Wall created{}, expires{};
  std::int64_t hits = 0, tokens_saved = 0;
  std::int64_t bytes = 0;
};

/// In the place of an older one to the same question.
Status store_cached_answer(sql::Session& session, const CachedAnswer& answer,
                           std::string_view text);
/// `text` is what was stored with it.  Nothing where there is none.
Result<std::optional<CachedAnswer>> find_cached_answer(sql::Session& session,
                                                       std::string_view print, std::string& text);
/// All of them, the oldest first, without coming by what they say.  What `on_answer` is given is
/// borrowed, for the call.
Status read_cached_answers(sql::Session& session,
                           const std::function<void(const CachedAnswer&)>& on_answer);
struct CachedSums {
  std::int64_t answers = 0, bytes = 0;
};
Result<CachedSums> sum_up_cached_answers(sql::Session& session);
/// It has been told that often again; no matter if it is gone.
Status note_cached_hits(sql::Session& session, const CachedAnswer& since);
Status delete_cached_answer(sql::Session& session, std::string_view print);

}  // namespace omni::store
