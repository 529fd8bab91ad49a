#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/sql/session.h"

namespace omni::store {

/// Somebody who has logged in.  His cookie holds an id of chance; we keep its hash alone.
struct LoginSession {
  std::string id_hash;
  Clock::Wall created_at{}, expires_at{}, last_used_at{};
  std::string address, user_agent;
};

Result<std::vector<LoginSession>> load_login_sessions(sql::Session& session);
Status add_login_session(sql::Session& session, const LoginSession& login);
/// He is still there: when he was seen last, and until when he may stay.
Status note_login_session_use(sql::Session& session, const LoginSession& login);
/// Also where there is no such session, so that logging out twice is no failure.
Status end_login_session(sql::Session& session, std::string_view id_hash);
/// Of everybody; but one may stay, who has just changed the password.
Status end_login_sessions_except(sql::Session& session, std::string_view id_hash);
Status end_login_sessions_before(sql::Session& session, Clock::Wall now);

}  // namespace omni::store
