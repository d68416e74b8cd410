// A module that loads, with one device that does not open and sensors that name the backend they
// were made beside.

#include <memory>
#include <string>

#include "backends/api/module.h"

namespace {

class GoodBackend final : public backends::Backend {
 public:
  std::string_view name() const override { return TEST_MODULE_NAME; }
  std::span<const backends::OptionSpec> options() const override { return {}; }
  base::Result<std::vector<backends::DeviceInfo>> probe() override {
    backends::DeviceInfo info;
    info.backend = TEST_MODULE_NAME;
    return std::vector{info};
  }
  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t,
                                                       const backends::OptionValues&) override {
    return base::unavailable("this device never opens");
  }
};

class GoodTelemetry final : public backends::Telemetry {
 public:
  explicit GoodTelemetry(backends::Backend* backend) : backend_(backend) {}
  base::Result<std::vector<backends::TelemetryCard>> cards() override {
    const std::string label = backend_ == nullptr ? "" : std::string(backend_->name()) + ":0";
    return std::vector<backends::TelemetryCard>{{label, "card"}};
  }
  base::Result<backends::TelemetrySample> sample(const std::string&) override {
    return backends::TelemetrySample{};
  }

 private:
  backends::Backend* backend_;
};

backends::Backend* make_backend() {
  return std::make_unique<GoodBackend>().release();
}

backends::Telemetry* make_telemetry(backends::Backend* backend) {
  return std::make_unique<GoodTelemetry>(backend).release();
}

}  // namespace

SPRINTMINER_MODULE(TEST_MODULE_NAME, TEST_MODULE_RANK, make_backend, make_telemetry)
