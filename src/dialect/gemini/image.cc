// POST /models/M:generateContent with responseModalities → parts with inlineData
#include "dialect/gemini/image.h"

#include <algorithm>
#include <array>

#include "dialect/gemini/path.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::gemini {
namespace {

/// Sizes that clients of OpenAI ask for.
struct Shape {
  std::string_view size, ratio;
};
constexpr std::array<Shape, 7> shapes{{{"1024x1024", "1:1"},
                                       {"512x512", "1:1"},
                                       {"256x256", "1:1"},
                                       {"1536x1024", "3:2"},
                                       {"1024x1536", "2:3"},
                                       {"1792x1024", "16:9"},
                                       {"1024x1792", "9:16"}}};

std::string_view ratio_of(json::Value size) {
  if (size.kind() != json::Kind::text) return {};
  const auto* const found = std::ranges::find(shapes, size.text(), &Shape::size);
  return found == shapes.end() ? std::string_view() : found->ratio;
}

std::int64_t count(json::Value usage, std::string_view name) {
  const json::Value value = usage.find(name);
  return value.kind() == json::Kind::number ? std::max<std::int64_t>(value.integer(), 0) : 0;
}

void read_parts(json::Value content, MadeImages& made, std::string& words) {
  for (const json::Value part : content.find("parts").items()) {
    if (const json::Value thought = part.find("thought"); thought && thought.boolean()) continue;
    if (const json::Value data = part.find("inlineData")) {
      made.images.emplace_back(data.at("data").text());
    } else if (const json::Value text = part.find("text")) {
      words += text.text();
    }
  }
}

}  // namespace

Result<Outbound> ask_for_image(std::string_view body, std::string_view model) {
  json::ScratchReader reader;
  const json::Value request = reader->read(body);
  Outbound outbound;
  outbound.path = path_of_reply(model);
  json::Writer out(outbound.body);
  out.begin_object().key("contents").begin_array().begin_object().key("role").text("user");
  out.key("parts").begin_array().begin_object().key("text").text(request.find("prompt").text());
  out.end_object().end_array().end_object().end_array();
  out.key("generationConfig").begin_object();
  out.key("responseModalities").begin_array().text("TEXT").text("IMAGE").end_array();
  if (const std::string_view ratio = ratio_of(request.find("size")); !ratio.empty()) {
    out.key("imageConfig").begin_object().key("aspectRatio").text(ratio).end_object();
  }
  out.end_object().end_object();
  if (Status read = reader->finish(); !read) return read.error();
  return outbound;
}

Result<MadeImages> read_images(std::string_view body) {
  json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  MadeImages made;
  std::string words, reason;
  for (const json::Value candidate : root.find("candidates").items()) {
    if (const json::Value content = candidate.find("content")) read_parts(content, made, words);
    if (const json::Value finish = candidate.find("finishReason")) reason = finish.text();
  }
  if (const json::Value feedback = root.find("promptFeedback")) {
    if (const json::Value why = feedback.find("blockReason")) reason = why.text();
  }
  const json::Value usage = root.find("usageMetadata");
  if (usage.kind() == json::Kind::object) {
    made.usage.input_fresh = count(usage, "promptTokenCount");
    made.usage.output_image = count(usage, "candidatesTokenCount");
    made.usage.output_reasoning = count(usage, "thoughtsTokenCount");
  }
  made.usage.images = std::ssize(made.images);
  if (Status read = reader->finish(); !read) return read.error();
  if (!made.images.empty()) return made;
  if (words.empty()) words = reason;
  return Error(Error::Kind::bad_request, "The model made no image: " + words.substr(0, 1000));
}

}  // namespace omni::dialect::gemini
