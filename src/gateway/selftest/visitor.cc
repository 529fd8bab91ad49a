#include "gateway/selftest/visitor.h"

#include "gateway/selftest/interruption.h"

namespace omni::gateway::selftest {
namespace {

constexpr Millis patience{5'000};
constexpr std::size_t body_bytes_max = std::size_t{64} << 20;

}  // namespace

Result<std::unique_ptr<Visitor>> Visitor::make(const Log& log) {
  auto tls = net::ClientTls::make({});
  if (!tls) return tls.error();
  return std::unique_ptr<Visitor>(new Visitor(log, *std::move(tls)));
}

Visitor::Visitor(const Log& log, std::unique_ptr<net::ClientTls> tls)
    : tls_(std::move(tls)),
      loops_(1, log),
      client_(std::make_unique<net::Client>(loops_[0], resolver_, *tls_)) {}

Visitor::~Visitor() {
  net::LoopPool::run_on(loops_[0], [this]() -> net::Task<> {
    client_.reset();
    co_return;
  });
}

Result<Heard> Visitor::ask(std::uint16_t port, const Question& question) {
  if (is_interrupted()) return Error(Error::Kind::cancelled, "interrupted");
  Result<Heard> heard = Heard{};
  net::LoopPool::run_on(loops_[0], [&]() -> net::Task<> {
    heard = co_await net::within(patience, "no answer within five seconds", call(port, question));
  });
  return heard;
}

net::Task<Result<Heard>> Visitor::call(std::uint16_t port, const Question& question) {
  net::Call call;
  call.method = question.method;
  call.origin = {net::Scheme::http, "127.0.0.1", port};
  call.target = question.target;
  for (const auto& [name, value] : question.fields) call.fields.add(name, value);
  call.body = question.body;
  call.reach = net::Reach::local;
  const Result<std::unique_ptr<net::Answer>> answer = co_await client_->send(call);
  if (!answer) co_return answer.error();
  Heard heard{(*answer)->status(), std::string((*answer)->field("content-type")), {}};
  if (question.method == "GET" && heard.type.starts_with("text/event-stream")) co_return heard;
  Result<std::string> body = co_await net::read_all((*answer)->body(), body_bytes_max);
  if (!body) co_return body.error();
  heard.body = *std::move(body);
  co_return heard;
}

}  // namespace omni::gateway::selftest
