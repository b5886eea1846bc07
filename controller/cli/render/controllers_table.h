// `culvert controllers`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "controller/cli/render/text_style.h"
#include "controller/enrol/invite_store.h"

namespace culvert::cli::render {

struct ControllersView {
    std::vector<controller::enrol::IssuedController> controllers;
    std::optional<NodeId> self;  // of the controller that asks
    WallTime now{};
};

std::string controllers_table(const ControllersView& view, const TextStyle& style);
std::string controllers_json(const ControllersView& view);

}  // namespace culvert::cli::render
