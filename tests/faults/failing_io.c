/*
 * Lets calls that change the disk fail, for tests/it/files/faults.rs and tests/it/campaign: loaded before the C library,
 * it counts the calls on paths that hold FAIL_PATH, and does with number FAIL_AT what FAIL_AS says:
 *
 *   enospc, eio   it fails
 *   short         half of a write is written
 *   killed        the process ends before it, as by SIGKILL
 *   torn          the process ends after half of a write, or before another call
 *   full          it and all later ones that need room fail with ENOSPC
 *   readonly      it and all later ones fail with EROFS
 *
 * The number of calls goes to the file FAIL_COUNT at the end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum outcome { AS_USUAL, FAILS, SHORT, TORN };
/* What a call takes of the disk: bytes that are written, other room, or none. */
enum need { BYTES, ROOM, NO_ROOM };

static atomic_long calls;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static enum outcome failing(int with)
{
	errno = with;
	return FAILS;
}

/* What happens to this call on a path. */
static enum outcome outcome_of(const char *path, enum need need)
{
	const char *wanted = getenv("FAIL_PATH"), *at = getenv("FAIL_AT"), *as = getenv("FAIL_AS");
	if (!wanted || !strstr(path, wanted))
		return AS_USUAL;
	long number = atomic_fetch_add(&calls, 1) + 1;
	if (!at || !as || number < atol(at))
		return AS_USUAL;
	if (!strcmp(as, "full"))
		return need != NO_ROOM ? failing(ENOSPC) : AS_USUAL;
	if (!strcmp(as, "readonly"))
		return failing(EROFS);
	if (number > atol(at))
		return AS_USUAL;
	if (!strcmp(as, "short"))
		return SHORT;
	if (!strcmp(as, "torn") && need == BYTES)
		return TORN;
	if (!strcmp(as, "torn") || !strcmp(as, "killed"))
		kill(getpid(), SIGKILL);
	return failing(!strcmp(as, "eio") ? EIO : ENOSPC);
}

/* The same for an open file; pipes and terminals are no matter of the disk. */
static enum outcome outcome_of_open(int fd, enum need need)
{
	struct stat status;
	char link[64], path[4096];
	if (fstat(fd, &status) || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
		return AS_USUAL;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length < 0 ? 0 : length] = 0;
	return outcome_of(path, need);
}

/* Bytes of a write that get through; a torn one is the last thing that its process does. */
static size_t through(enum outcome outcome, size_t size)
{
	return (outcome == SHORT || outcome == TORN) && size > 1 ? size / 2 : size;
}

static ssize_t ended(enum outcome outcome, ssize_t written)
{
	if (outcome == TORN)
		kill(getpid(), SIGKILL);
	return written;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");
	enum outcome outcome = outcome_of_open(fd, BYTES);
	if (outcome == FAILS)
		return -1;
	return ended(outcome, real(fd, bytes, through(outcome, size)));
}

#define POSITIONED(NAME)                                                                \
	ssize_t NAME(int fd, const void *bytes, size_t size, off64_t at)                \
	{                                                                               \
		ssize_t (*real)(int, const void *, size_t, off64_t) = next(#NAME);      \
		enum outcome outcome = outcome_of_open(fd, BYTES);                      \
		if (outcome == FAILS)                                                   \
			return -1;                                                      \
		return ended(outcome, real(fd, bytes, through(outcome, size), at));     \
	}
POSITIONED(pwrite)
POSITIONED(pwrite64)

#define OF_OPEN_FILE(NAME)                                                      \
	int NAME(int fd)                                                        \
	{                                                                       \
		int (*real)(int) = next(#NAME);                                 \
		return outcome_of_open(fd, ROOM) == FAILS ? -1 : real(fd);      \
	}
OF_OPEN_FILE(fsync)
OF_OPEN_FILE(fdatasync)

#define OF_LENGTH(NAME)                                                                 \
	int NAME(int fd, off64_t length)                                                \
	{                                                                               \
		int (*real)(int, off64_t) = next(#NAME);                                \
		return outcome_of_open(fd, ROOM) == FAILS ? -1 : real(fd, length);      \
	}
OF_LENGTH(ftruncate)
OF_LENGTH(ftruncate64)

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = next("rename");
	return outcome_of(to, NO_ROOM) == FAILS ? -1 : real(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
	int (*real)(int, const char *, int, const char *, int) = next("linkat");
	return outcome_of(to, NO_ROOM) == FAILS ? -1 : real(a, from, b, to, flags);
}

int unlink(const char *path)
{
	int (*real)(const char *) = next("unlink");
	return outcome_of(path, NO_ROOM) == FAILS ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t) = next("mkdir");
	return outcome_of(path, ROOM) == FAILS ? -1 : real(path, mode);
}

#define CREATING(NAME)                                                  \
	int NAME(const char *path, int flags, ...)                      \
	{                                                               \
		int (*real)(const char *, int, ...) = next(#NAME);      \
		mode_t mode = 0;                                        \
		if (flags & O_CREAT) {                                  \
			va_list rest;                                   \
			va_start(rest, flags);                          \
			mode = va_arg(rest, mode_t);                    \
			va_end(rest);                                   \
			if (outcome_of(path, ROOM) == FAILS)            \
				return -1;                              \
		}                                                       \
		return real(path, flags, mode);                         \
	}
CREATING(open)
CREATING(open64)

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAIL_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;
	if (file) {
		fprintf(file, "%ld", atomic_load(&calls));
		fclose(file);
	}
}
