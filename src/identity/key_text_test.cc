#include "identity/key_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace omni::identity {
namespace {

TEST(KeyText, OfAMachineIsThatOfThePeer) {
  EXPECT_EQ(machine_id("abc"), "904837e977f1fa6c");
  EXPECT_NE(machine_id("abc", "another salt"), "904837e977f1fa6c");
}

TEST(KeyText, ChecksAsThePeerDoes) {
  EXPECT_EQ(key_check("0123456789abcdef", "a1b2c3", Secret("example-secret")), "a87fd4c7");
}

TEST(KeyText, OfAClientKeyHoldsMachineChanceAndCheck) {
  SeededRandom random(1);
  const Secret secret("example-secret");
  const Secret key = new_client_key("0123456789abcdef", secret, random);
  const std::string text(key.reveal());
  static const std::regex pattern("sk-0123456789abcdef-([0-9a-f]{32})-([0-9a-f]{8})");
  std::smatch parts;
  ASSERT_TRUE(std::regex_match(text, parts, pattern)) << text;
  EXPECT_EQ(parts[2], key_check("0123456789abcdef", parts[1].str(), secret));
  EXPECT_FALSE(key == new_client_key("0123456789abcdef", secret, random));
}

TEST(KeyText, OfTokensAndSessionsIsLongAndNeverTheSame) {
  SeededRandom random(1);
  const Secret token = new_management_token(random);
  const Secret session = new_session_id(random);
  EXPECT_TRUE(std::regex_match(std::string(token.reveal()), std::regex("mt_[0-9A-Za-z]{43}")));
  EXPECT_TRUE(std::regex_match(std::string(session.reveal()), std::regex("[0-9A-Za-z]{43}")));
  EXPECT_FALSE(token == new_management_token(random));
  EXPECT_FALSE(session == new_session_id(random));
}

TEST(KeyText, IsMaskedButForItsEnds) {
  EXPECT_EQ(mask("sk-1a2b3c4d5e6f-000000009f0e"), "sk-1a2b3****9f0e");
  EXPECT_EQ(mask("0123456789abcdef"), "01234567****cdef");
  EXPECT_EQ(mask("sk-short-key-15"), "****");
  EXPECT_EQ(mask(""), "****");
}

TEST(KeyText, IsStoredAsItsSha256) {
  EXPECT_EQ(token_hash(Secret("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace omni::identity
