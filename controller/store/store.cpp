#include "controller/store/store.h"

namespace culvert::store {

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file) {
    auto database = Database::open(file);
    if (!database) return tl::unexpected(database.error());
    return std::unique_ptr<Store>(new Store(std::move(*database)));
}

}  // namespace culvert::store
