// Trust by the mesh CA's certificate; the newest revocation list survives a restart in a file.
#pragma once

#include "common/crypto/identity.h"
#include "tunnel/relay/trust.h"

namespace culvert::tunnel::relay {

class StoredTrust final : public Trust {
  public:
    // Reads the mesh CA's certificate and, if there is one, the stored list; a list that does not verify is an error,
    // for somebody changed it. `revocations_file` empty: nothing is stored.
    static Result<StoredTrust> load(const std::string& mesh_ca_file, const std::string& mesh,
                                    std::string revocations_file, const Clock& clock);

    OrRefusal<crypto::Member> verify(std::string_view certificate_der, std::string_view signed_text,
                                     std::string_view signature) const override;
    Result<bool> take_revocations(std::string_view crl_der) override;
    const std::string& revocations() const override { return revocations_; }
    bool revoked(std::string_view serial) const override { return trust_.revoked(serial); }

  private:
    StoredTrust(crypto::MeshTrust trust, std::string file)
        : trust_(std::move(trust)), file_(std::move(file)), revocations_(trust_.revocations_der()) {}

    crypto::MeshTrust trust_;
    std::string file_;
    std::string revocations_;
};

}  // namespace culvert::tunnel::relay
