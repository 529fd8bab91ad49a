#include "base/cipher.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace omni {
namespace {

std::string bytes_of(std::string_view hex) { return from_hex(hex).value(); }

const std::string key =
    bytes_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

TEST(Cipher, EncryptsAsTheStandardSays) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
  const std::string text = bytes_of(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const std::string case_key =
      bytes_of("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string nonce = bytes_of("cafebabefacedbaddecaf888");
  const std::string bound = bytes_of("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Cipher cipher{case_key, nonce, bound};
  EXPECT_EQ(to_hex(cipher.encrypt(text)),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(Cipher, WhatWasEncryptedOpensAgain) {
  const Cipher cipher{key, "0123456789ab", "table.column.row"};
  for (const std::string_view plain : {"", "x", "sk-test-123"}) {
    const std::optional<Secret> opened = cipher.decrypt(cipher.encrypt(plain));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), plain);
  }
}

TEST(Cipher, OneChangedBitAnywhereOpensNothing) {
  const Cipher cipher{key, "0123456789ab", "bound"};
  const std::string good = cipher.encrypt("secret");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(cipher.decrypt(bad)) << i;
  }
  EXPECT_FALSE((Cipher{key, "0123456789ab", "other"}.decrypt(good)));
  EXPECT_FALSE((Cipher{key, "0123456789aX", "bound"}.decrypt(good)));
  EXPECT_FALSE(cipher.decrypt(good.substr(0, 15)));
}

TEST(Cipher, ScryptMakesTheKeyOfThePublishedVector) {
  // RFC 7914, section 12, third vector, of which the first half.
  EXPECT_EQ(to_hex(scrypt(Secret("pleaseletmein"), "SodiumChloride").reveal()),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

}  // namespace
}  // namespace omni
