#include "upstream/special/played.h"

#include <utility>

#include "base/strings.h"

namespace omni::upstream {
namespace {

class PlayedBody final : public net::ByteSource {
 public:
  PlayedBody(std::vector<Played::Piece> pieces, Played::End end)
      : pieces_(std::move(pieces)), end_(end) {}

  net::Task<Result<std::string_view>> read() override {
    if (next_ == pieces_.size()) co_return co_await end();
    const Played::Piece& piece = pieces_[next_++];
    if (piece.pause > Millis{0}) {
      Status slept = co_await net::sleep(piece.pause);
      if (!slept) co_return slept.error();
    }
    co_return std::string_view(piece.bytes);
  }

  bool done() const override { return next_ == pieces_.size() && end_ == Played::End::whole; }

 private:
  net::Task<Result<std::string_view>> end() const {
    if (end_ == Played::End::whole) co_return std::string_view();
    if (end_ == Played::End::broken) {
      co_return Error(Error::Kind::upstream, "the upstream broke off in the middle of its answer");
    }
    Status slept = co_await net::sleep(net::forever);
    co_return slept ? Error(Error::Kind::internal, "slept for ever") : slept.error();
  }

  std::vector<Played::Piece> pieces_;
  std::size_t next_ = 0;
  Played::End end_;
};

class PlayedAnswer final : public Answer {
 public:
  explicit PlayedAnswer(Played played)
      : status_(played.status),
        fields_(std::move(played.fields)),
        body_(std::move(played.pieces), played.end) {}

  int status() const override { return status_; }
  std::string_view field(std::string_view name) const override {
    for (const auto& [known, value] : fields_) {
      if (equals_ignoring_case(known, name)) return value;
    }
    return {};
  }
  net::ByteSource& body() override { return body_; }

 private:
  int status_;
  std::vector<dialect::Header> fields_;
  PlayedBody body_;
};

}  // namespace

Played Played::json(int status, std::string body) {
  Played played;
  played.status = status;
  played.fields = {{"content-type", "application/json"}};
  played.pieces.push_back({Millis{0}, std::move(body)});
  return played;
}

net::Task<Result<std::unique_ptr<Answer>>> play(Played played) {
  if (played.head_pause > Millis{0}) {
    Status slept = co_await net::sleep(played.head_pause);
    if (!slept) co_return slept.error();
  }
  co_return std::make_unique<PlayedAnswer>(std::move(played));
}

}  // namespace omni::upstream
