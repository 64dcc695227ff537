// Stands before libc's fsync and fdatasync (LD_PRELOAD): what a process has synced of a file in folder NIGH_POWER_OF
// is copied, whole and at once, into folder NIGH_POWER_DISK, and what was deleted is deleted there once the folder
// itself is synced. NIGH_POWER_DISK is what a disk holds after a power cut. A sync takes NIGH_POWER_SYNC_MS longer, as
// on a disk that turns.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

using Sync = int (*)(int);

bool copy_all(int from, int to) {
  std::vector<char> room(1 << 20);
  for (off_t at = 0;;) {
    const ssize_t got = pread(from, room.data(), room.size(), at);
    if (got < 0) return false;
    if (got == 0) return true;
    for (ssize_t put = 0; put < got;) {
      const ssize_t wrote = write(to, room.data() + put, static_cast<size_t>(got - put));
      if (wrote < 0) return false;
      put += wrote;
    }
    at += got;
  }
}

void forget_deleted(const std::string &of, const std::string &disk) {
  DIR *names = opendir(disk.c_str());
  if (names == nullptr) return;
  while (const dirent *entry = readdir(names)) {
    const std::string name(entry->d_name);
    if (name != "." && name != ".." && access((of + "/" + name).c_str(), F_OK) != 0)
      unlink((disk + "/" + name).c_str());
  }
  closedir(names);
}

// The copy is read through the descriptor at hand: opening and closing another would drop SQLite's POSIX locks.
void keep(int file) {
  const char *of = getenv("NIGH_POWER_OF");
  const char *disk = getenv("NIGH_POWER_DISK");
  if (of == nullptr || disk == nullptr) return;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  if (strcmp(path, of) == 0) return forget_deleted(of, disk);
  const size_t folder = strlen(of);
  if (strncmp(path, of, folder) != 0 || path[folder] != '/') return;
  const std::string name(path + folder + 1);
  struct stat about;
  if (name.find('/') != std::string::npos || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return;
  if (about.st_nlink == 0 || (fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY) return;
  const std::string whole = std::string(disk) + "/" + name;
  const std::string draft = whole + "." + std::to_string(getpid()) + ".draft";
  const int to = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (to < 0) return;
  const bool copied = copy_all(file, to);
  close(to);
  if (copied) rename(draft.c_str(), whole.c_str());
  else unlink(draft.c_str());
}

int synced(const char *name, int file) {
  const char *longer = getenv("NIGH_POWER_SYNC_MS");
  if (longer != nullptr) usleep(static_cast<useconds_t>(atoi(longer)) * 1000);
  const auto sync = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name));
  const int result = sync(file);
  if (result == 0) keep(file);
  return result;
}

}  // namespace

extern "C" int fsync(int file) { return synced("fsync", file); }
extern "C" int fdatasync(int file) { return synced("fdatasync", file); }
