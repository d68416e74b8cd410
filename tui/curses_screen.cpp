#include "tui/curses_screen.h"

#include <curses.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

// curses.h defines words that are ours as macros.
#undef lines
#undef columns

namespace tui {
namespace {

constexpr int kEscapeDelayMs = 100;  // bytes of one key may come apart over a slow link

/// What a terminal that is opened by ncurses must have: it installs handlers of its own.
class KeptSignals {
 public:
  KeptSignals() {
    for (int i = 0; i < kCount; ++i) sigaction(kSignals[i], nullptr, &actions_[i]);
  }
  ~KeptSignals() {
    for (int i = 0; i < kCount; ++i) sigaction(kSignals[i], &actions_[i], nullptr);
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;

 private:
  static constexpr int kCount = 4;
  static constexpr int kSignals[kCount] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
  struct sigaction actions_[kCount] = {};
};

struct Painted {
  Style style;
  short colour;  // -1: the terminal's own
  attr_t with_colour;
  attr_t without;
};

constexpr Painted kPainted[kStyles] = {
    {Style::kPlain, -1, A_NORMAL, A_NORMAL},
    {Style::kDim, -1, A_DIM, A_DIM},
    {Style::kStrong, -1, A_BOLD, A_BOLD},
    {Style::kTitle, COLOR_CYAN, A_NORMAL, A_UNDERLINE},
    {Style::kGood, COLOR_GREEN, A_NORMAL, A_NORMAL},
    {Style::kWarn, COLOR_YELLOW, A_NORMAL, A_BOLD},
    {Style::kBad, COLOR_RED, A_BOLD, A_BOLD | A_REVERSE},
    {Style::kBar, COLOR_GREEN, A_NORMAL, A_NORMAL},
    {Style::kGraph, COLOR_BLUE, A_BOLD, A_NORMAL},
    {Style::kSelected, -1, A_REVERSE, A_REVERSE},
    {Style::kMatch, COLOR_YELLOW, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE},
};

std::optional<Key> key_of(int code) {
  switch (code) {
    case KEY_UP:
      return Key{Key::Code::kUp};
    case KEY_DOWN:
      return Key{Key::Code::kDown};
    case KEY_PPAGE:
      return Key{Key::Code::kPageUp};
    case KEY_NPAGE:
      return Key{Key::Code::kPageDown};
    case KEY_HOME:
      return Key{Key::Code::kHome};
    case KEY_END:
      return Key{Key::Code::kEnd};
    case KEY_ENTER:
    case '\n':
    case '\r':
      return Key{Key::Code::kEnter};
    case KEY_BACKSPACE:
    case '\b':
    case 0x7f:
      return Key{Key::Code::kBackspace};
    case 0x1b:
      return Key{Key::Code::kEscape};
    case KEY_F(1):
      return Key{Key::Code::kHelp};
    case 0x0c:
      return Key{Key::Code::kRepaint};
    case 0x1a:
      return Key{Key::Code::kSuspend};
    default:
      break;
  }
  if (code < ' ' || code > '~') return std::nullopt;
  return Key::of(static_cast<char>(code));
}

/// Without the marks for pauses ("$<5>") that terminals of old needed.
std::string without_pauses(std::string text) {
  for (std::size_t at = text.find("$<"); at != std::string::npos; at = text.find("$<", at)) {
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos) break;
    text.erase(at, end + 1 - at);
  }
  return text;
}

/// What a capability of the terminal, with its numbers, is as bytes; empty when it has it not.
std::string capability(const char* name, long first = 0, long second = 0) {
  const char* text = tigetstr(name);
  const bool there = text != nullptr && reinterpret_cast<std::intptr_t>(text) != -1;
  return there ? without_pauses(tparm(text, first, second)) : "";
}

/// Asked before: newterm leaves memory behind when it does not know the terminal.
bool is_known(const std::string& term) {
  int found = 0;
  if (setupterm(term.c_str(), STDOUT_FILENO, &found) != OK) return false;
  del_curterm(cur_term);
  return true;
}

/// A terminal without a second screen keeps ours: what follows begins below it.
std::string below_screen() {
  return capability("rmcup").empty() ? "\r\n" : "";
}

}  // namespace

base::Result<std::unique_ptr<CursesScreen>> CursesScreen::open(const std::string& term,
                                                               int input_fd, bool colours) {
  if (!is_known(term)) {
    return base::unavailable("the terminal " + base::printable(term) + " is not known here");
  }
  const int memory = memfd_create("screen", MFD_CLOEXEC);
  if (memory < 0) return base::io_error(std::strerror(errno));
  const int typed = fcntl(input_fd, F_DUPFD_CLOEXEC, 0);
  std::FILE* output = fdopen(memory, "w+");
  std::FILE* input = typed < 0 ? nullptr : fdopen(typed, "r");
  if (output == nullptr || input == nullptr) {
    close(memory);
    if (typed >= 0) close(typed);
    return base::io_error("no descriptors left for a screen");
  }
  std::unique_ptr<CursesScreen> made(new CursesScreen(output, input));
  const KeptSignals kept;
  made->screen_ = newterm(term.c_str(), output, input);
  if (made->screen_ == nullptr) {
    return base::unavailable("the terminal " + base::printable(term) +
                             " is too simple for a screen");
  }
  made->set_up(colours);
  return made;
}

void CursesScreen::set_up(bool colours) {
  set_term(screen_);
  set_escdelay(kEscapeDelayMs);
  typeahead(-1);  // a frame is whole, whatever is being typed
  noecho();
  nonl();
  nodelay(stdscr, TRUE);
  keypad(stdscr, TRUE);
  leaveok(stdscr, TRUE);
  curs_set(0);
  const bool coloured = colours && has_colors() && start_color() == OK;
  if (coloured) use_default_colors();
  short pair = 0;
  for (const Painted& painted : kPainted) {
    attr_t attributes = coloured ? painted.with_colour : painted.without;
    if (coloured && painted.colour >= 0) {
      init_pair(++pair, painted.colour, -1);
      attributes |= COLOR_PAIR(pair);
    }
    attributes_[static_cast<std::size_t>(painted.style)] = attributes;
  }
}

CursesScreen::~CursesScreen() {
  if (screen_ != nullptr) delscreen(screen_);
  std::fclose(output_);
  std::fclose(input_);
}

void CursesScreen::draw_row(const Canvas& canvas, int y) {
  const int width = canvas.size().width;
  move(y, 0);
  for (int x = 0; x < width;) {
    const Style style = canvas.at(x, y).style;
    std::wstring run;
    for (; x < width && canvas.at(x, y).style == style; ++x) {
      run += static_cast<wchar_t>(canvas.at(x, y).glyph);
    }
    attrset(static_cast<int>(attributes_[static_cast<std::size_t>(style)]));
    addnwstr(run.data(), static_cast<int>(run.size()));
  }
}

std::string CursesScreen::draw(const Canvas& canvas) {
  const Size size = canvas.size();
  const bool resized = !shown_ || shown_->size() != size;
  std::string bytes;
  if (resized) bytes = resize(size);
  for (int y = 0; y < size.height; ++y) {
    bool same = !resized;
    for (int x = 0; same && x < size.width; ++x) same = canvas.at(x, y) == shown_->at(x, y);
    if (!same) draw_row(canvas, y);
  }
  shown_.emplace(canvas);
  refresh();
  return bytes += take_output();
}

/// ncurses says which rows scroll when it starts, by the size it knew then: they are told anew once
/// it has said so. That moves the cursor, so the next thing is to clear the screen.
std::string CursesScreen::resize(Size size) {
  resize_term(size.height, size.width);
  erase();
  clearok(curscr, TRUE);
  refresh();
  std::string bytes = take_output() + capability("csr", 0, size.height - 1);
  clearok(curscr, TRUE);
  return bytes;
}

std::string CursesScreen::leave() {
  endwin();
  return take_output() + below_screen();
}

void CursesScreen::repaint() {
  clearok(curscr, TRUE);
}

std::string CursesScreen::take_output() {
  std::fflush(output_);
  const int fd = fileno(output_);
  const off_t length = lseek(fd, 0, SEEK_CUR);
  std::string bytes(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  const ssize_t got = pread(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  return bytes;
}

std::vector<Key> CursesScreen::keys() {
  std::vector<Key> keys;
  for (int code = getch(); code != ERR; code = getch()) {
    if (const auto key = key_of(code)) keys.push_back(*key);
  }
  return keys;
}

std::string CursesScreen::emergency_sequence() const {
  return capability("sgr0") + capability("rmkx") + capability("rmcup") + capability("cnorm") +
         below_screen();
}

}  // namespace tui
