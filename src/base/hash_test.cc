#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace omni {
namespace {

std::string hex_of(std::string_view text) { return to_hex(sha256(text)); }

TEST(Sha256, GivesThePublishedVectors) {  // FIPS 180-4 examples
  EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, SeesNulBytes) {
  EXPECT_NE(sha256(std::string_view("a\0b", 3)), sha256(std::string_view("a\0c", 3)));
}

TEST(Sha256, LeavesNothingBehindForTheNextText) {
  const Sha256 first = sha256("abc");
  (void)sha256("something else");
  EXPECT_EQ(sha256("abc"), first);
}

TEST(Sha256, WorksInSeveralThreadsAtOnce) {
  const std::string expected = hex_of("abc");
  std::vector<std::string> found(4);
  std::vector<std::thread> threads;
  threads.reserve(found.size());
  for (std::string& slot : found) {
    threads.emplace_back([&slot] {
      for (int i = 0; i < 1000; ++i) slot = hex_of("abc");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& slot : found) EXPECT_EQ(slot, expected);
}

TEST(Pbkdf2, GivesThePublishedVectors) {  // the SHA-256 companions of RFC 6070's
  EXPECT_EQ(to_hex(pbkdf2_sha256("password", "salt", 1)),
            "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b");
  EXPECT_EQ(to_hex(pbkdf2_sha256("password", "salt", 4096)),
            "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
}

TEST(Pbkdf2, GivesTheFirstHalfOfTheVectorOfRfc7914) {
  EXPECT_EQ(to_hex(pbkdf2_sha256("passwd", "salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

TEST(ToHex, WritesTwoLowerCaseDigitsAByte) {
  const std::vector<std::uint8_t> bytes{0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(to_hex(std::span<const std::uint8_t>{}), "");
}

TEST(Hash, HexComesBackAsTheBytesItWas) {
  EXPECT_EQ(from_hex(to_hex(std::string_view("\x00\x7f\xff", 3))), std::string("\x00\x7f\xff", 3));
  EXPECT_EQ(from_hex("aBcD"), "\xab\xcd");
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
}

}  // namespace
}  // namespace omni
