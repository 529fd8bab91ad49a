#include "dialect/transcription.h"

#include <gtest/gtest.h>

namespace omni::dialect {
namespace {

using Format = TranscriptionRequest::Format;

TranscriptionRequest asking_for(Format format) {
  TranscriptionRequest request;
  request.format = format;
  return request;
}

/// Two words of half a second each.
Transcript two_words() {
  return {.text = "Good morning.",
          .language = "en",
          .duration = 1.5,
          .words = {{"Good", 0, 0.5}, {"morning.", 0.5, 1}},
          .segments = {}};
}

std::string written(const Transcript& transcript, const TranscriptionRequest& request) {
  const Result<TranscriptReply> reply = write_transcript(transcript, request);
  return reply ? reply->body : reply.error().message();
}

TEST(TranscriptionRequest, UnderstandsWhatConcernsTheAnswer) {
  TranscriptionRequest request;
  for (const auto& [name, value] : std::vector<TranscriptionRequest::Field>{
           {"language", "pt-BR"},
           {"response_format", "verbose_json"},
           {"timestamp_granularities[]", "word"},
           {"timestamp_granularities[]", "segment"},
           {"stream", "True"},
           {"prompt", "OmniRoute"}}) {
    EXPECT_TRUE(add_field(name, value, request)) << name;
  }
  EXPECT_EQ(request.language, "pt-BR");
  EXPECT_EQ(request.format, Format::verbose_json);
  EXPECT_TRUE(request.wants_words && request.wants_segments && request.stream);
  EXPECT_EQ(request.fields.size(), 6);
  EXPECT_EQ(request.fields.back(), (TranscriptionRequest::Field{"prompt", "OmniRoute"}));
}

TEST(TranscriptionRequest, RefusesFormatsAndLanguagesThatAreNone) {
  TranscriptionRequest request;
  EXPECT_FALSE(add_field("response_format", "mp3", request));
  EXPECT_FALSE(add_field("language", "en&model=x", request));
  EXPECT_FALSE(add_field("language", std::string(65, 'a'), request));
}

TEST(TranscriptionRequest, KnowsTheMediaTypeByTheFilesNameWhereNobodySaysIt) {
  TranscriptionRequest request;
  for (const auto& [name, type] : std::vector<std::pair<std::string, std::string_view>>{
           {"a.mp3", "audio/mpeg"},
           {"A.WAV", "audio/wav"},
           {"a.m4a", "audio/mp4"},
           {"a.flac", "audio/flac"},
           {"a.ogg", "audio/ogg"},
           {"a.webm", "audio/webm"},
           {"mp3", "application/octet-stream"},
           {"", "application/octet-stream"}}) {
    request.file_name = name;
    EXPECT_EQ(media_type_of(request), type) << name;
  }
  request.file_name = "a.mp3";
  request.media_type = "application/octet-stream";
  EXPECT_EQ(media_type_of(request), "audio/mpeg");
  request.media_type = "audio/x-wav";
  EXPECT_EQ(media_type_of(request), "audio/x-wav");
}

TEST(Transcript, IsWrittenAsJson) {
  EXPECT_EQ(written(two_words(), {}),
            R"({"text":"Good morning.","task":"transcribe","language":"en","duration":1.5})");
  EXPECT_EQ(written({.text = "Hi"}, {}),
            R"({"text":"Hi","task":"transcribe","language":"","duration":0})");
}

TEST(Transcript, IsInTheLanguageThatTheClientSaidWhereTheProviderIsSilent) {
  TranscriptionRequest request;
  request.language = "de";
  EXPECT_EQ(written({.text = "Ja"}, request),
            R"({"text":"Ja","task":"transcribe","language":"de","duration":0})");
}

TEST(Transcript, IsWrittenAsText) {
  EXPECT_EQ(written(two_words(), asking_for(Format::text)), "Good morning.\n");
  EXPECT_EQ(write_transcript(two_words(), asking_for(Format::text))->type,
            "text/plain; charset=utf-8");
}

TEST(Transcript, IsWrittenWithItsTimes) {
  constexpr std::string_view head =
      R"({"text":"Good morning.","task":"transcribe","language":"en","duration":1.5)";
  constexpr std::string_view words =
      R"(,"words":[{"word":"Good","start":0,"end":0.5},{"word":"morning.","start":0.5,"end":1}])";
  constexpr std::string_view segments =
      R"(,"segments":[{"id":0,"seek":0,"start":0,"end":1,"text":"Good morning.","tokens":[],)"
      R"("temperature":0,"avg_logprob":0,"compression_ratio":0,"no_speech_prob":0}])";
  TranscriptionRequest request = asking_for(Format::verbose_json);
  EXPECT_EQ(written(two_words(), request), std::string(head).append(segments).append("}"));
  request.wants_words = true;
  EXPECT_EQ(written(two_words(), request), std::string(head).append(words).append("}"));
  request.wants_segments = true;
  EXPECT_EQ(written(two_words(), request),
            std::string(head).append(words).append(segments).append("}"));
}

TEST(Transcript, IsWrittenAsSubtitles) {
  EXPECT_EQ(written(two_words(), asking_for(Format::srt)),
            "1\n00:00:00,000 --> 00:00:01,000\nGood morning.\n\n");
  EXPECT_EQ(written(two_words(), asking_for(Format::vtt)),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nGood morning.\n\n");
  EXPECT_EQ(write_transcript(two_words(), asking_for(Format::vtt))->type,
            "text/vtt; charset=utf-8");
}

TEST(Transcript, IsToldAtOnceWhereAStreamIsWanted) {
  TranscriptionRequest request;
  request.stream = true;
  const Result<TranscriptReply> reply = write_transcript({.text = "Hi"}, request);
  EXPECT_EQ(reply->type, "text/event-stream");
  EXPECT_EQ(reply->body,
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hi\"}\n\n"
            "data: {\"type\":\"transcript.text.done\",\"text\":\"Hi\"}\n\n");
}

TEST(Transcript, IsNotWrittenAsWhatNobodyKnows) {
  EXPECT_FALSE(write_transcript({.text = "Hi"}, asking_for(Format::srt)));
  EXPECT_FALSE(write_transcript({.text = "Hi"}, asking_for(Format::vtt)));
  EXPECT_FALSE(write_transcript(two_words(), asking_for(Format::diarized_json)));
  EXPECT_EQ(written({}, asking_for(Format::srt)), "");  // of silence there is nothing to show
}

TEST(Transcript, CountsTheTimeThatWasListenedTo) {
  EXPECT_EQ(write_transcript(two_words(), {})->usage->audio_ms, 1500);
  EXPECT_FALSE(write_transcript({.text = "Hi"}, {})->usage);
}

}  // namespace
}  // namespace omni::dialect
