#include "common/base/utf8_locale.h"

#include "common/base/text.h"

namespace culvert {

bool locale_is_utf8(const std::function<std::optional<std::string>(const std::string&)>& lookup) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto value = lookup(name);
        if (!value || value->empty()) continue;
        const std::string locale = to_lower_ascii(*value);
        return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
    return false;
}

}  // namespace culvert
