#include "backends/opencl/stream.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"

namespace backends::opencl {
namespace {

/// However short launches are, a queue has only so many: each costs the driver memory.
constexpr std::size_t kMostRunning = 64;

std::optional<base::Micros> profiled(const Library& library, cl_event event) {
  cl_ulong began = 0;
  cl_ulong ended = 0;
  const auto ask = [&](cl_profiling_info what, cl_ulong& nanos) {
    return library->clGetEventProfilingInfo(event, what, sizeof nanos, &nanos, nullptr);
  };
  if (ask(CL_PROFILING_COMMAND_START, began) != CL_SUCCESS ||
      ask(CL_PROFILING_COMMAND_END, ended) != CL_SUCCESS ||
      ended <= began) {  // some drivers have no clock
    return std::nullopt;
  }
  return base::Micros(static_cast<std::int64_t>((ended - began) / 1000));
}

}  // namespace

base::Result<Stream> Stream::make(const Library& library, cl_context context, cl_device_id device,
                                  std::string label, const base::Clock& clock) {
  cl_int result = CL_SUCCESS;
  cl_command_queue queue =
      library->clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &result);
  RETURN_IF_ERROR(Library::outcome(label, "clCreateCommandQueue", result));
  return Stream(library, Queue(library, queue), std::move(label), clock);
}

/// Memory that the device still reads and writes goes next.
Stream::~Stream() {
  if (queue_.get() != nullptr) (*library_)->clFinish(queue_.get());
}

bool Stream::admits(base::Micros expected) const {
  if (running_.empty()) return true;
  return running_.size() < kMostRunning && expected_ + expected <= kAhead;
}

void Stream::remember(cl_event event, std::uint64_t tag, Rate* rate, double units) {
  const base::Micros expected = rate == nullptr ? base::Micros(0) : rate->expected(units);
  running_.push_back({Event(*library_, event), tag, rate, units, expected, clock_->now()});
  expected_ += expected;
  ++handed_over_;
}

base::Status Stream::launch(const Launch& launch, std::uint64_t tag) {
  const std::size_t items = launch.items;
  const std::size_t all = launch.groups * items;
  cl_event event = nullptr;
  RETURN_IF_ERROR(outcome("clEnqueueNDRangeKernel", (*library_)->clEnqueueNDRangeKernel(
                                                        queue_.get(), launch.kernel, 1, nullptr,
                                                        &all, &items, 0, nullptr, &event)));
  remember(event, tag, launch.rate, launch.units);
  return base::Ok{};
}

base::Status Stream::zero(cl_mem buffer, std::size_t bytes) {
  return outcome("clEnqueueFillBuffer", touch(buffer, bytes, nullptr));
}

cl_int Stream::touch(cl_mem buffer, std::size_t bytes, cl_event* event) {
  const cl_uint nothing = 0;
  return (*library_)->clEnqueueFillBuffer(queue_.get(), buffer, &nothing, sizeof nothing, 0, bytes,
                                          0, nullptr, event);
}

base::Status Stream::write(cl_mem buffer, const void* from, std::size_t bytes) {
  bus_bytes_ += bytes;
  return outcome("clEnqueueWriteBuffer",
                 (*library_)->clEnqueueWriteBuffer(queue_.get(), buffer, CL_TRUE, 0, bytes, from, 0,
                                                   nullptr, nullptr));
}

base::Status Stream::read(cl_mem buffer, std::size_t bytes, void* to, std::uint64_t tag) {
  cl_event event = nullptr;
  bus_bytes_ += bytes;
  RETURN_IF_ERROR(outcome("clEnqueueReadBuffer",
                          (*library_)->clEnqueueReadBuffer(queue_.get(), buffer, CL_FALSE, 0, bytes,
                                                           to, 0, nullptr, &event)));
  remember(event, tag, nullptr, 0);
  return base::Ok{};
}

base::Status Stream::read_now(cl_mem buffer, std::size_t offset, std::size_t bytes, void* to) {
  bus_bytes_ += bytes;
  return outcome("clEnqueueReadBuffer",
                 (*library_)->clEnqueueReadBuffer(queue_.get(), buffer, CL_TRUE, offset, bytes, to,
                                                  0, nullptr, nullptr));
}

base::Status Stream::flush() {
  return outcome("clFlush", (*library_)->clFlush(queue_.get()));
}

/// By the device's own clock; where it has none, since the one before it ended.
base::Micros Stream::time_of(const Running& running) const {
  if (const auto took = profiled(*library_, running.event.get())) return *took;
  return clock_->now() - std::max(last_end_, running.handed_over);
}

base::Result<Finished> Stream::wait_oldest() {
  CHECK(!running_.empty());
  const cl_event event = running_.front().event.get();
  RETURN_IF_ERROR(outcome("clWaitForEvents", (*library_)->clWaitForEvents(1, &event)));
  const Running ended = std::move(running_.front());
  running_.pop_front();
  const base::Micros took = time_of(ended);
  last_end_ = clock_->now();
  expected_ = running_.empty() ? base::Micros(0) : expected_ - ended.expected;
  if (ended.rate != nullptr) ended.rate->measured(ended.units, took);
  return Finished{ended.tag, took, ended.rate == nullptr};
}

base::Status Stream::finish() {
  running_.clear();
  expected_ = base::Micros(0);
  return outcome("clFinish", (*library_)->clFinish(queue_.get()));
}

}  // namespace backends::opencl
