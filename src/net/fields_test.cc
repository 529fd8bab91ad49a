#include "net/fields.h"

#include <gtest/gtest.h>

namespace omni::net {
namespace {

TEST(Fields, FindsTheFirstOfAName) {
  Fields fields;
  fields.add({"Accept", "a"});
  fields.add({"accept", "b"});
  EXPECT_EQ(fields.find("ACCEPT"), "a");
  EXPECT_EQ(fields.find("accep"), std::nullopt);
  EXPECT_EQ(fields.size(), 2U);
}

TEST(OutFields, WritesItsFieldsAsTheyGoOut) {
  OutFields fields;
  fields.add("content-type", "text/plain").add("x-count", std::uint64_t{18446744073709551615U});
  fields.add("x-empty", "").add("x-text", "a\tb \xc3\xa9\xff");
  EXPECT_TRUE(fields.valid());
  EXPECT_EQ(fields.text(),
            "content-type: text/plain\r\nx-count: 18446744073709551615\r\nx-empty: \r\n"
            "x-text: a\tb \xc3\xa9\xff\r\n");
}

TEST(OutFields, RefusesEveryControlByteInAValue) {
  for (int byte = 0; byte < 256; ++byte) {
    OutFields fields;
    fields.add("x-name", "before" + std::string(1, static_cast<char>(byte)) + "after");
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    EXPECT_EQ(fields.valid(), !control) << byte;
    EXPECT_EQ(fields.text().empty(), control) << byte;
  }
}

TEST(OutFields, RefusesANameThatIsNoToken) {
  for (const std::string_view name :
       {"", "x name", "x:name", "x-n\r\name", "x\tname", "(x)", "x\xc3\xa9", "x\"y"}) {
    OutFields fields;
    fields.add(name, "value");
    EXPECT_FALSE(fields.valid()) << name;
    EXPECT_EQ(fields.text(), "") << name;
  }
}

TEST(OutFields, StaysInvalidWhateverFollows) {
  OutFields fields;
  fields.add("x-forged", "a\r\nx-evil: 1").add("x-good", "b");
  EXPECT_FALSE(fields.valid());
}

TEST(IsToken, TakesTheBytesOfRfc9110AndNoOthers) {
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  int allowed = 0;
  for (int byte = 0; byte < 256; ++byte)
    allowed += is_token(std::string(1, static_cast<char>(byte)));
  EXPECT_EQ(allowed, 26 + 26 + 10 + 15);
  EXPECT_FALSE(is_token(""));
}

TEST(ListHasToken, FindsATokenInAnyPlaceAndCase) {
  EXPECT_TRUE(list_has_token("close", "close"));
  EXPECT_TRUE(list_has_token("keep-alive, Close", "close"));
  EXPECT_TRUE(list_has_token(" \tclose\t ,x", "close"));
  EXPECT_TRUE(list_has_token(",,close,", "close"));
  EXPECT_FALSE(list_has_token("closed", "close"));
  EXPECT_FALSE(list_has_token("not close", "close"));
  EXPECT_FALSE(list_has_token("", "close"));
}

TEST(IsHopByHop, NamesWhatBelongsToOneConnection) {
  for (const std::string_view name :
       {"Connection", "content-length", "Keep-Alive", "proxy-authenticate", "Proxy-Authorization",
        "TE", "Trailer", "Transfer-Encoding", "upgrade", "proxy-connection"}) {
    EXPECT_TRUE(is_hop_by_hop(name)) << name;
  }
  for (const std::string_view name : {"content-type", "authorization", "x-te", "t", ""}) {
    EXPECT_FALSE(is_hop_by_hop(name)) << name;
  }
}

}  // namespace
}  // namespace omni::net
