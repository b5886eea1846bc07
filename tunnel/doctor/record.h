// What a walk has found so far; everybody hears of it as it comes.
#pragma once

#include <string>
#include <utility>

#include "tunnel/doctor/diagnosis.h"
#include "tunnel/doctor/doctor_settings.h"

namespace culvert::tunnel::doctor {

class Record {
  public:
    // Both outlive it.
    Record(Diagnosis& diagnosis, const DoctorEvents& events) : diagnosis_(diagnosis), events_(events) {}

    void check(Check check) {
        diagnosis_.checks.push_back(std::move(check));
        events_.checked(diagnosis_.checks.back());
    }
    void check(Hop hop, Outcome outcome, std::string detail, Duration took = {}) {
        check(Check{hop, outcome, std::move(detail), took});
    }
    // The walk ends here: one cause.
    void stop(Hop hop, std::string detail, Advice advice, ExitCode exit) {
        check(hop, Outcome::Failed, std::move(detail));
        advice.at = hop;
        conclude("Does not work.", std::move(advice), exit);
    }
    void conclude(std::string verdict, std::optional<Advice> advice, ExitCode exit) {
        diagnosis_.verdict = std::move(verdict);
        diagnosis_.advice = std::move(advice);
        diagnosis_.exit = exit;
    }
    void towards(std::string relay) {
        if (diagnosis_.relay == relay) return;
        diagnosis_.relay = std::move(relay);
    }
    void watching(std::string_view what, double done) const { events_.watching(what, done); }

  private:
    Diagnosis& diagnosis_;
    const DoctorEvents& events_;
};

}  // namespace culvert::tunnel::doctor
