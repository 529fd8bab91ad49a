#include "identity/password.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace omni::identity {
namespace {

Secret secret(std::string text) { return Secret(std::move(text)); }

/// From the test vectors that come with the reference implementation of bcrypt.
constexpr std::string_view published =
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST(Password, MatchesAPublishedHashOfThatPasswordAlone) {
  EXPECT_TRUE(password_matches(secret("U*U"), published));
  EXPECT_FALSE(password_matches(secret("U*U*"), published));
  EXPECT_FALSE(password_matches(secret("u*u"), published));
  EXPECT_TRUE(password_matches(secret("U*U*"),
                               "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
}

TEST(Password, MatchesEveryKindOfBcryptThatIsAboutInImportedData) {
  for (const std::string_view kind : {"$2a", "$2b", "$2y"}) {
    std::string hash(published);
    hash.replace(0, 3, kind);
    EXPECT_TRUE(password_matches(secret("U*U"), hash)) << hash;
  }
}

TEST(Password, IsHashedAtCostTwelveWithASaltOfItsOwn) {
  SeededRandom random(1);
  const Result<std::string> first = hash_password(secret("correct horse"), random);
  const Result<std::string> second = hash_password(secret("correct horse"), random);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->substr(0, 7), "$2b$12$");
  EXPECT_EQ(first->size(), 60U);
  EXPECT_NE(*first, *second);
  EXPECT_TRUE(password_matches(secret("correct horse"), *first));
  EXPECT_FALSE(password_matches(secret("correct horsf"), *first));
}

TEST(Password, IsRefusedWhereBcryptWouldNotSeeAllOfIt) {
  SeededRandom random(1);
  EXPECT_TRUE(hash_password(secret(std::string(72, 'a')), random));
  EXPECT_FALSE(hash_password(secret(std::string(73, 'a')), random));
  EXPECT_FALSE(hash_password(secret(std::string("ab\0cd", 5)), random));
  EXPECT_FALSE(hash_password(secret(""), random));
}

TEST(Password, ThatIsLongMatchesAnImportedHashOfItsFirst72Bytes) {
  SeededRandom random(1);
  const Result<std::string> hash = hash_password(secret(std::string(72, 'a')), random);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(password_matches(secret(std::string(80, 'a')), *hash));
  EXPECT_FALSE(password_matches(secret(std::string(600, 'a')), *hash));  // nobody's password
}

TEST(Password, MatchesNothingThatIsNoHashOfBcrypt) {
  const std::string good(published);
  std::vector<std::string> hashes{"", "*0", "U*U", good.substr(0, 59), good + "a"};
  hashes.push_back("$2x" + good.substr(3));
  hashes.push_back("$2a$31" + good.substr(6));  // days of work
  hashes.push_back("$2a$-5" + good.substr(6));
  hashes.push_back(good.substr(0, 59) + ":");
  for (const std::string& hash : hashes)
    EXPECT_FALSE(password_matches(secret("U*U"), hash)) << hash;
  EXPECT_FALSE(password_matches(secret(std::string("U*U\0x", 5)), published));
  EXPECT_FALSE(password_matches(secret(""), published));
}

TEST(Password, IsCheckedBySeveralThreadsAtOnce) {
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  threads.reserve(right.size());
  for (int& count : right) {
    threads.emplace_back([&count] {
      for (int i = 0; i < 8; ++i) {
        count += password_matches(secret("U*U"), published) ? 1 : 0;
        count += password_matches(secret("wrong"), published) ? 100 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, (std::vector<int>{8, 8, 8, 8}));
}

TEST(Password, IsWellKnownWhateverItsCase) {
  for (const char* text : {"CHANGEME", "changeme", "123456", "password", "Admin", "Passw0rd",
                           "11111111", "qwertyuiop", "iloveyou", "zaq12wsx", "00000000"}) {
    EXPECT_TRUE(is_well_known_password(secret(text))) << text;
  }
  EXPECT_FALSE(is_well_known_password(secret("correct horse")));
  EXPECT_FALSE(is_well_known_password(secret("")));
}

TEST(NewPassword, IsLongEnoughAndNotWhatEverybodyTries) {
  const auto fits = [](const char* text, PasswordLength least) {
    return static_cast<bool>(check_new_password(Secret(text), least));
  };
  EXPECT_TRUE(fits("12345671", PasswordLength::usual));
  EXPECT_FALSE(fits("1234571", PasswordLength::usual));
  EXPECT_TRUE(fits("12x4", PasswordLength::weak));
  EXPECT_FALSE(fits("12x", PasswordLength::weak));
  EXPECT_FALSE(fits("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F", PasswordLength::usual));  // four letters
  EXPECT_FALSE(fits("ChangeMe", PasswordLength::weak));
}

}  // namespace
}  // namespace omni::identity
