#include "chat/reply.h"

#include <algorithm>
#include <array>

namespace omni::chat {
namespace {

constexpr std::array<std::string_view, 4> service_names{"standard", "flex", "batch", "priority"};

}  // namespace

Service service_of(std::string_view word) {
  const auto found = std::ranges::find(service_names, word);
  if (found == service_names.end()) return Service::standard;
  return static_cast<Service>(found - service_names.begin());
}

Usage& Usage::operator+=(const Usage& other) {
  input_fresh += other.input_fresh;
  input_cache_read += other.input_cache_read;
  input_cache_write += other.input_cache_write;
  input_cache_write_1h += other.input_cache_write_1h;
  input_audio += other.input_audio;
  input_image += other.input_image;
  output_text += other.output_text;
  output_reasoning += other.output_reasoning;
  output_audio += other.output_audio;
  output_image += other.output_image;
  images += other.images;
  audio_ms += other.audio_ms;
  wire.reset();
  return *this;
}

std::string_view name_of(Service service) {
  return service_names[static_cast<std::size_t>(service)];
}

}  // namespace omni::chat
