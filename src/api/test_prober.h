#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "api/prober.h"
#include "net/loop.h"

namespace omni::api::testing {

/// Answers as a test wants, and remembers what it was asked: "models acme /models sk-1".
class FakeProber final : public Prober {
 public:
  std::function<Result<ProbeAnswer>(const std::string& question)> answer =
      [](const std::string&) -> Result<ProbeAnswer> { return ProbeAnswer{.status = 200}; };
  /// How long it takes.
  Millis delay{};

  net::Task<Result<ProbeAnswer>> list_models(ProbeSubject subject, std::string path) override {
    co_return co_await ask("models", subject, path);
  }
  net::Task<Result<ProbeAnswer>> ask_one_token(ProbeSubject subject, std::string model) override {
    co_return co_await ask("chat", subject, model);
  }
  net::Task<Result<ProbeAnswer>> ask_quota(ProbeSubject subject) override {
    co_return co_await ask("quota", subject, "");
  }
  net::Task<Result<ProbeAnswer>> ask_through(net::Proxy proxy) override {
    co_return answer("through " + std::string(net::url_of(proxy).reveal()));
  }

  std::vector<std::string> questions() {
    const std::lock_guard lock(mutex_);
    return questions_;
  }
  std::size_t at_once() {
    const std::lock_guard lock(mutex_);
    return at_once_;
  }
  std::size_t at_once_max() const { return at_once_max_; }

 private:
  net::Task<Result<ProbeAnswer>> ask(const char* what, const ProbeSubject& subject,
                                     const std::string& about) {
    const std::string question = std::string(what) + " " + subject.connection.provider + " " +
                                 about + " " + std::string(subject.connection.api_key.reveal());
    {
      const std::lock_guard lock(mutex_);
      questions_.push_back(question);
      at_once_max_ = std::max(at_once_max_, ++at_once_);
    }
    Status waited = Nothing{};
    if (delay != Millis()) waited = co_await net::sleep(delay);
    const std::lock_guard lock(mutex_);
    --at_once_;
    if (!waited) co_return waited.error();
    co_return answer(question);
  }

  std::mutex mutex_;
  std::vector<std::string> questions_;
  std::size_t at_once_ = 0, at_once_max_ = 0;
};

}  // namespace omni::api::testing
