#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/api/loader.h"
#include "miner/selection.h"

// Modules and devices that exist only as values.
namespace miner::fakes {

/// A backend that offers what it is told to, and remembers what it was configured with.
class FakeBackend final : public backends::Backend {
 public:
  explicit FakeBackend(std::string name) : name_(std::move(name)) {}

  std::vector<backends::OptionSpec> specs;
  std::vector<backends::DeviceInfo> devices;
  std::optional<base::Error> probe_error;
  std::optional<base::Error> configure_error;
  std::optional<backends::OptionValues> configured;

  std::string_view name() const override { return name_; }
  std::span<const backends::OptionSpec> options() const override { return specs; }
  base::Status configure(const backends::OptionValues& values) override {
    configured = values;
    if (configure_error) return *configure_error;
    return base::Ok{};
  }
  base::Result<std::vector<backends::DeviceInfo>> probe() override {
    if (probe_error) return *probe_error;
    return devices;
  }
  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t,
                                                       const backends::OptionValues&) override {
    return base::unavailable("a fake does not open");
  }

 private:
  const std::string name_;
};

inline backends::DeviceInfo device(const std::string& backend, std::uint32_t index,
                                   backends::DeviceKind kind, const std::string& pci = "") {
  backends::DeviceInfo info;
  info.backend = backend;
  info.index = index;
  info.kind = kind;
  info.pci_address = pci;
  return info;
}

inline backends::OptionSpec number(const std::string& key, bool backend_wide = false) {
  backends::OptionSpec spec;
  spec.key = key;
  spec.max = 100;
  spec.default_value = "7";
  spec.backend_wide = backend_wide;
  return spec;
}

/// Modules in the order of their rank, as the loader gives them.
class FakeModules {
 public:
  FakeBackend& add(const std::string& name) {
    auto backend = std::make_unique<FakeBackend>(name);
    FakeBackend& added = *backend;
    modules.push_back({name, "", 0, std::move(backend), nullptr});
    return added;
  }
  std::vector<backends::LoadedModule> modules;
};

/// The ids of devices, by blanks.
inline std::string ids(const std::vector<ListedDevice>& devices) {
  std::string all;
  for (const ListedDevice& listed : devices) {
    if (!all.empty()) all += ' ';
    all += listed.info.id();
  }
  return all;
}

}  // namespace miner::fakes
