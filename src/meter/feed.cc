#include "meter/feed.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace omni::meter {
namespace {

std::string event(std::string_view id, std::string_view name, std::string_view json) {
  std::string text;
  text.reserve(id.size() + name.size() + json.size() + 24);
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  text.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
  return text;
}

}  // namespace

Feed::Feed(const Clock& clock) : Feed(clock, Limits{}) {}
Feed::Feed(const Clock& clock, const Limits& limits)
    : clock_(clock), limits_(limits), boot_(std::to_string(to_millis(clock.wall()))) {}

Feed::Subscriber::~Subscriber() { feed_.leave(*this); }

std::string Feed::id(std::uint64_t number) const { return boot_ + "-" + std::to_string(number); }

/// Of one who has missed something, and goes on with what comes.
std::string Feed::resync() const { return event(id(last_number_), "resync", "{}"); }

void Feed::tell(Topic topic, std::string_view name, std::string_view json) {
  if (!wants(topic)) return;
  Bells bells;
  const std::lock_guard lock(mutex_);
  ++last_number_;
  kept_.push_back(
      {.number = last_number_, .topic = topic, .text = event(id(last_number_), name, json)});
  if (kept_.size() > limits_.kept_max) kept_.pop_front();
  for (Subscriber* const each : subscribers_) hand(*each, kept_.back(), bells);
}

void Feed::hand(Subscriber& subscriber, const Notice& notice, Bells& bells) const {
  if (!subscriber.topics_.test(static_cast<std::size_t>(notice.topic))) return;
  if (notice.topic == Topic::request) {
    if (clock_.steady() - subscriber.span_began_ >= limits_.requests_span) {
      tell_skipped(subscriber, bells);
      subscriber.span_began_ = clock_.steady();
      subscriber.requests_ = 0;
    }
    if (subscriber.requests_ == limits_.requests_max) {
      ++subscriber.skipped_;
      return;
    }
    ++subscriber.requests_;
  }
  append(subscriber, notice.text, bells);
}

void Feed::tell_skipped(Subscriber& subscriber, Bells& bells) const {
  const std::size_t skipped = std::exchange(subscriber.skipped_, 0);
  if (skipped == 0) return;
  const std::string json = "{\"n\":" + std::to_string(skipped) + "}";
  append(subscriber, event("", "request.skipped", json), bells);
}

void Feed::append(Subscriber& subscriber, std::string_view text, Bells& bells) const {
  subscriber.waiting_.append(text);
  if (subscriber.waiting_.size() > limits_.waiting_bytes_max) subscriber.waiting_ = resync();
  if (subscriber.bell_) bells.push_back(std::move(subscriber.bell_));
}

std::string Feed::Subscriber::take(const MakeBell& make_bell) {
  const std::lock_guard lock(feed_.mutex_);
  if (waiting_.empty() && !feed_.closed_) bell_ = make_bell();
  return std::exchange(waiting_, {});
}

std::unique_ptr<Feed::Subscriber> Feed::subscribe(Topics topics, std::string_view last_id) {
  topics.set(static_cast<std::size_t>(Topic::config));
  const std::lock_guard lock(mutex_);
  if (closed_ || subscribers_.size() >= limits_.subscribers_max) return nullptr;
  std::unique_ptr<Subscriber> made(new Subscriber(*this, topics));
  if (!last_id.empty() && !replay(*made, last_id)) made->waiting_ = resync();
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (!topics.test(i)) continue;
    Interest& interest = interests_.at(i);
    ++interest.subscribers;
    if (!interest.since) interest.since = last_number_ + 1;
  }
  subscribers_.push_back(made.get());
  publish_interests();
  return made;
}

/// Whether he has heard now of all that there was since.
bool Feed::replay(Subscriber& subscriber, std::string_view last_id) const {
  const std::string_view boot = cut(last_id, '-');
  const auto last = parse_unsigned(last_id);
  if (boot != boot_ || !last || *last > last_number_) return false;
  for (std::size_t i = 0; i < interests_.size(); ++i) {
    const std::optional<std::uint64_t>& since = interests_.at(i).since;
    if (subscriber.topics_.test(i) && (!since || *since > *last + 1)) return false;
  }
  if (*last < last_number_ && (kept_.empty() || kept_.front().number > *last + 1)) return false;
  for (const Notice& notice : kept_) {
    const bool for_him = subscriber.topics_.test(static_cast<std::size_t>(notice.topic));
    if (notice.number > *last && for_him) subscriber.waiting_ += notice.text;
  }
  return subscriber.waiting_.size() <= limits_.waiting_bytes_max;
}

void Feed::leave(Subscriber& subscriber) {
  const std::lock_guard lock(mutex_);
  if (std::erase(subscribers_, &subscriber) == 0) return;
  for (std::size_t i = 0; i < interests_.size(); ++i) {
    if (!subscriber.topics_.test(i)) continue;
    --interests_.at(i).subscribers;
    interests_.at(i).left = clock_.steady();
  }
}

void Feed::publish_interests() {
  std::uint32_t wanted = 0;
  for (std::size_t i = 0; i < interests_.size(); ++i) {
    if (interests_.at(i).since) wanted |= std::uint32_t{1} << i;
  }
  wanted_ = wanted;
  if (wanted == 0) kept_.clear();
}

void Feed::beat() {
  if (wanted_ == 0) return;
  Bells bells;
  const std::lock_guard lock(mutex_);
  const Clock::Steady now = clock_.steady();
  for (Interest& interest : interests_) {
    if (interest.subscribers == 0 && now - interest.left >= limits_.patience)
      interest.since.reset();
  }
  publish_interests();
  for (Subscriber* const each : subscribers_) tell_skipped(*each, bells);
}

void Feed::wake_all() {
  Bells bells;
  const std::lock_guard lock(mutex_);
  for (Subscriber* const each : subscribers_) {
    if (each->bell_) bells.push_back(std::move(each->bell_));
  }
}

void Feed::close() {
  closed_ = true;
  wake_all();
}

}  // namespace omni::meter
