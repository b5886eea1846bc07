#include "node_text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace culvert::netlab {
namespace {

// Maps are merged key by key; anything else in `over` replaces what was there.
YAML::Node merged(const YAML::Node& base, const YAML::Node& over) {
    if (!over.IsDefined() || over.IsNull()) return YAML::Clone(base);
    if (!base.IsMap() || !over.IsMap()) return YAML::Clone(over);
    YAML::Node out = YAML::Clone(base);
    for (const auto& entry : over) {
        const auto key = entry.first.as<std::string>();
        out[key] = out[key] ? merged(out[key], entry.second) : YAML::Clone(entry.second);
    }
    return out;
}

YAML::Node expanded(const Lab& lab, const YAML::Node& node) {
    if (node.IsScalar()) {
        const auto text = lab.expand(node.Scalar());
        if (!text) throw std::runtime_error(text.error().message);
        return YAML::Node(*text);
    }
    YAML::Node out(node.Type());
    if (node.IsSequence()) {
        for (const auto& entry : node) out.push_back(expanded(lab, entry));
    } else if (node.IsMap()) {
        for (const auto& entry : node) out[entry.first.as<std::string>()] = expanded(lab, entry.second);
    }
    return out;
}

}  // namespace

Result<std::string> node_text(const Lab& lab, const std::string& enrolled, const YAML::Node& tunnel,
                              const NodeSpec& node, std::string_view defaults) {
    try {
        YAML::Node out = YAML::Load(enrolled);
        out["tunnel"].remove("pin_sha256");
        out["tunnel"].remove("proxy");
        out["tunnel"]["extra_ca"].push_back((lab.folder() / "web-ca.pem").string());
        out = merged(out, YAML::Load(std::string(defaults)));
        YAML::Node over;
        over["tunnel"] = tunnel;
        out = merged(out, expanded(lab, over));
        if (node.config && !node.config->IsNull()) out = merged(out, expanded(lab, *node.config));
        return YAML::Dump(out) + "\n";
    } catch (const std::exception& mistake) {
        return fail(Code::InvalidInput, mistake.what());
    }
}

Result<std::string> relay_text(const Lab& lab, const std::string& initial, const YAML::Node& over) {
    try {
        return YAML::Dump(merged(YAML::Load(initial), expanded(lab, over))) + "\n";
    } catch (const std::exception& mistake) {
        return fail(Code::InvalidInput, mistake.what());
    }
}

}  // namespace culvert::netlab
