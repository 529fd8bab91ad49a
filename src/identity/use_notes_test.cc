#include "identity/use_notes.h"

#include <gtest/gtest.h>

#include "identity/test_gate.h"

namespace omni::identity {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Clock::Wall now{hours{500'000}};

TEST(Slide, GivesThirtyDaysAnewWhenLessThanSevenAreLeft) {
  EXPECT_EQ(slide(now + days{30}, now), now + days{30});
  EXPECT_EQ(slide(now + days{7}, now), now + days{7});
  EXPECT_EQ(slide(now + days{7} - Millis{1}, now), now + days{30});
  EXPECT_EQ(slide(now + Millis{1}, now), now + days{30});
}

/// The store as it is after what was handed to it before.
std::shared_ptr<const store::Configuration> settled(GateWorld& world) {
  world.write([](sql::Session&) -> Status { return Nothing{}; });
  return world.store->current();
}

TEST(UseNotes, AreWrittenAtTheFlushAndNotBefore) {
  GateWorld world;
  world.add_key("app");
  UseNotes notes;
  notes.key_used("id-app", now);
  notes.key_used("id-app", now + hours{1});
  EXPECT_EQ(settled(world)->api_keys[0].last_used_at, std::nullopt);
  notes.flush(world.store->database());
  EXPECT_EQ(settled(world)->api_keys[0].last_used_at, now + hours{1});
}

TEST(UseNotes, OfWhatIsGoneByThenAreNoHarm) {
  GateWorld world;
  world.add_token("ci", {"read"});
  UseNotes notes;
  notes.key_used("gone", now);
  notes.token_used("id-ci", now);
  store::LoginSession gone;
  gone.id_hash = "gone";
  notes.session_used(gone, now);
  notes.flush(world.store->database());
  const auto stored = settled(world);
  EXPECT_EQ(stored->management_tokens[0].last_used_at, now);
  EXPECT_TRUE(stored->login_sessions.empty()) << "logging out is for good";
}

TEST(UseNotes, AreWrittenOnce) {
  GateWorld world;
  world.add_key("app");
  UseNotes notes;
  notes.key_used("id-app", now);
  notes.flush(world.store->database());
  const auto after = settled(world);
  world.write([](sql::Session& session) {
    return store::note_api_key_use(session, "id-app", now + hours{1});
  });
  notes.flush(world.store->database());
  EXPECT_EQ(settled(world)->api_keys[0].last_used_at, now + hours{1});
}

TEST(UseNotes, AreBounded) {
  GateWorld world;
  world.add_key("app");
  UseNotes notes;
  for (std::size_t i = 0; i < UseNotes::notes_max; ++i) notes.key_used(std::to_string(i), now);
  notes.key_used("id-app", now);
  notes.flush(world.store->database());
  EXPECT_EQ(settled(world)->api_keys[0].last_used_at, std::nullopt);
  notes.key_used("id-app", now);
  notes.flush(world.store->database());
  EXPECT_EQ(settled(world)->api_keys[0].last_used_at, now);
}

}  // namespace
}  // namespace omni::identity
