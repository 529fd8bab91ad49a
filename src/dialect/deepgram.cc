// POST /listen?model=…, the recording as the body →
// {"metadata":{"duration"},"results":{"channels":[{"detected_language","alternatives":[
//   {"transcript","words":[{"word","punctuated_word","start","end"}],
//    "paragraphs":{"paragraphs":[{"sentences":[{"text","start","end"}]}]}}]}]}}
#include "dialect/deepgram.h"

#include "base/percent.h"
#include "json/scratch_reader.h"

namespace omni::dialect {
namespace {

using Passage = Transcript::Passage;

json::Value first_of(json::Value array) {
  for (const json::Value item : array.items()) return item;
  array.refuse("expected something in it");
  return {};
}

Passage read_times(json::Value item) {
  return {.text = {}, .begin = item.find("start").number(), .end = item.find("end").number()};
}

void read_words(json::Value words, Transcript& transcript) {
  for (const json::Value item : words.items()) {
    Passage word = read_times(item);
    const json::Value written = item.find("punctuated_word");
    word.text = (written ? written : item.find("word")).text();
    transcript.words.push_back(std::move(word));
  }
}

void read_sentences(json::Value paragraphs, Transcript& transcript) {
  for (const json::Value paragraph : paragraphs.find("paragraphs").items()) {
    for (const json::Value item : paragraph.find("sentences").items()) {
      Passage sentence = read_times(item);
      sentence.text = item.find("text").text();
      transcript.segments.push_back(std::move(sentence));
    }
  }
}

}  // namespace

std::string deepgram_path(const TranscriptionRequest& request) {
  std::string path = "/listen?model=";
  append_percent_encoded(path, request.model, "-._~");
  path.append("&smart_format=true&punctuate=true");
  if (request.language.empty()) return path.append("&detect_language=true");
  append_percent_encoded(path += "&language=", request.language, "-._~");
  return path;
}

Result<Transcript> read_deepgram(std::string_view body) {
  json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  const json::Value channel = first_of(root.at("results").at("channels"));
  const json::Value heard = first_of(channel.find("alternatives"));
  Transcript transcript;
  transcript.text = heard.at("transcript").text();
  transcript.language = channel.find("detected_language").text();
  transcript.duration = root.find("metadata").find("duration").number();
  read_words(heard.find("words"), transcript);
  read_sentences(heard.find("paragraphs"), transcript);
  if (Status read = reader->finish(); !read) return read.error();
  return transcript;
}

}  // namespace omni::dialect
