// Walks the path from this node to its relay hop by hop, as its uplink would, and says what is wrong with it. Blocks;
// nothing of a node that runs beside it is disturbed, and nothing that it keeps is written.
#pragma once

#include "common/base/clock.h"
#include "common/crypto/identity.h"
#include "tunnel/doctor/diagnosis.h"
#include "tunnel/doctor/doctor_settings.h"

namespace culvert::tunnel::doctor {

Diagnosis diagnose(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                   const DoctorEvents& events);

// The part of it that needs no identity, for a node that is about to join: from the choice of the proxy to the TLS with
// the relay. The exit code says whether that worked; there is no verdict when it did.
Diagnosis diagnose_way(const DoctorSettings& settings, const Clock& clock, const DoctorEvents& events);

}  // namespace culvert::tunnel::doctor
