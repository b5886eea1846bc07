// The page of report.html as it was bundled when this program was built: one document without references to anything
// outside.
#pragma once

#include <string_view>

namespace culvert::report {

// Contains the markers <!--culvert:title--> and <!--culvert:data--> exactly once each, in this order.
std::string_view page_bytes();

}  // namespace culvert::report
