// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a Linux guest on two CPUs issue remote TLB flushes and IPIs, and checks what they do.
 *
 * Two threads are pinned to CPU 0 and CPU 1. The first remaps a page again and again to one of
 * two contents, which obliges the kernel to flush the translation on the CPU of the second thread;
 * that one spins in user mode, so its CPU is never lazy, and must see the new content at once.
 * Then membarrier() (function-call IPIs) and a ping-pong over pipes (reschedule IPIs) follow.
 *
 * Prints "workload: flushes N, barriers N, wakeups N" and exits 0, or says what went wrong.
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLUSHES		400
#define BARRIERS	200
#define WAKEUPS		200
#define PAGE		4096

static volatile uint64_t *page;		/* remapped by the main thread */
static uint64_t expected;		/* content the other thread must see; 0: nothing to check */
static uint64_t checked;		/* number of checks it has made */
static int done;
static int to_peer[2], from_peer[2];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void *peer(void *unused)
{
	uint64_t want;
	char c;

	pin(1);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		want = __atomic_load_n(&expected, __ATOMIC_ACQUIRE);
		if (!want)
			continue;
		if (*page != want) {
			fprintf(stderr, "workload: stale translation: read %#lx, mapped is %#lx\n",
				(unsigned long)*page, (unsigned long)want);
			exit(1);
		}
		__atomic_store_n(&expected, 0, __ATOMIC_RELEASE);
		__atomic_add_fetch(&checked, 1, __ATOMIC_RELEASE);
	}
	while (read(to_peer[0], &c, 1) == 1)
		if (write(from_peer[1], &c, 1) != 1)
			die("write");
	return unused;
}

static void flushes(void)
{
	const uint64_t content[2] = { 0x1111111111111111, 0x2222222222222222 };
	int fd = memfd_create("workload", 0);

	for (int i = 0; i < 2; i++)
		if (pwrite(fd, &content[i], sizeof(content[i]), i * PAGE) != sizeof(content[i]))
			die("memfd");
	if (ftruncate(fd, 2 * PAGE))
		die("ftruncate");
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		die("mmap");

	for (uint64_t i = 1; i <= FLUSHES; i++) {
		if (mmap((void *)page, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
			 (i & 1) * PAGE) != page)
			die("remap");
		__atomic_store_n(&expected, content[i & 1], __ATOMIC_RELEASE);
		while (__atomic_load_n(&checked, __ATOMIC_ACQUIRE) != i)
			sched_yield();
	}
}

static void barriers(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		die("membarrier register");
	for (int i = 0; i < BARRIERS; i++)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
			die("membarrier");
}

static void wakeups(void)
{
	for (int i = 0; i < WAKEUPS; i++) {
		char c = i, back = 0;

		if (write(to_peer[1], &c, 1) != 1 || read(from_peer[0], &back, 1) != 1)
			die("pipe");
		if (back != c) {
			fprintf(stderr, "workload: pipe returned %d for %d\n", back, c);
			exit(1);
		}
	}
	close(to_peer[1]);
}

int main(void)
{
	pthread_t thread;

	pin(0);
	if (pipe(to_peer) || pipe(from_peer))
		die("pipe");
	if (pthread_create(&thread, NULL, peer, NULL))
		die("pthread_create");

	flushes();
	barriers();
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	wakeups();
	pthread_join(thread, NULL);

	printf("workload: flushes %d, barriers %d, wakeups %d\n", FLUSHES, BARRIERS, WAKEUPS);
	return 0;
}
