#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/index.h"
#include "json/raw.h"

namespace omni::json {

class Items;
class Members;
class Reader;

enum class Kind : std::uint8_t { absent, null, boolean, number, text, array, object };

/// A place in the document that a Reader holds: two words, passed by value.  It may be read in any
/// order and as often as you like, until the Reader is told to read the next document.
///
/// A read that does not fit (text() of a number) is recorded in the Reader together with the path
/// of the value, and gives an empty result; so does every read after it.  Only finish() needs to
/// be checked.  Reads of an absent value give an empty result and are no failure.
class Value {
 public:
  Value() = default;

  Kind kind() const;
  explicit operator bool() const { return kind() != Kind::absent; }
  bool is_null() const { return kind() == Kind::null; }

  /// Unescaped.  A view into the document where it had no escapes, else into the Reader.
  std::string_view text() const;
  /// Any spelling of a whole number of 64 bits: 8, 8.0 and 8e0 are the same.
  std::int64_t integer() const;
  double number() const;
  bool boolean() const;

  /// The bytes of the value as they came; a view into the document.  Empty where it is absent.
  std::string_view slice() const;
  /// The same to keep: null where it is absent, for a Raw is always JSON.
  Raw raw() const;

  /// for (auto [key, value] : object.members()), in the order in which they came.
  Members members() const;
  /// for (Value item : array.items())
  Items items() const;

  /// A member of an object by its name, absent where there is none or it is null.  Of members of
  /// the same name it is the last, which is also the one that a loop of assignments ends with.
  Value find(std::string_view key) const;
  /// The same for a member that must be there.
  Value at(std::string_view key) const;

  /// Records that the value is of the right kind and still will not do: "expected user or system".
  void refuse(std::string_view why) const;

 private:
  friend class Items;
  friend class Members;
  friend class Reader;
  Value(Reader* reader, Index::Token token) : reader_(reader), token_(token) {}
  bool expect(Kind kind, std::string_view why) const;

  Reader* reader_ = nullptr;
  Index::Token token_ = Index::none;
};

struct Member {
  std::string_view key;  // unescaped
  Value value;
};

/// Reads JSON text.  The whole text is checked first, so what a codec skips is as valid as what it
/// reads; then values are read where they stand, without a tree and without copies:
///
///     for (auto [key, value] : reader.read(body).members()) {
///       if (key == "model") request.model = value.text();
///       else if (key == "stream") request.stream = value.boolean();
///       else request.extras.emplace_back(key, value.raw());
///     }
///     if (Status read = reader.finish(); !read) return read.error();
///
/// Keeps its memory from text to text, so hold one per loop; one thread at a time.  Values, views
/// and loops end with the next read().
class Reader {
 public:
  Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Starts on a text and gives its root: absent if the text is not valid JSON or has two members
  /// of one name at its top level.  Borrows the text.  Errors will be of the kind `blame`:
  /// bad_request for what a caller sent, upstream for what a provider did.
  Value read(std::string_view text, Error::Kind blame = Error::Kind::bad_request);

  bool failed() const { return error_.has_value(); }
  /// The first failure since read(), if there was one.  Values are not for use after it.
  Status finish();
  /// Lets go of the text, and of the memory that an unusually long one has taken.
  void forget();

 private:
  friend class Items;
  friend class Members;
  friend class Value;

  bool has_duplicate_members();
  void fail(Index::Token where, std::string_view why);
  std::string path_to(Index::Token where) const;
  std::string_view string_at(Index::Token token);

  Index index_;
  std::vector<std::string_view> keys_;
  std::unique_ptr<std::byte[]> first_chunk_;
  std::pmr::monotonic_buffer_resource unescaped_;
  Error::Kind blame_ = Error::Kind::bad_request;
  std::optional<Error> error_;
};

/// The members of an object, for a range-for.  Ends early when the Reader fails.
class Members {
 public:
  class Iterator {
   public:
    Member operator*() const;
    Iterator& operator++();
    bool operator!=(std::nullptr_t) const { return key_ != Index::none && !reader_->failed(); }

   private:
    friend class Members;
    Iterator(Reader* reader, Index::Token key) : reader_(reader), key_(key) {}
    Reader* reader_;
    Index::Token key_;
  };

  Iterator begin() const { return {reader_, first_}; }
  std::nullptr_t end() const { return nullptr; }

 private:
  friend class Value;
  Members(Reader* reader, Index::Token first) : reader_(reader), first_(first) {}
  Reader* reader_;
  Index::Token first_;
};

/// The values of an array, for a range-for.  Ends early when the Reader fails.
class Items {
 public:
  class Iterator {
   public:
    Value operator*() const { return {reader_, item_}; }
    Iterator& operator++();
    bool operator!=(std::nullptr_t) const { return item_ != Index::none && !reader_->failed(); }

   private:
    friend class Items;
    Iterator(Reader* reader, Index::Token item) : reader_(reader), item_(item) {}
    Reader* reader_;
    Index::Token item_;
  };

  Iterator begin() const { return {reader_, first_}; }
  std::nullptr_t end() const { return nullptr; }

 private:
  friend class Value;
  Items(Reader* reader, Index::Token first) : reader_(reader), first_(first) {}
  Reader* reader_;
  Index::Token first_;
};

}  // namespace omni::json
