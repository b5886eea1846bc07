// This controller's own certificate, renewed at two thirds of its life: by itself where the mesh CA's key is; elsewhere
// by a controller that signs joins, through the relay. Its end is told in time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "controller/run/mesh.h"

namespace culvert::run {

// At the start, and now and then: renews what is due, or warns, once a day. Replaces who.identity and its file; links
// and channels that are open live on.
void keep_own_certificate(MeshIdentity& who, const Clock& clock);

// What to ask a controller that signs; nothing: not due, or renewed without asking.
std::optional<std::string> renewal_question(const MeshIdentity& who, const Clock& clock);
void take_renewal_answer(MeshIdentity& who, std::string_view body, const Clock& clock);
// Answers another controller's question; empty: it deserves no answer.
std::string answer_renewal_question(MeshIdentity& who, std::string_view body, const Clock& clock);

}  // namespace culvert::run
