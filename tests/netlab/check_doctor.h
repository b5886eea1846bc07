// What a doctor said, held against what it has to say. One line for each thing that is not so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controller/demo/child_process.h"
#include "netlab_case.h"

namespace culvert::netlab {

// `json`: what it printed; `report`: what it wrote for the ticket.
std::vector<std::string> check_doctor(const DoctorRule& rule, std::optional<demo::Exit> exit,
                                      const std::filesystem::path& json, const std::filesystem::path& report);

}  // namespace culvert::netlab
