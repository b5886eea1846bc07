// `culvert invites`: never the secret. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/render/text_style.h"
#include "controller/enrol/invite_book.h"

namespace culvert::cli::render {

std::string invites_table(const std::vector<controller::enrol::InviteSummary>& invites, WallTime now,
                          const TextStyle& style);
std::string invites_json(const std::vector<controller::enrol::InviteSummary>& invites);

}  // namespace culvert::cli::render
