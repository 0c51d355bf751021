/*
 * A file layer under a process that remembers what was synced, so that a test can cut the power.
 *
 * Preloaded (LD_PRELOAD), it watches the files below the folder $STOA_POWER_FOLDER. What the process writes there goes where it
 * always goes; beside it, in $STOA_POWER_DISK, stands what a disk would hold if the power failed now:
 *
 *   data/<id>   the content of a file at its last fsync or fdatasync
 *   dirs/<id>   the entries of a folder at its last fsync: a line "<type> <id> <name>" each
 *
 * An id is an inode and the moment of its birth, so that a number that is used again is another file. A file that was never
 * synced has no content there; one whose folder was not synced after it was made has no entry. The test kills the process at any
 * moment (also while a file is being synced: then part of it is on the disk, as it is with a real one) and takes the disk for
 * the folder. Nothing is ever synced in truth; $STOA_POWER_SYNC_US is how long a sync takes instead.
 *
 * Only what SQLite and Rust's library use to write is watched: no O_SYNC, no direct system calls, no shared memory (SQLite makes
 * its own anew after a restart).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define BUCKETS 1024

/* A file that was written to: which pages of it the disk does not have. */
struct file {
    char id[64];
    int watched;
    int reader;                /* a descriptor to read it through, never closed: closing one drops the locks of all */
    int disk;                  /* its content on the disk */
    unsigned char *dirty;      /* a byte per page */
    size_t pages;
    struct file *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t syncing = PTHREAD_MUTEX_INITIALIZER;
static struct file *files[BUCKETS];
static const char *folder, *disk;
static size_t folder_length;
static long sync_us;

/* The function of this name that would be called without us. */
#define REAL(name) ({                                                                   \
    static __typeof__(&name) found;                                                     \
    if (!found) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                     \
    found;                                                                              \
})

__attribute__((constructor)) static void begin(void) {
    char *resolved;
    const char *pause = getenv("STOA_POWER_SYNC_US");
    folder = getenv("STOA_POWER_FOLDER");
    disk = getenv("STOA_POWER_DISK");
    sync_us = pause ? atol(pause) : 0;
    if (!folder || !disk) {
        folder = NULL;
        return;
    }
    resolved = realpath(folder, NULL);
    folder = resolved ? resolved : strdup(folder);
    folder_length = strlen(folder);
}

static int die(const char *what) {
    dprintf(2, "the file layer of the power cut failed: %s: %s\n", what, strerror(errno));
    _exit(70);
}

/* The id of what is open, and its kind; 0 when it is neither a file nor a folder. */
static int identify(int fd, char *id, size_t room) {
    struct statx it;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_BTIME, &it) != 0) return 0;
    if (!S_ISREG(it.stx_mode) && !S_ISDIR(it.stx_mode)) return 0;
    snprintf(id, room, "%llu-%lld-%u", (unsigned long long)it.stx_ino,
             (long long)it.stx_btime.tv_sec, it.stx_btime.tv_nsec);
    return S_ISDIR(it.stx_mode) ? 2 : 1;
}

static int is_below(int fd) {
    char name[64], path[4096];
    ssize_t length;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    length = readlink(name, path, sizeof path - 1);
    if (length < (ssize_t)folder_length) return 0;
    path[length] = 0;
    return strncmp(path, folder, folder_length) == 0 &&
           (path[folder_length] == '/' || path[folder_length] == 0);
}

/* What is known of the file that is open here; called with the lock. NULL for what is not watched. */
static struct file *known(int fd) {
    char id[64], path[4096];
    struct file *it;
    unsigned hash = 5381;
    const char *c;
    if (identify(fd, id, sizeof id) != 1) return NULL;
    for (c = id; *c; c++) hash = hash * 33 + (unsigned char)*c;
    hash %= BUCKETS;
    for (it = files[hash]; it; it = it->next)
        if (strcmp(it->id, id) == 0) return it->watched ? it : NULL;
    it = calloc(1, sizeof *it);
    if (!it) die("memory");
    strcpy(it->id, id);
    it->watched = is_below(fd);
    it->next = files[hash];
    files[hash] = it;
    if (!it->watched) return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    it->reader = open(path, O_RDONLY | O_CLOEXEC);
    if (it->reader < 0) die("open for reading");
    snprintf(path, sizeof path, "%s/data/%s", disk, id);
    it->disk = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (it->disk < 0) die(path);
    return it;
}

/* The pages from here to there are not on the disk. */
static void mark(int fd, off_t from, off_t to) {
    struct file *it;
    size_t first, last;
    int kept = errno;
    if (!folder) return;
    pthread_mutex_lock(&lock);
    it = known(fd);
    if (it) {
        first = (size_t)from / PAGE;
        last = ((size_t)to + PAGE - 1) / PAGE;
        if (last > it->pages) {
            size_t pages = last * 2;
            it->dirty = realloc(it->dirty, pages);
            if (!it->dirty) die("memory");
            memset(it->dirty + it->pages, 0, pages - it->pages);
            it->pages = pages;
        }
        if (first < last) memset(it->dirty + first, 1, last - first);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
}

/* What was written at the place where the descriptor stands now. */
static void mark_before(int fd, ssize_t written) {
    off_t end;
    int kept = errno;
    if (!folder || written <= 0) return;
    end = lseek(fd, 0, SEEK_CUR);
    if (end >= written) mark(fd, end - written, end);
    errno = kept;
}

/* Brings the dirty pages and the length of a file to the disk. */
static void bring(struct file *it) {
    char page[PAGE];
    struct stat now;
    size_t at, pages;
    pthread_mutex_lock(&syncing);
    for (at = 0;; at++) {
        ssize_t got;
        int dirty;
        pthread_mutex_lock(&lock);
        pages = it->pages;
        dirty = at < pages && it->dirty[at];
        if (dirty) it->dirty[at] = 0;
        pthread_mutex_unlock(&lock);
        if (at >= pages) break;
        if (!dirty) continue;
        got = pread(it->reader, page, PAGE, (off_t)at * PAGE);
        if (got < 0) die("pread");
        if (got > 0 && REAL(pwrite)(it->disk, page, (size_t)got, (off_t)at * PAGE) != got) die("pwrite");
    }
    /* Asked at the end: what the file grew by meanwhile is dirty and comes with the next sync. */
    if (fstat(it->reader, &now) != 0) die("fstat");
    if (REAL(ftruncate)(it->disk, now.st_size) != 0) die("ftruncate");
    pthread_mutex_unlock(&syncing);
}

/* Brings the entries of a folder to the disk. */
static void bring_entries(int fd, const char *id) {
    char path[4096], fresh[4200], name[64];
    struct dirent *entry;
    FILE *list;
    DIR *entries;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    snprintf(path, sizeof path, "%s/dirs/%s", disk, id);
    snprintf(fresh, sizeof fresh, "%s.%d.%p", path, getpid(), (void *)&entry);
    entries = opendir(name);
    list = fopen(fresh, "w");
    if (!entries || !list) die(path);
    while ((entry = readdir(entries))) {
        char child_id[64];
        int child, kind;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (entry->d_type != DT_REG && entry->d_type != DT_DIR) continue;
        /* O_PATH: opening it otherwise, and closing it, would drop the locks that SQLite holds. */
        child = openat(dirfd(entries), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (child < 0) continue;
        kind = identify(child, child_id, sizeof child_id);
        close(child);
        if (kind) fprintf(list, "%c %s %s\n", kind == 2 ? 'd' : 'f', child_id, entry->d_name);
    }
    closedir(entries);
    if (fclose(list) != 0 || rename(fresh, path) != 0) die(path);
}

/* What a sync does, of a file or of a folder; whether it is watched. */
static int sync_it(int fd) {
    char id[64];
    struct file *it;
    int kind, kept = errno;
    if (!folder) return 0;
    kind = identify(fd, id, sizeof id);
    if (kind == 2 && is_below(fd)) {
        if (sync_us) usleep((useconds_t)sync_us);
        bring_entries(fd, id);
        errno = kept;
        return 1;
    }
    if (kind != 1) return 0;
    pthread_mutex_lock(&lock);
    it = known(fd);
    pthread_mutex_unlock(&lock);
    if (it) {
        if (sync_us) usleep((useconds_t)sync_us);
        bring(it);
    }
    errno = kept;
    return it != NULL;
}

int fsync(int fd) { return sync_it(fd) ? 0 : REAL(fsync)(fd); }
int fdatasync(int fd) { return sync_it(fd) ? 0 : REAL(fdatasync)(fd); }

ssize_t write(int fd, const void *from, size_t count) {
    ssize_t done = REAL(write)(fd, from, count);
    mark_before(fd, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *from, int count) {
    ssize_t done = REAL(writev)(fd, from, count);
    mark_before(fd, done);
    return done;
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
    ssize_t done = REAL(pwrite)(fd, from, count, at);
    if (done > 0) mark(fd, at, at + done);
    return done;
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
    ssize_t done = REAL(pwrite64)(fd, from, count, at);
    if (done > 0) mark(fd, at, at + done);
    return done;
}

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t count, unsigned flags) {
    ssize_t done = REAL(copy_file_range)(in, in_at, out, out_at, count, flags);
    if (done > 0 && out_at) mark(out, *out_at - done, *out_at);
    else mark_before(out, done);
    return done;
}

/* What was cut off is gone, and zeroes when the file grows again; what it grew by is zeroes. */
static int resized(int fd, off_t before, off_t from, int done) {
    struct stat now;
    if (folder && done == 0 && fstat(fd, &now) == 0) {
        off_t to = before > now.st_size ? before : now.st_size;
        mark(fd, from < to ? from : to, to);
    }
    return done;
}

static off_t length_of(int fd) {
    struct stat now;
    return folder && fstat(fd, &now) == 0 ? now.st_size : 0;
}

int ftruncate(int fd, off_t length) {
    off_t before = length_of(fd);
    return resized(fd, before, before < length ? before : length, REAL(ftruncate)(fd, length));
}

int ftruncate64(int fd, off64_t length) {
    off_t before = length_of(fd);
    return resized(fd, before, before < length ? before : length, REAL(ftruncate64)(fd, length));
}

int fallocate(int fd, int mode, off_t from, off_t count) {
    return resized(fd, length_of(fd), from, REAL(fallocate)(fd, mode, from, count));
}

int fallocate64(int fd, int mode, off64_t from, off64_t count) {
    return resized(fd, length_of(fd), from, REAL(fallocate64)(fd, mode, from, count));
}

int posix_fallocate(int fd, off_t from, off_t count) {
    return resized(fd, length_of(fd), from, REAL(posix_fallocate)(fd, from, count));
}

int posix_fallocate64(int fd, off64_t from, off64_t count) {
    return resized(fd, length_of(fd), from, REAL(posix_fallocate64)(fd, from, count));
}
