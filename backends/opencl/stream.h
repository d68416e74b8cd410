#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "backends/opencl/library.h"
#include "backends/opencl/rate.h"
#include "base/clock.h"

namespace backends::opencl {

/// One launch of a kernel whose arguments are set.
struct Launch {
  cl_kernel kernel = nullptr;
  std::size_t groups = 1;
  std::size_t items = 1;  ///< of a group
  Rate* rate = nullptr;   ///< learns how long it took; outlives the stream's work
  double units = 0;       ///< of work, for `rate`
};

/// What ended.
struct Finished {
  std::uint64_t tag = 0;  ///< as it was handed over
  base::Micros busy{0};   ///< how long the device worked on it
  bool is_read = false;
};

/// The one queue of a device, in order. No kernel can be stopped, and OpenCL 1.2 gives it no word
/// to look at while it runs: so the queue holds little, by the times that launches took before, and
/// the host decides before each. Belongs to the device's thread; the destructor waits for what is
/// under way. A failed call is Fault::kDevice (Fault::kNoMemory where that was the reason), with
/// the device's label and the call.
class Stream {
 public:
  static base::Result<Stream> make(const Library& library, cl_context context, cl_device_id device,
                                   std::string label, const base::Clock& clock);
  ~Stream();
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = delete;

  /// Whether a launch that is expected to take so long may be handed over now: then what is on the
  /// queue ends within kAhead, or it is the only one, however long.
  bool admits(base::Micros expected) const;

  base::Status launch(const Launch& launch, std::uint64_t tag);
  /// Sets `bytes` (a multiple of 4) of the buffer to zero.
  base::Status zero(cl_mem buffer, std::size_t bytes);
  /// The same for a buffer's first bytes, with an event that the caller releases; the plain answer.
  cl_int touch(cl_mem buffer, std::size_t bytes, cl_event* event);
  /// Copies to the device. Waits, if at all, until `from` may change.
  base::Status write(cl_mem buffer, const void* from, std::size_t bytes);
  /// Copies from the device; `to` stays there until the read is finished.
  base::Status read(cl_mem buffer, std::size_t bytes, void* to, std::uint64_t tag);
  /// The same, and waits for all that is on the queue.
  base::Status read_now(cl_mem buffer, std::size_t offset, std::size_t bytes, void* to);
  /// Sees to it that what was handed over begins.
  base::Status flush();

  bool empty() const { return running_.empty(); }
  /// Launches and reads handed over so far, and of them ended.
  std::uint64_t handed_over() const { return handed_over_; }
  std::uint64_t ended() const { return handed_over_ - running_.size(); }

  /// Sleeps until the oldest launch or read has ended (none: a bug).
  base::Result<Finished> wait_oldest();
  /// Waits for all.
  base::Status finish();

  /// What went over the bus, both ways, in buffers' bytes.
  std::uint64_t bus_bytes() const { return bus_bytes_; }

  const std::string& label() const { return label_; }
  base::Status outcome(std::string_view call, cl_int result) const {
    return Library::outcome(label_, call, result);
  }

  /// How much work may lie on the queue: a cancel waits for it, or for one launch that is longer.
  static constexpr base::Micros kAhead = std::chrono::milliseconds(30);

 private:
  struct Running {
    Event event;
    std::uint64_t tag;
    Rate* rate;  // null: a read
    double units;
    base::Micros expected;
    base::SteadyTime handed_over;
  };

  Stream(const Library& library, Queue queue, std::string label, const base::Clock& clock)
      : library_(&library), clock_(&clock), queue_(std::move(queue)), label_(std::move(label)) {}
  void remember(cl_event event, std::uint64_t tag, Rate* rate, double units);
  base::Micros time_of(const Running& running) const;

  const Library* library_;
  const base::Clock* clock_;
  Queue queue_;
  std::string label_;
  std::deque<Running> running_;  // oldest first
  base::Micros expected_{0};     // of all of them
  base::SteadyTime last_end_{};
  std::uint64_t handed_over_ = 0;
  std::uint64_t bus_bytes_ = 0;
};

}  // namespace backends::opencl
