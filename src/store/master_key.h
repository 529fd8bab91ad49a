#pragma once

#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace omni::store {

/// The key under which everything secret is sealed.
struct MasterKey {
  Secret bytes;
  std::string id;     // eight hex digits that tell keys apart and give nothing away
  Secret passphrase;  // where it was made from one; the predecessor's rows need it

  static MasterKey from_passphrase(Secret passphrase);
  static MasterKey from_bytes(Secret bytes);
  static MasterKey random(Random& random);
};

/// A key in a file of its own: one line of 64 hex digits, for its owner's eyes only.
class KeyFile {
 public:
  explicit KeyFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// Nothing where there is no such file; an error where it is there and of no use.
  Result<std::optional<MasterKey>> read() const;
  /// On disk when it returns.  Refuses to write over a key.
  Status create(const MasterKey& key) const;
  /// Takes the place of `other`'s file, at once and for good.
  Status replace(const KeyFile& other) const;
  Status remove() const;

 private:
  std::string path_;
};

}  // namespace omni::store
