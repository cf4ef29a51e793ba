// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages and event logs of the host: HVPERSONA_STATS_OPEN and HVPERSONA_LOG_OPEN, by a
 * caller that means ill and by one that looks at children and at a virtual machine. Prints TAP.
 * Expected errnos are those of include/uapi/linux/hvpersona.h, numbers of counters those of the
 * ABI sheet's section "Statistics".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/hvpersona.h>

#include "tap.h"
#include "vm.h"

#define COUNTERS	HVPERSONA_STATS_COUNTERS
#define PAGE		4096

#define PARTITION_CREATED	0x1501
#define PARTITION_INITIALIZED	0x1502
#define PARTITION_DELETED	0x1504
#define VP_CREATED		0x0f01
#define DEPOSITED		0x1a01

#define SOURCE_VP		(1ULL << 15)
#define SOURCE_PARTITION	(1ULL << 21)
#define SOURCE_MEMORY		(1ULL << 26)

static int device;

static int open_stats(__u32 type, __u32 handle, __u32 index)
{
	struct hvpersona_stats_open in = { sizeof(in), type, handle, index };

	return ioctl(device, HVPERSONA_STATS_OPEN, &in);
}

static int open_log(__u32 handle, __u64 sources, __u32 entries)
{
	struct hvpersona_log_open in = { sizeof(in), handle, sources, entries };

	return ioctl(device, HVPERSONA_LOG_OPEN, &in);
}

static __u32 handle_of(int fd)
{
	struct hvpersona_partition_info info = { .size = sizeof(info) };

	ioctl(fd, HVPERSONA_PARTITION_INFO, &info);
	return info.out_handle;
}

static __u64 read_counter(int fd, int number)
{
	__u64 value = ~0ULL;

	pread(fd, &value, sizeof(value), number * sizeof(value));
	return value;
}

static void wait_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* A child of the host, active, with one VP and room for more */
static int make_child(void)
{
	struct hvpersona_partition_create create = {
		.size = sizeof(create), .memory_fd = -1, .compatibility = 0x0609,
	};
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = 128 };
	struct hvpersona_partition_change change = { .size = sizeof(change) };
	struct hvpersona_vp_change vp = { .size = sizeof(vp) };
	int child = ioctl(device, HVPERSONA_PARTITION_CREATE, &create);

	ioctl(child, HVPERSONA_MEMORY_DEPOSIT, &memory);
	ioctl(child, HVPERSONA_PARTITION_INITIALIZE, &change);
	ioctl(child, HVPERSONA_VP_CREATE, &vp);
	return child;
}

static void shapes(void)
{
	struct hvpersona_stats_open stats = { sizeof(stats), HVPERSONA_STATS_HYPERVISOR, 0, 0 };
	struct hvpersona_log_open log = { sizeof(log), 0, SOURCE_VP, 0, 1 };

	expect("a type that is none", EINVAL, open_stats(0, 0, 0));
	expect("nor this", EINVAL, open_stats(3, 0, 0));
	expect("nor this", EINVAL, open_stats(0x10003, 0, 0));
	expect("the hypervisor has no number", EINVAL, open_stats(HVPERSONA_STATS_HYPERVISOR, 0, 1));
	expect("the host has no LPs", EOPNOTSUPP, open_stats(HVPERSONA_STATS_LP, 0, 0));
	expect("the host is no partition", EINVAL, open_stats(HVPERSONA_STATS_PARTITION, 0, 0));
	expect("and has no VPs", EINVAL, open_stats(HVPERSONA_STATS_VP, 0, 0));
	expect("no such partition", ENOENT, open_stats(HVPERSONA_STATS_VP, 0x7ffffff0, 0));
	stats.size = 8;
	expect("too short", EINVAL, ioctl(device, HVPERSONA_STATS_OPEN, &stats));
	stats.size = 5000;
	expect("too long", E2BIG, ioctl(device, HVPERSONA_STATS_OPEN, &stats));
	expect("a log of nothing", EINVAL, open_log(0, 0, 0));
	expect("too many entries", EINVAL, open_log(0, SOURCE_VP, 65537));
	expect("no such partition", ENOENT, open_log(0x7ffffff0, SOURCE_VP, 0));
	expect("a reserved field", EINVAL, ioctl(device, HVPERSONA_LOG_OPEN, &log));
}

static void pages(void)
{
	int child = make_child(), fd, hypervisor;
	struct hvpersona_vp_change vp = { .size = sizeof(vp), .vp_index = 1 };
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = 10 };
	__u64 before[COUNTERS], partitions;
	volatile __u64 *page;
	void *bad;

	hypervisor = expect("the host's hypervisor", 0, open_stats(HVPERSONA_STATS_HYPERVISOR, 0, 0));
	partitions = read_counter(hypervisor, 2);
	result(read_counter(hypervisor, 1) == (__u64)sysconf(_SC_NPROCESSORS_ONLN),
	       "its LPs are the host's CPUs", read_counter(hypervisor, 1), 0);
	result(partitions >= 1, "it has a partition", partitions, 0);
	fd = expect("the child", 0, open_stats(HVPERSONA_STATS_PARTITION, handle_of(child), 0));
	result(read(fd, before, sizeof(before)) == PAGE, "all of it is read", 0, errno);
	result(read(fd, before, sizeof(before)) == 0, "that is all", 0, errno);
	result(before[1] == 1 && before[5] == 128, "one VP, 128 pages", before[5], 0);
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	result(page != MAP_FAILED, "it is mapped", 0, errno);
	result(page[5] == 128, "with the same content", page[5], 0);
	ioctl(child, HVPERSONA_MEMORY_DEPOSIT, &memory);
	ioctl(child, HVPERSONA_VP_CREATE, &vp);
	result(read_counter(fd, 5) == 138, "reading gives the pages of now", read_counter(fd, 5), 0);
	wait_ms(400);
	result(page[5] == 138 && page[1] == 2, "a mapped page follows", page[5], 0);
	bad = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect("not for writing", EACCES, bad == MAP_FAILED ? -1 : 0);
	bad = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	expect("nor privately", EINVAL, bad == MAP_FAILED ? -1 : 0);
	bad = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	expect("not two pages", EINVAL, bad == MAP_FAILED ? -1 : 0);
	bad = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	expect("not the second page", EINVAL, bad == MAP_FAILED ? -1 : 0);
	expect("nor written", EBADF, write(fd, before, 8));
	expect("no VP 7", ENOENT, open_stats(HVPERSONA_STATS_VP, handle_of(child), 7));
	expect("no LPs of a child", EOPNOTSUPP, open_stats(HVPERSONA_STATS_LP, handle_of(child), 0));
	expect("VP 1", 0, open_stats(HVPERSONA_STATS_VP, handle_of(child), 1));
	close(child);
	expect("nothing to read of what is gone", ENODEV, read(fd, before, sizeof(before)) > 0 ? 0 :
	       pread(fd, before, 8, 0));
	wait_ms(300);
	result(page[5] == 138, "but its page stays", page[5], 0);
	result(read_counter(hypervisor, 2) == partitions - 1, "a partition less",
	       read_counter(hypervisor, 2), 0);
	close(fd);
	result(page[5] == 138, "also without descriptor", page[5], 0);
	munmap((void *)page, PAGE);
	close(hypervisor);
}

static void machine(void)
{
	int vcpu, vm = make_vm(&vcpu), fd, pt;
	struct hvpersona_attach attach = { .size = sizeof(attach), .vm_fd = vm };

	attach.role = HVPERSONA_ROLE_ROOT;
	pt = ioctl(device, HVPERSONA_ATTACH, &attach);
	fd = expect("VP 0 of a machine", 0, open_stats(HVPERSONA_STATS_VP, handle_of(pt), 0));
	result(read_counter(fd, 7) == 0, "has made no hypercalls", read_counter(fd, 7), 0);
	expect("its LP 0", 0, open_stats(HVPERSONA_STATS_LP, handle_of(pt), 0));
	expect("no LP 1", ENOENT, open_stats(HVPERSONA_STATS_LP, handle_of(pt), 1));
	result(read_counter(open_stats(HVPERSONA_STATS_HYPERVISOR, handle_of(pt), 0), 2) == 1,
	       "its hypervisor has one partition", 0, 0);
	expect("its log", 0, open_log(handle_of(pt), SOURCE_VP, 0));
	close(vcpu);
	close(vm);
	wait_ms(200);
	expect("the machine is gone", ENODEV, pread(fd, &attach, 8, 0));
	expect("so is its log", ENOENT, open_log(handle_of(pt), SOURCE_VP, 0));
	close(pt);
}

/* The next entry of a type, others skipped; false after a second */
static bool next(int fd, __u16 type, struct hvpersona_log_entry *entry)
{
	struct pollfd pollfd = { fd, POLLIN };

	while (poll(&pollfd, 1, 1000) > 0 && read(fd, entry, sizeof(*entry)) == sizeof(*entry))
		if (entry->type == type)
			return true;
	return false;
}

static void log_is_read(void)
{
	struct hvpersona_log_entry entry, many[8];
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = 1 };
	int fd = expect("the host's log", 0, open_log(0, SOURCE_PARTITION | SOURCE_VP | SOURCE_MEMORY, 4));
	int all = open_log(0, ~0ULL, 0), child, status;
	pid_t pid;
	ssize_t got;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	expect("nothing yet", EAGAIN, read(fd, &entry, sizeof(entry)));
	expect("less than an entry", EINVAL, read(fd, &entry, sizeof(entry) - 1));
	child = make_child();
	/* created, deposited, initialized, VP created */
	result(next(fd, PARTITION_CREATED, &entry) && entry.context == ~0U && entry.entry_size == 48,
	       "a child was created, by the host", entry.type, 0);
	result(next(fd, DEPOSITED, &entry) && entry.args[0] == 128 && entry.args[1] == 128,
	       "pages came", entry.args[0], 0);
	result(next(fd, PARTITION_INITIALIZED, &entry), "initialized", entry.type, 0);
	result(next(fd, VP_CREATED, &entry) && entry.vp == 0, "a VP was made", entry.type, 0);
	for (int i = 0; i < 6; i++)
		ioctl(child, HVPERSONA_MEMORY_DEPOSIT, &memory);
	got = read(fd, many, sizeof(many));
	result(got == 5 * (ssize_t)sizeof(*many) && many[3].type == DEPOSITED &&
	       many[4].type == HVPERSONA_LOG_LOST && many[4].args[0] == 2,
	       "four are kept, two are lost, which is told", got, errno);
	expect("once", EAGAIN, read(fd, many, sizeof(many)));
	for (int i = 0; i < 7; i++)
		result(next(all, DEPOSITED, &entry), "another reader has all", entry.type, 0);

	fcntl(fd, F_SETFL, 0);
	pid = fork();
	if (!pid) {
		wait_ms(300);
		close(make_child());
		_exit(0);
	}
	result(read(fd, &entry, sizeof(entry)) == sizeof(entry) && entry.type == PARTITION_CREATED,
	       "reading waits for the next one", entry.type, errno);
	waitpid(pid, &status, 0);
	pid = fork();
	if (!pid) {
		while (read(fd, many, sizeof(many)) > 0)
			;
		_exit(0);
	}
	wait_ms(200);
	kill(pid, SIGKILL);
	result(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "until it is killed", status, 0);
	close(child);
	result(next(fd, PARTITION_DELETED, &entry), "the child was deleted", entry.type, 0);
	close(fd);
	close(all);
}

int main(void)
{
	device = open("/dev/hvpersona", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/hvpersona");
		return 2;
	}
	shapes();
	pages();
	machine();
	log_is_read();
	return finish();
}
