#include "identity/use_notes.h"

#include <chrono>
#include <memory>
#include <utility>

#include "store/api_keys.h"
#include "store/management_tokens.h"

namespace omni::identity {
namespace {

template <class Map, class Note>
void note(Map& notes, std::string_view id, const Note& note) {
  if (const auto found = notes.find(id); found != notes.end()) {
    found->second = note;
  } else if (notes.size() < UseNotes::notes_max) {
    notes.emplace(id, note);
  }
}

}  // namespace

Clock::Wall slide(Clock::Wall expires_at, Clock::Wall now) {
  using std::chrono::days;
  return expires_at - now < days{7} ? now + days{30} : expires_at;
}

void UseNotes::key_used(std::string_view id, Clock::Wall when) {
  const std::scoped_lock lock(mutex_);
  note(page_.keys, id, when);
}

void UseNotes::token_used(std::string_view id, Clock::Wall when) {
  const std::scoped_lock lock(mutex_);
  note(page_.tokens, id, when);
}

void UseNotes::session_used(const store::LoginSession& login, Clock::Wall when) {
  const std::scoped_lock lock(mutex_);
  note(page_.sessions, login.id_hash, Stay{when, slide(login.expires_at, when)});
}

UseNotes::Page UseNotes::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(page_, {});
}

void UseNotes::flush(store::Database& database) {
  const auto full = std::make_shared<const Page>(take());
  if (full->keys.empty() && full->tokens.empty() && full->sessions.empty()) return;
  database.write([full](sql::Session& session) { return full->write(session); },
                 [](const Status&) {});
}

Status UseNotes::Page::write(sql::Session& session) const {
  Status done = Nothing{};
  for (const auto& [id, when] : keys) {
    if (done) done = store::note_api_key_use(session, id, when);
  }
  for (const auto& [id, when] : tokens) {
    if (done) done = store::note_management_token_use(session, id, when);
  }
  for (const auto& [id_hash, stay] : sessions) {
    store::LoginSession login;
    login.id_hash = id_hash;
    login.last_used_at = stay.last_used_at;
    login.expires_at = stay.expires_at;
    if (done) done = store::note_login_session_use(session, login);
  }
  return done;
}

}  // namespace omni::identity
