#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/wire.h"

// OpenSSL's own names, so that only tls.cc includes its headers.
struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace omni::net {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

struct FreeTlsSession {
  void operator()(ssl_session_st* session) const;
};
using TlsSession = std::unique_ptr<ssl_session_st, FreeTlsSession>;

/// A wire that has to shake hands before it carries anything.
class TlsWire : public Wire {
 public:
  virtual Task<Status> handshake(Millis limit) = 0;
  /// Whether an earlier session was taken up again.
  virtual bool resumed() const = 0;

 protected:
  using Wire::Wire;
};

/// The certificate that a listener shows.  Safe from any thread; connections that are open keep the
/// certificate they began with.
class ServerTls {
 public:
  struct Files {
    std::string certificate_chain;  // PEM, leaf first
    std::string private_key;        // PEM
  };

  static Result<std::unique_ptr<ServerTls>> load(Files files);
  /// Reads the files again; on an error the old certificate stays.
  Status reload();
  std::unique_ptr<TlsWire> accept(Loop& loop, Fd fd) const;

 private:
  explicit ServerTls(Files files) : files_(std::move(files)) {}

  Files files_;
  mutable std::mutex mutex_;
  TlsContext context_;
};

/// How we verify servers: one per policy for the whole process, since reading the system's
/// certificates takes longer than a request.  Keeps a session per host, because taking one up again
/// costs half of a full handshake.  Safe from any thread.
class ClientTls {
 public:
  struct Policy {
    /// PEM; empty: the system's certificates, which are not read before somebody has to be
    /// checked, for that and what else TLS needs take longer than all that a program does to start.
    std::string ca_file;
  };

  static Result<std::unique_ptr<ClientTls>> make(const Policy& policy);

  /// A wire to `host`, which the certificate must name.  A name of ours that is an IP address is
  /// checked as one.
  std::unique_ptr<TlsWire> connect(Loop& loop, Fd fd, const std::string& host);

  /// The same over a wire that is connected already, plain or, as through a proxy that speaks TLS
  /// itself, a TLS one: then this one runs inside of it.
  std::unique_ptr<TlsWire> connect_over(std::unique_ptr<Wire> carrier, const std::string& host);

  void remember(const std::string& host, TlsSession session);

 private:
  static constexpr std::size_t sessions_max = 1024;

  ClientTls() = default;
  TlsSession recall(const std::string& host);
  ssl_ctx_st* context();

  TlsContext context_;
  std::once_flag made_;
  std::mutex mutex_;
  std::map<std::string, TlsSession> sessions_;
};

}  // namespace omni::net
