#include "base/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstring>
#include <memory>
#include <new>
#include <ostream>
#include <string>

namespace omni {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

// What does not compile cannot leak: a Secret leaves its shell only through reveal().
static_assert(!Streamable<Secret>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<std::string, Secret>);

TEST(Secret, RevealsItsTextWhenAsked) {
  const Secret secret(std::string("sk-123"));
  EXPECT_EQ(secret.reveal(), "sk-123");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, EqualsOnlyTheSameText) {
  const std::string text = "0123456789abcdef0123456789abcdef";
  const Secret secret(text);
  EXPECT_TRUE(secret == Secret(text));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      EXPECT_FALSE(secret == Secret(other)) << "at " << at << ", bit " << bit;
    }
  }
}

TEST(Secret, DiffersFromItsOwnBeginning) {
  EXPECT_FALSE(Secret(std::string("abc")) == Secret(std::string("abcd")));
  EXPECT_FALSE(Secret(std::string("abcd")) == Secret(std::string("abc")));
  EXPECT_FALSE(Secret(std::string("abc")) == Secret(std::string("abc\0", 4)));
  EXPECT_TRUE(Secret() == Secret(std::string()));
}

TEST(Secret, CopiesAndMoves) {
  Secret first(std::string("one"));
  Secret copy = first;
  EXPECT_EQ(copy.reveal(), "one");
  EXPECT_EQ(first.reveal(), "one");

  const Secret moved = std::move(first);
  EXPECT_EQ(moved.reveal(), "one");
  EXPECT_TRUE(first.empty());  // NOLINT: that it is empty is the promise under test

  Secret other(std::string("two"));
  other = copy;
  EXPECT_EQ(other.reveal(), "one");
  other = std::move(copy);
  EXPECT_EQ(other.reveal(), "one");
  EXPECT_TRUE(copy.empty());  // NOLINT

  const Secret& itself = other;
  other = itself;
  EXPECT_EQ(other.reveal(), "one");
}

/// Whether `text` still stands in the bytes of the object itself, where short strings live.
bool holds(const void* object, std::size_t size, std::string_view text) {
  return memmem(object, size, text.data(), text.size()) != nullptr;
}

TEST(Secret, WipesAShortTextWhereItMovedFrom) {
  Secret first(std::string("swordfish-7"));
  ASSERT_TRUE(holds(&first, sizeof first, "wordfish"));
  const Secret second = std::move(first);
  EXPECT_FALSE(holds(&first, sizeof first, "wordfish"));  // NOLINT
  Secret third;
  Secret fourth = second;
  third = std::move(fourth);
  EXPECT_FALSE(holds(&fourth, sizeof fourth, "wordfish"));  // NOLINT
}

TEST(Secret, WipesALongTextThatAShortOneReplaces) {
  Secret secret(std::string(64, 'k'));
  const char* const buffer = secret.reveal().data();
  const Secret shorter(std::string("short"));
  secret = shorter;
  ASSERT_EQ(secret.reveal().data(), buffer) << "the buffer is gone: nothing to look at";
  EXPECT_FALSE(holds(buffer, 64, "kkkk"));
}

TEST(Secret, WipesItselfWhenItGoes) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> place{};
  auto* const secret = new (place.data()) Secret(std::string("swordfish-7"));
  ASSERT_TRUE(holds(place.data(), place.size(), "wordfish"));
  std::destroy_at(secret);
  EXPECT_FALSE(holds(place.data(), place.size(), "wordfish"));
}

}  // namespace
}  // namespace omni
