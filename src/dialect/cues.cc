#include "dialect/cues.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/strings.h"

namespace omni::dialect {
namespace {

using Passage = Transcript::Passage;

// What people read with ease: two lines, and not for too long.
constexpr std::size_t bytes_max = 84;
constexpr double seconds_max = 7;
constexpr double pause_min = 1;  // between two words that are shown apart

bool ends_sentence(std::string_view word) {
  constexpr std::array<std::string_view, 6> ends{".", "?", "!", "。", "？", "！"};
  return std::ranges::any_of(ends, [word](auto end) { return word.ends_with(end); });
}

bool belongs_to(const Passage& cue, const Passage& word) {
  return !ends_sentence(cue.text) && cue.text.size() + 1 + word.text.size() <= bytes_max &&
         word.end - cue.begin <= seconds_max && word.begin - cue.end < pause_min;
}

std::vector<Passage> lines_of(const std::vector<Passage>& words) {
  std::vector<Passage> cues;
  for (const Passage& word : words) {
    if (cues.empty() || !belongs_to(cues.back(), word)) {
      cues.push_back(word);
      continue;
    }
    cues.back().text.append(" ").append(word.text);
    cues.back().end = word.end;
  }
  return cues;
}

void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
  std::string text;
  append_number(text, static_cast<std::uint64_t>(value));
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out.append(text);
}

/// "00:01:02,345"
std::string clock_text(double seconds, char before_millis) {
  constexpr double longest = 359'999;  // 99:59:59
  const double bounded = std::isfinite(seconds) ? std::clamp(seconds, 0.0, longest) : 0;
  const std::int64_t millis = std::llround(bounded * 1000);
  std::string text;
  append_padded(text, millis / 3'600'000, 2);
  append_padded(text += ':', millis / 60'000 % 60, 2);
  append_padded(text += ':', millis / 1000 % 60, 2);
  append_padded(text += before_millis, millis % 1000, 3);
  return text;
}

/// An empty line would end the cue.
std::string in_one_line(std::string_view text) {
  std::string line(trim(text));
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

void write_cue(const Passage& cue, char before_millis, std::string& out) {
  out.append(clock_text(cue.begin, before_millis)).append(" --> ");
  out.append(clock_text(std::max(cue.begin, cue.end), before_millis)).append("\n");
  out.append(in_one_line(cue.text)).append("\n\n");
}

}  // namespace

std::vector<Passage> cues_of(const Transcript& transcript) {
  if (!transcript.segments.empty()) return transcript.segments;
  if (!transcript.words.empty()) return lines_of(transcript.words);
  if (transcript.duration <= 0 || trim(transcript.text).empty()) return {};
  return {{.text = transcript.text, .begin = 0, .end = transcript.duration}};
}

std::string write_srt(const std::vector<Passage>& cues) {
  std::string out;
  std::uint64_t number = 0;
  for (const Passage& cue : cues) {
    append_number(out, ++number);
    out.append("\n");
    write_cue(cue, ',', out);
  }
  return out;
}

std::string write_vtt(const std::vector<Passage>& cues) {
  std::string out = "WEBVTT\n\n";
  for (const Passage& cue : cues) write_cue(cue, '.', out);
  return out;
}

}  // namespace omni::dialect
