/*
 * The clock of the system is set back by a day, for tests/it/campaign: loaded before the C library, it does so when the
 * time has been asked for CLOCK_AT times. Clocks that only measure how long something takes go on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static atomic_long calls;

static long set_back(void)
{
	const char *at = getenv("CLOCK_AT");
	return at && atomic_fetch_add(&calls, 1) + 1 >= atol(at) ? 24 * 60 * 60 : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, time);
	if (!result && clock == CLOCK_REALTIME)
		time->tv_sec -= set_back();
	return result;
}

int gettimeofday(struct timeval *time, void *zone)
{
	int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
	int result = real(time, zone);
	if (!result)
		time->tv_sec -= set_back();
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
