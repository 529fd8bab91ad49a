#include "store/seal.h"

#include <gtest/gtest.h>

#include <ctime>

namespace omni::store {
namespace {

constexpr Place place{"provider_connections", "api_key", "row-1"};

TEST(Sealer, WhatWasSealedOpensInItsPlaceAndShowsNothing) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  const std::string sealed = sealer.seal(Secret("sk-test-123"), place);
  EXPECT_TRUE(sealed.starts_with("enc:v2:" + sealer.key_id() + ":")) << sealed;
  EXPECT_EQ(sealed.find("sk-test"), std::string::npos);
  const Result<Secret> opened = sealer.open(sealed, place);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "sk-test-123");
}

TEST(Sealer, TheSameSecretIsSealedDifferentlyEachTime) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  EXPECT_NE(sealer.seal(Secret("x"), place), sealer.seal(Secret("x"), place));
}

TEST(Sealer, ASealedValueOpensInNoOtherPlace) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  const std::string sealed = sealer.seal(Secret("x"), place);
  for (const Place& other :
       {Place{"provider_connections", "api_key", "row-2"},
        Place{"provider_connections", "id_token", "row-1"}, Place{"secrets", "api_key", "row-1"},
        Place{"provider_connectionsapi_key", "", "row-1"}}) {
    EXPECT_FALSE(sealer.open(sealed, other));
  }
}

TEST(Sealer, AnotherKeyIsNamedInTheRefusalAndOpensNothing) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  const Sealer other(MasterKey::random(random), random);
  const Result<Secret> opened = other.open(sealer.seal(Secret("canary"), place), place);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find(sealer.key_id()), std::string::npos);
  EXPECT_EQ(opened.error().message().find("canary"), std::string::npos);
}

TEST(Sealer, DamagedTextIsRefusedAndNeverPassedOnAsASecret) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  std::string sealed = sealer.seal(Secret("x"), place);
  sealed[sealed.size() - 3] = sealed[sealed.size() - 3] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(sealer.open(sealed, place));
  EXPECT_FALSE(sealer.open("sk-plain", place));
  EXPECT_FALSE(sealer.open("enc:v2:", place));
  EXPECT_FALSE(sealer.open("enc:v2:" + sealer.key_id() + ":AAAA", place));
}

TEST(Sealer, ReadsWhatThePredecessorSealed) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::from_passphrase(Secret("correct horse")), random);
  const Result<Secret> opened = sealer.open(
      "enc:v1:000102030405060708090a0b0c0d0e0f:de9ec42e992001c23ce53e:"
      "0a68127f93c82116366e5c51a416a5c9",
      place);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "sk-test-123");
}

TEST(Sealer, DerivesTheKeysOfThePredecessorOnce) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::from_passphrase(Secret("correct horse")), random);
  const auto cost_of = [&](int values) {
    const std::clock_t before = std::clock();
    for (int i = 0; i < values; ++i) EXPECT_FALSE(sealer.open("enc:v1:00:00:00", place));
    return std::clock() - before;
  };
  const std::clock_t first = cost_of(1);
  EXPECT_LT(cost_of(20), first);
}

TEST(Sealer, WithoutThePassphraseThePredecessorsRowsAreRefusedWithAnInstruction) {
  SeededRandom random(1);
  const Sealer sealer(MasterKey::random(random), random);
  const Result<Secret> opened = sealer.open("enc:v1:00:00:00", place);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("STORAGE_ENCRYPTION_KEY"), std::string::npos);
}

}  // namespace
}  // namespace omni::store
