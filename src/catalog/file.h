#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/provider.h"
#include "json/reader.h"

namespace omni::catalog {

/// The families that providers may name, by their files' names.
using Families = std::unordered_map<std::string, Provider::Family>;

/// A provider while its files are read.
struct Draft {
  Provider provider;  // models have only their own quirks as yet
  const Families* families = nullptr;
};

/// What a file of catalog/providers says over what the draft has: of each member that is there the
/// value, of models each by its id.  Whatever does not fit is refused at its place in the reader;
/// that the whole makes sense is for `check`.
void read_provider(json::Value file, Draft& draft);
/// The same for a file of catalog/families.
void read_family(json::Value file, Provider::Family& family);

/// Of a list of models each over the one of that id, or as a new one.
void read_models(json::Value list, Provider& provider);

/// What is wrong with a provider as a whole.
Status check(const Provider& provider);

/// The names that files may use, for whoever describes them.
std::vector<std::string_view> provider_members();
std::vector<std::string_view> model_members();
std::vector<std::string_view> price_members();

}  // namespace omni::catalog
