#include "store/body_log.h"

#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "base/redact.h"

namespace omni::store {
namespace {

/// All that is held while an entry waits: what was said may be less than what is told of it.
std::size_t bytes_of(const BodyLog::Entry& entry) {
  return entry.bodies.request.text.size() + entry.bodies.answer.text.size() +
         entry.row.trace.size() + sizeof entry;
}

/// Not within a letter.
void cut_at(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

void redact(const std::vector<Secret>& secrets, Bodies::Body& body) {
  for (const Secret& secret : secrets) hide(secret, body.text);
  hide_credentials(body.text);
  cut_at(body.text, BodyLog::body_bytes_max);
}

void append_number(std::string& out, std::uint64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Two sizes before each body: as it was, and as it is kept.
std::string encode(const Bodies& bodies) {
  std::string record;
  for (const Bodies::Body* body : {&bodies.request, &bodies.answer}) {
    append_number(record, body->bytes);
    append_number(record, body->text.size());
    record += body->text;
  }
  return record;
}

std::optional<Bodies::Body> first_of(std::string_view& record) {
  std::array<std::uint64_t, 2> sizes{};
  if (record.size() < sizeof sizes) return std::nullopt;
  std::memcpy(sizes.data(), record.data(), sizeof sizes);
  record.remove_prefix(sizeof sizes);
  if (sizes[1] > record.size()) return std::nullopt;
  Bodies::Body body{.text = std::string(record.substr(0, sizes[1])), .bytes = sizes[0]};
  record.remove_prefix(sizes[1]);
  return body;
}

}  // namespace

BodyLog::BodyLog(const UsageLog::Surroundings& surroundings, UsageLog& calls, Options options)
    : log_(surroundings.log),
      calls_(calls),
      options_(std::move(options)),
      files_(surroundings.clock, options_.files),
      writing_([this] { run(); }) {}

BodyLog::~BodyLog() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  writing_.join();
}

void BodyLog::append(Entry entry) {
  const std::size_t bytes = bytes_of(entry);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + bytes <= options_.waiting_bytes_max) {
      waiting_bytes_ += bytes;
      waiting_.push_back(std::move(entry));
      wake_.notify_one();
      return;
    }
  }
  ++dropped_;
  entry.row.bodies.segment = BodyFiles::missing;
  calls_.append(std::move(entry.row));
}

void BodyLog::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Entry entry = std::move(waiting_.front());
    waiting_.pop_front();
    const std::size_t bytes = bytes_of(entry);
    lock.unlock();
    keep(std::move(entry));
    lock.lock();
    waiting_bytes_ -= bytes;
  }
}

void BodyLog::keep(Entry entry) {
  try {
    redact(entry.secrets, entry.bodies.request);
    redact(entry.secrets, entry.bodies.answer);
    const Result<BodyFiles::Place> written = files_.append(encode(entry.bodies));
    note(written);
    entry.row.bodies = written ? *written : BodyFiles::Place{.segment = BodyFiles::missing};
    calls_.append(std::move(entry.row));
  } catch (const std::exception& error) {
    log_.error("bodies_not_kept", {{"reason", error.what()}});
  }
}

/// Says once that it fails, and once that it does no more.
void BodyLog::note(const Result<BodyFiles::Place>& written) {
  if (!written) ++dropped_;
  if (std::exchange(failing_, !written) == !written) return;
  if (written) {
    log_.info("bodies_kept_again", {{"dropped", dropped_.load()}});
  } else {
    log_.error("bodies_not_kept", {{"reason", written.error().message()}});
  }
}

Result<Bodies> BodyLog::read(const BodyFiles::Place& place) const {
  const Result<std::string> record = files_.read(place);
  if (!record) return record.error();
  std::string_view rest = *record;
  std::optional<Bodies::Body> request = first_of(rest);
  std::optional<Bodies::Body> answer = first_of(rest);
  if (!request || !answer) return Error(Error::Kind::not_found, "These bodies cannot be read");
  return Bodies{.request = *std::move(request), .answer = *std::move(answer)};
}

}  // namespace omni::store
