// What providers of transcriptions are told, and what they answer.
#include <gtest/gtest.h>

#include "dialect/assemblyai.h"
#include "dialect/deepgram.h"
#include "dialect/openai_chat/transcription.h"

namespace omni::dialect {
namespace {

using Format = TranscriptionRequest::Format;

TranscriptionRequest asking_for(Format format) {
  TranscriptionRequest request;
  request.model = "m/1";
  request.format = format;
  return request;
}

TEST(Deepgram, IsToldAllInTheQuery) {
  TranscriptionRequest request = asking_for(Format::json);
  EXPECT_EQ(deepgram_path(request),
            "/listen?model=m%2F1&smart_format=true&punctuate=true&detect_language=true");
  request.language = "pt-BR";
  EXPECT_EQ(deepgram_path(request),
            "/listen?model=m%2F1&smart_format=true&punctuate=true&language=pt-BR");
}

TEST(Deepgram, TellsWordsAndSentences) {
  const auto read = read_deepgram(
      R"({"metadata":{"duration":2.5,"channels":1},"results":{"channels":[)"
      R"({"detected_language":"en","alternatives":[{"transcript":"Hi. You.","words":[)"
      R"({"word":"hi","start":0.1,"end":0.5,"punctuated_word":"Hi."},)"
      R"({"word":"you","start":1,"end":1.5}],"paragraphs":{"transcript":"…","paragraphs":[)"
      R"({"sentences":[{"text":"Hi.","start":0.1,"end":0.5},)"
      R"({"text":"You.","start":1,"end":1.5}]}]}}]}]}})");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->text, "Hi. You.");
  EXPECT_EQ(read->language, "en");
  EXPECT_EQ(read->duration, 2.5);
  ASSERT_EQ(read->words.size(), 2);
  EXPECT_EQ(read->words[0].text, "Hi.");
  EXPECT_EQ(read->words[1].text, "you");
  EXPECT_EQ(read->words[1].end, 1.5);
  ASSERT_EQ(read->segments.size(), 2);
  EXPECT_EQ(read->segments[1].text, "You.");
}

TEST(Deepgram, MaySayLittle) {
  const auto read = read_deepgram(
      R"({"results":{"channels":[{"alternatives":[{"transcript":""}]}]}})");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->text, "");
  EXPECT_EQ(read->language, "");
}

TEST(Deepgram, MustSayATranscript) {
  for (const std::string_view body :
       {"", "[]", "{}", R"({"results":{"channels":[]}})",
        R"({"results":{"channels":[{"alternatives":[]}]}})",
        R"({"results":{"channels":[{"alternatives":[{}]}]}})",
        R"({"results":{"channels":[{"alternatives":[{"transcript":7}]}]}})"}) {
    const auto read = read_deepgram(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().kind(), Error::Kind::upstream);
  }
}

TEST(Assemblyai, IsGivenAJob) {
  TranscriptionRequest request = asking_for(Format::json);
  EXPECT_EQ(assemblyai_job(request, "https://cdn/1"),
            R"({"audio_url":"https://cdn/1","speech_model":"m/1","language_detection":true})");
  request.language = "de";
  EXPECT_EQ(assemblyai_job(request, "u"),
            R"({"audio_url":"u","speech_model":"m/1","language_code":"de"})");
}

TEST(Assemblyai, SaysWhereTheRecordingIs) {
  EXPECT_EQ(*read_upload(R"({"upload_url":"https://cdn/1"})"), "https://cdn/1");
  EXPECT_FALSE(read_upload("{}"));
}

TEST(Assemblyai, SaysHowTheJobIs) {
  using State = AssemblyaiJob::State;
  EXPECT_EQ(read_job(R"({"id":"a-1_Z","status":"queued"})")->id, "a-1_Z");
  EXPECT_EQ(read_job(R"({"id":"a","status":"processing"})")->state, State::waits);
  EXPECT_EQ(read_job(R"({"id":"a","status":"completed"})")->state, State::done);
  const auto failed = read_job(R"({"id":"a","status":"error","error":"No speech"})");
  EXPECT_EQ(failed->state, State::failed);
  EXPECT_EQ(failed->why, "No speech");
}

TEST(Assemblyai, HasNoJobWhoseNameLeadsElsewhere) {
  for (const std::string_view body :
       {R"({"id":"../v2/upload"})", R"({"id":""})", "{}", R"({"id":"a?b"})"}) {
    EXPECT_FALSE(read_job(body)) << body;
  }
}

TEST(Assemblyai, TellsWordsInMilliseconds) {
  const auto read = read_assemblyai(
      R"({"id":"a","status":"completed","text":"Hi.","language_code":"en_us","audio_duration":3,)"
      R"("words":[{"text":"Hi.","start":120,"end":480,"confidence":0.9}],"utterances":null})");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->text, "Hi.");
  EXPECT_EQ(read->language, "en_us");
  EXPECT_EQ(read->duration, 3);
  ASSERT_EQ(read->words.size(), 1);
  EXPECT_EQ(read->words[0].begin, 0.12);
  EXPECT_EQ(read->words[0].end, 0.48);
}

TEST(Assemblyai, HearsSilence) {
  const auto read = read_assemblyai(R"({"id":"a","text":null,"words":null,"audio_duration":null})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, "");
}

TEST(OpenaiTranscription, IsAskedForWithTheClientsFieldsOfAnotherModel) {
  TranscriptionRequest request = asking_for(Format::json);
  request.fields = {{"prompt", "p"}, {"include[]", "logprobs"}};
  const std::vector<TranscriptionRequest::Field> expected{
      {"model", "m/1"}, {"prompt", "p"}, {"include[]", "logprobs"}};
  EXPECT_EQ(openai_fields(request), expected);
}

TEST(OpenaiTranscription, SaysWhatClientsArePromisedBesideItsOwn) {
  const auto reply = read_openai_transcript(
      "application/json; charset=utf-8",
      R"({"text":"Hi","logprobs":[1],"usage":{"type":"duration","seconds":2}})",
      asking_for(Format::json));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body,
            R"({"text":"Hi","logprobs":[1],"usage":{"type":"duration","seconds":2},)"
            R"("task":"transcribe","language":"","duration":2})");
  EXPECT_EQ(reply->type, "application/json");
  EXPECT_EQ(reply->usage->audio_ms, 2000);
}

TEST(OpenaiTranscription, StaysAsItIsWhereItSaysAll) {
  const std::string body =
      R"({"task":"transcribe","language":"english","duration":1.5,"text":"Hi","x_groq":{}})";
  const auto reply =
      read_openai_transcript("application/json", body, asking_for(Format::verbose_json));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, body);
  EXPECT_EQ(reply->usage->audio_ms, 1500);
}

TEST(OpenaiTranscription, CountsTokens) {
  const auto reply = read_openai_transcript(
      "application/json",
      R"({"text":"Hi","usage":{"type":"tokens","input_tokens":14,"output_tokens":45,)"
      R"("total_tokens":59,"input_token_details":{"text_tokens":4,"audio_tokens":10}}})",
      asking_for(Format::json));
  ASSERT_TRUE(reply && reply->usage);
  EXPECT_EQ(reply->usage->input_fresh, 4);
  EXPECT_EQ(reply->usage->input_audio, 10);
  EXPECT_EQ(reply->usage->output_text, 45);
}

TEST(OpenaiTranscription, CountsNothingThatWasNotSaid) {
  const auto reply =
      read_openai_transcript("application/json", R"({"text":"Hi"})", asking_for(Format::json));
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->usage);
}

TEST(OpenaiTranscription, GoesThroughAsTextAndSubtitles) {
  for (const Format format : {Format::text, Format::srt, Format::vtt}) {
    const auto reply = read_openai_transcript("text/plain", "1\n00:00 …", asking_for(format));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "1\n00:00 …");
    EXPECT_EQ(reply->type, "text/plain");
  }
}

TEST(OpenaiTranscription, IsRewrittenWhereItsFormatIsAnother) {
  const std::string body =
      R"({"text":" Hi","segments":[{"id":0,"start":0,"end":1.5,"text":" Hi"}]})";
  EXPECT_EQ(read_openai_transcript("application/json", body, asking_for(Format::srt))->body,
            "1\n00:00:00,000 --> 00:00:01,500\nHi\n\n");
  EXPECT_EQ(read_openai_transcript("text/plain", "Hi\n", asking_for(Format::json))->body,
            R"({"text":"Hi","task":"transcribe","language":"","duration":0})");
}

TEST(OpenaiTranscription, IsNoPage) {
  EXPECT_FALSE(read_openai_transcript("text/html", "<html>", asking_for(Format::text)));
  EXPECT_FALSE(read_openai_transcript("application/json", "{}", asking_for(Format::json)));
  EXPECT_FALSE(read_openai_transcript("text/plain", "\xff", asking_for(Format::json)));
}

TEST(TranscriptTap, FindsTheUsageHoweverTheStreamIsCut) {
  const std::string stream =
      "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hi\"}\n\n"
      "data: {\"type\":\"transcript.text.done\",\"text\":\"Hi\",\"usage\":{\"type\":\"tokens\","
      "\"input_tokens\":5,\"output_tokens\":2,\"total_tokens\":7}}\n\n";
  for (std::size_t cut = 0; cut < stream.size(); cut += 5) {
    TranscriptTap tap;
    tap.feed(std::string_view(stream).substr(0, cut));
    tap.feed(std::string_view(stream).substr(cut));
    tap.finish();
    ASSERT_TRUE(tap.usage()) << cut;
    EXPECT_EQ(tap.usage()->input_fresh, 5);
    EXPECT_TRUE(tap.ended());
  }
}

TEST(TranscriptTap, MindsNothingElse) {
  TranscriptTap tap;
  tap.feed("data: [DONE]\n\ndata: nonsense\n\n: comment\n\n");
  tap.finish();
  EXPECT_FALSE(tap.ended());
  EXPECT_FALSE(tap.usage());
}

}  // namespace
}  // namespace omni::dialect
