#include "net/socket.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>

#include "net/task_group.h"
#include "net/test_net.h"
#include "net/test_wire.h"

namespace omni::net {
namespace {

using testing::FdPair;
using testing::idle;
using testing::World;

void send(const Fd& fd, std::string_view bytes) {
  EXPECT_EQ(::write(fd.number(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

/// Reads all there is, as a user of a socket does, and says so.
std::size_t drain(Socket& socket) {
  std::array<char, 4096> bytes{};
  std::size_t total = 0;
  ssize_t got = 0;
  while ((got = ::recv(socket.fd(), bytes.data(), bytes.size(), 0)) > 0) {
    total += static_cast<std::size_t>(got);
  }
  socket.set_drained();
  return total;
}

class Watcher final : public InputWatcher {
 public:
  void on_input() override {
    ++told;
    signal.set();
  }
  int told = 0;
  Signal signal;
};

TEST(Socket, WaitsForInputAndForRoom) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    EXPECT_EQ(drain(socket), 0U);
    EXPECT_EQ(co_await socket.readable(Millis(1)), Woken::timed_out);
    send(pair.theirs, "abc");
    EXPECT_EQ(co_await socket.readable(forever), Woken::signalled);
    EXPECT_EQ(drain(socket), 3U);

    const std::string much(64 * 1024, 'x');
    while (::write(socket.fd(), much.data(), much.size()) > 0) {
    }
    socket.set_full();
    EXPECT_EQ(co_await socket.writable(Millis(1)), Woken::timed_out);
    std::string taken(much.size(), ' ');
    while (::read(pair.theirs.number(), taken.data(), taken.size()) > 0) {
    }
    EXPECT_EQ(co_await socket.writable(forever), Woken::signalled);
  });
}

TEST(Socket, RemembersInputThatCameWhileNobodyWaited) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    drain(socket);
    EXPECT_EQ(co_await socket.readable(Millis(1)), Woken::timed_out);
    send(pair.theirs, "abc");
    while (!socket.may_read()) (void)co_await idle(Millis(1));
    EXPECT_EQ(co_await socket.readable(Millis(1000)), Woken::signalled);
  });
}

TEST(Socket, WaitsOnAfterAWaitThatWasCalledOff) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    drain(socket);
    Scope scope(co_await current_scope());
    const auto wait = [&]() -> Task<> {
      EXPECT_EQ(co_await socket.readable(forever), Woken::cancelled);
    };
    const auto in_scope = [&]() -> Task<> { co_await wait().in(scope); };
    TaskGroup group(world.loops[0]);
    group.spawn(in_scope());
    scope.cancel(Error(Error::Kind::cancelled, "called off"));
    EXPECT_TRUE(co_await group.drained());
    send(pair.theirs, "abc");
    EXPECT_EQ(co_await socket.readable(forever), Woken::signalled);
    EXPECT_EQ(drain(socket), 3U);
  });
}

TEST(Socket, StaysReadableOnceThePeerHasEnded) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    drain(socket);
    send(pair.theirs, "last words");
    pair.theirs.close();
    EXPECT_EQ(co_await socket.readable(forever), Woken::signalled);
    std::array<char, 100> bytes{};
    EXPECT_EQ(::recv(socket.fd(), bytes.data(), bytes.size(), 0), 10);
    socket.set_drained();  // a short read; the end was told with the words and comes only once
    EXPECT_EQ(co_await socket.readable(Millis(1000)), Woken::signalled);
    EXPECT_EQ(::recv(socket.fd(), bytes.data(), bytes.size(), 0), 0);
  });
}

TEST(Socket, TellsAWatcherOnceOfInputOrTheEnd) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    drain(socket);
    Watcher watcher;
    socket.watch(watcher);
    send(pair.theirs, "abc");
    EXPECT_EQ(co_await watcher.signal.wait(), Woken::signalled);
    send(pair.theirs, "def");
    EXPECT_EQ(co_await watcher.signal.wait(Millis(1)), Woken::timed_out);
    EXPECT_EQ(drain(socket), 6U);
    socket.watch(watcher);
    EXPECT_EQ(watcher.told, 1);
    pair.theirs.close();
    EXPECT_EQ(co_await watcher.signal.wait(), Woken::signalled);
    EXPECT_EQ(watcher.told, 2);
  });
}

TEST(Socket, TellsAWatcherAtOnceOfInputThatNobodyTook) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    Watcher watcher;
    socket.watch(watcher);  // it has not been read at all
    EXPECT_EQ(watcher.told, 1);
    co_return;
  });
}

TEST(Socket, TellsNoWatcherWhileATaskWaitsNorAfterUnwatch) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket socket(world.loops[0], std::move(pair.ours));
    drain(socket);
    Watcher watcher;
    socket.watch(watcher);
    const auto wait = [&]() -> Task<> { (void)co_await socket.readable(forever); };
    TaskGroup group(world.loops[0]);
    group.spawn(wait());
    send(pair.theirs, "abc");
    EXPECT_TRUE(co_await group.drained());
    EXPECT_EQ(watcher.told, 0);
    drain(socket);
    socket.unwatch();
    send(pair.theirs, "def");
    while (!socket.may_read()) (void)co_await idle(Millis(1));
    EXPECT_EQ(watcher.told, 0);
  });
}

TEST(Socket, GivesItsDescriptorAwayToAnother) {
  World world;
  world.run([&]() -> Task<> {
    FdPair pair;
    Socket first(world.loops[0], std::move(pair.ours));
    Socket second(world.loops[0], first.release());
    drain(second);
    send(pair.theirs, "abc");
    EXPECT_EQ(co_await second.readable(forever), Woken::signalled);
    EXPECT_EQ(drain(second), 3U);
  });
}

TEST(Socket, MayGoWhileNewsOfItIsStillUntold) {
  World world;
  world.run([&]() -> Task<> {
    // All have news in one turn of the loop, and whoever is told first closes the others.
    constexpr std::size_t count = 20;
    std::vector<FdPair> pairs(count);
    std::vector<std::unique_ptr<Socket>> sockets;
    for (FdPair& pair : pairs) {
      sockets.push_back(std::make_unique<Socket>(world.loops[0], std::move(pair.ours)));
      drain(*sockets.back());
    }
    (void)co_await idle(Millis(1));  // behind the news that there is room to write
    class Closer final : public InputWatcher {
     public:
      Closer(std::vector<std::unique_ptr<Socket>>& sockets, std::size_t own, Signal& done)
          : sockets_(sockets), own_(own), done_(done) {}
      void on_input() override {
        for (std::size_t i = 0; i < sockets_.size(); ++i) {
          if (i != own_) sockets_[i].reset();
        }
        done_.set();
      }

     private:
      std::vector<std::unique_ptr<Socket>>& sockets_;
      std::size_t own_;
      Signal& done_;
    };
    Signal done;
    std::vector<std::unique_ptr<Closer>> closers;
    for (std::size_t i = 0; i < count; ++i) {
      closers.push_back(std::make_unique<Closer>(sockets, i, done));
      sockets[i]->watch(*closers.back());
    }
    for (FdPair& pair : pairs) send(pair.theirs, "x");
    EXPECT_EQ(co_await done.wait(), Woken::signalled);
    (void)co_await idle(Millis(1));
    std::size_t left = 0;
    for (const auto& socket : sockets) left += socket != nullptr;
    EXPECT_EQ(left, 1U);
  });
}

}  // namespace
}  // namespace omni::net
