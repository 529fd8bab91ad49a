#include "dialect/media.h"

#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"

namespace omni::dialect {
namespace {

using Kind = chat::Media::Kind;

TEST(DataUri, SaysTypeAndContent) {
  const auto uri = parse_data_uri("data:image/png;base64,AAAA");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->mime_type, "image/png");
  EXPECT_EQ(uri->base64, "AAAA");
}

TEST(DataUri, ParametersAndCaseDoNotMatter) {
  const auto uri = parse_data_uri("DATA:text/plain;charset=utf-8;name=a.txt;Base64,AA==");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->mime_type, "text/plain");
  EXPECT_EQ(uri->base64, "AA==");
}

TEST(DataUri, WithoutATypeIsPlainText) {
  EXPECT_EQ(parse_data_uri("data:;base64,AA==")->mime_type, "text/plain");
}

TEST(DataUri, IsNothingElse) {
  for (const std::string_view text :
       {"", "data:", "https://a/b.png", "data:image/png,AAAA", "data:image/png;base64", "data:,",
        "data:base64,AA", "xdata:image/png;base64,AA", "data:image/png;base64x,AA"})
    EXPECT_FALSE(parse_data_uri(text)) << text;
}

TEST(DataUri, IsReadAsItWasWritten) {
  std::string out = "url=";
  append_data_uri(out, "application/pdf", "JVBERg==");
  EXPECT_EQ(out, "url=data:application/pdf;base64,JVBERg==");
  const auto uri = parse_data_uri(std::string_view(out).substr(4));
  EXPECT_EQ(uri->mime_type, "application/pdf");
  EXPECT_EQ(uri->base64, "JVBERg==");
}

TEST(MediaKind, FollowsFromTheType) {
  EXPECT_EQ(media_kind_of("image/webp"), Kind::image);
  EXPECT_EQ(media_kind_of("IMAGE/PNG"), Kind::image);
  EXPECT_EQ(media_kind_of("audio/wav"), Kind::audio);
  EXPECT_EQ(media_kind_of("video/mp4"), Kind::video);
  EXPECT_EQ(media_kind_of("application/pdf"), Kind::document);
  EXPECT_EQ(media_kind_of("text/plain"), Kind::document);
  EXPECT_EQ(media_kind_of("image"), Kind::document);
  EXPECT_EQ(media_kind_of(""), Kind::document);
}

TEST(DecodedText, IsThatOfPlainTextInBase64) {
  chat::Media media{.kind = Kind::document, .form = chat::Media::Form::base64};
  media.payload = base64_encode("# Grüße\n");
  for (const std::string_view type : {"text/plain", "TEXT/Markdown", "text/csv; charset=utf-8"}) {
    media.mime_type = type;
    EXPECT_EQ(decoded_text(media), "# Grüße\n") << type;
  }
  media.mime_type = "application/pdf";
  EXPECT_EQ(decoded_text(media), std::nullopt);
  media.mime_type = "text/plain";
  media.payload = base64_encode("\xFF\xFE");
  EXPECT_EQ(decoded_text(media), std::nullopt) << "no UTF-8";
  media.payload = "no base64";
  EXPECT_EQ(decoded_text(media), std::nullopt);
  media.payload = base64_encode("text");
  media.form = chat::Media::Form::url;
  EXPECT_EQ(decoded_text(media), std::nullopt);
}

TEST(SniffImage, KnowsTheFirstBytesOfImages) {
  using namespace std::string_view_literals;
  EXPECT_EQ(sniff_image(base64_encode("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv)), "image/png");
  EXPECT_EQ(sniff_image(base64_encode("\xFF\xD8\xFF\xE0\0\x10JFIF"sv)), "image/jpeg");
  EXPECT_EQ(sniff_image(base64_encode("GIF89a\1\0\1\0"sv)), "image/gif");
  EXPECT_EQ(sniff_image(base64_encode("GIF87a\1\0\1\0"sv)), "image/gif");
  for (const char length : {'\0', '\x7F', '\xFF'}) {
    const std::string riff = "RIFF" + std::string(4, length);
    EXPECT_EQ(sniff_image(base64_encode(riff + "WEBPVP8 ")), "image/webp");
    EXPECT_EQ(sniff_image(base64_encode(riff + "WAVEfmt ")), "image/png");
    EXPECT_EQ(sniff_image(base64_encode("BM" + std::string(8, length))), "image/bmp");
  }
}

TEST(SniffImage, TakesTheRestForPng) {
  for (const std::string_view base64 : {"", "A", "UklGR", "UklGRgAAAAA", "PHN2Zz4=", "Qks="})
    EXPECT_EQ(sniff_image(base64), "image/png") << base64;
}

}  // namespace
}  // namespace omni::dialect
