// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation that an ioctl on a child partition makes fails once: the first, the second, and
 * so on until the ioctl gets through without (/proc/thread-self/fail-nth, on the debug host).
 * An ioctl that fails has to say why and to leave the child as it was. Prints TAP.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/hvpersona.h>

#include "tap.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define VERSION		0x0609		/* linux-clients 6.3 */
#define RWX		0xf
#define ZEROED		0x20000
#define VNUMA_TOPOLOGY	0x00090004	/* any length */
#define RIP		0x00020010
#define DEPOSIT		512
#define MOST_FAILURES	300
#define HOST_PORT	1

static int device, fail_nth, child, created = -1;
static __u64 deposited;

/* What can be seen of a child */
struct sight {
	struct hvpersona_partition_info info;
	struct hvpersona_memory_balance balance;
	struct hvpersona_gpa_next ranges[8];
	struct hvpersona_vp_info vps[2];
	struct hvpersona_property value;
	__u64 words[64];
	__u32 partitions;
};

static __u32 count_partitions(void)
{
	struct hvpersona_partition_next next = { .size = sizeof(next) };
	__u32 count = 0;

	while (!ioctl(device, HVPERSONA_PARTITION_NEXT, &next) && next.out_handle) {
		next.after = next.out_handle;
		count++;
	}
	return count;
}

static void look(struct sight *sight)
{
	__u64 page = 0;

	memset(sight, 0, sizeof(*sight));
	sight->info.size = sizeof(sight->info);
	ioctl(child, HVPERSONA_PARTITION_INFO, &sight->info);
	sight->info.out_uptime_ns = 0;
	sight->balance.size = sizeof(sight->balance);
	ioctl(child, HVPERSONA_MEMORY_BALANCE, &sight->balance);
	for (size_t i = 0; i < ARRAY_SIZE(sight->ranges); i++) {
		sight->ranges[i].size = sizeof(sight->ranges[i]);
		sight->ranges[i].gpa_page = page;
		if (ioctl(child, HVPERSONA_GPA_NEXT, &sight->ranges[i]))
			break;
		page = sight->ranges[i].out_gpa_page + sight->ranges[i].out_count;
	}
	for (__u32 i = 0; i < ARRAY_SIZE(sight->vps); i++) {
		sight->vps[i].size = sizeof(sight->vps[i]);
		sight->vps[i].vp_index = i;
		ioctl(child, HVPERSONA_VP_INFO, &sight->vps[i]);
	}
	sight->value = (struct hvpersona_property) {
		.size = sizeof(sight->value), .code = VNUMA_TOPOLOGY,
		.data = (unsigned long)sight->words, .data_size = sizeof(sight->words),
	};
	ioctl(child, HVPERSONA_PROPERTY_GET, &sight->value);
	sight->value.data = 0;
	sight->partitions = count_partitions();
}

/* What is to fail, and what puts things back after it did not */

static int change(int fd, unsigned long request, __u32 flags)
{
	struct hvpersona_partition_change change = { .size = sizeof(change), .flags = flags };

	return ioctl(fd, request, &change);
}

static int do_create(void)
{
	struct hvpersona_partition_create create = {
		.size = sizeof(create), .memory_fd = -1, .compatibility = VERSION,
	};

	created = ioctl(device, HVPERSONA_PARTITION_CREATE, &create);
	return created < 0 ? -1 : 0;
}

static int undo_create(void) { return close(created); }

static int memory(unsigned long request, __u64 count, __u64 *done)
{
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = count };
	int ret = ioctl(child, request, &memory);

	*done = memory.out_done;
	return ret;
}

static int do_deposit(void) { return memory(HVPERSONA_MEMORY_DEPOSIT, 4, &deposited); }
static int undo_deposit(void)
{
	__u64 done;

	return memory(HVPERSONA_MEMORY_WITHDRAW, deposited, &done);
}

static int map(unsigned long request, __u64 page, __u64 count, __u32 flags)
{
	struct hvpersona_gpa_map map = {
		.size = sizeof(map), .gpa_page = page, .count = count, .flags = flags,
	};

	return ioctl(child, request, &map);
}

static int do_map(void) { return map(HVPERSONA_GPA_MAP, 0x200, 1, ZEROED | RWX); }
static int undo_map(void) { return map(HVPERSONA_GPA_UNMAP, 0x200, 1, 0); }
static int do_split(void) { return map(HVPERSONA_GPA_UNMAP, 0x104, 1, 0); }
static int undo_split(void) { return map(HVPERSONA_GPA_MAP, 0x104, 1, ZEROED | RWX); }

static int vp(unsigned long request, __u32 index)
{
	struct hvpersona_vp_change change = { .size = sizeof(change), .vp_index = index };

	return ioctl(child, request, &change);
}

static int do_vp_create(void) { return vp(HVPERSONA_VP_CREATE, 1); }
static int undo_vp_create(void) { return vp(HVPERSONA_VP_DELETE, 1); }

static int set_value(__u64 first)
{
	__u64 words[64] = { first };
	struct hvpersona_property property = {
		.size = sizeof(property), .code = VNUMA_TOPOLOGY,
		.data = (unsigned long)words, .data_size = sizeof(words),
	};

	return ioctl(child, HVPERSONA_PROPERTY_SET, &property);
}

static int do_set_value(void) { return set_value(2); }
static int undo_set_value(void) { return set_value(1); }

static int do_get_value(void)
{
	struct hvpersona_property property = { .size = sizeof(property), .code = VNUMA_TOPOLOGY };

	return ioctl(child, HVPERSONA_PROPERTY_GET, &property);
}

static int registers(unsigned long request)
{
	static struct hvpersona_register list[64];
	struct hvpersona_vp_registers regs = {
		.size = sizeof(regs), .registers = (unsigned long)list, .count = ARRAY_SIZE(list),
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = (struct hvpersona_register) { .name = RIP, .value[0] = 0xfff0 };
	return ioctl(child, request, &regs);
}

static int do_get_registers(void) { return registers(HVPERSONA_VP_GET_REGISTERS); }
static int do_set_registers(void) { return registers(HVPERSONA_VP_SET_REGISTERS); }

static __u32 handle_of_child(void)
{
	struct hvpersona_partition_info info = { .size = sizeof(info) };

	return ioctl(child, HVPERSONA_PARTITION_INFO, &info) ? 0 : info.out_handle;
}

static int do_stats(void)
{
	struct hvpersona_stats_open open = {
		sizeof(open), HVPERSONA_STATS_PARTITION, handle_of_child(), 0,
	};

	created = ioctl(device, HVPERSONA_STATS_OPEN, &open);
	return created < 0 ? -1 : 0;
}

static int do_log(void)
{
	struct hvpersona_log_open open = { sizeof(open), 0, ~0ULL, 100 };

	created = ioctl(device, HVPERSONA_LOG_OPEN, &open);
	return created < 0 ? -1 : 0;
}

static int do_open(void)
{
	struct hvpersona_partition_open open = { .size = sizeof(open), .handle = handle_of_child() };

	created = ioctl(device, HVPERSONA_PARTITION_OPEN, &open);
	return created < 0 ? -1 : 0;
}

/* A port of the host that the child may send to, of the child, and a connection to the first */

static __u32 handle(void)
{
	struct hvpersona_partition_info info = { .size = sizeof(info) };

	return ioctl(child, HVPERSONA_PARTITION_INFO, &info) ? 0 : info.out_handle;
}

static int do_host_port(void)
{
	struct hvpersona_port_create port = {
		.size = sizeof(port), .port = 2, .peer = handle(), .type = HVPERSONA_PORT_EVENT,
		.flag_count = 16, .event_fd = -1,
	};

	created = ioctl(device, HVPERSONA_PORT_CREATE, &port);
	return created < 0 ? -1 : 0;
}

static int forget(unsigned long request, __u32 id)
{
	struct hvpersona_port_delete port = { .size = sizeof(port), .id = id };

	return ioctl(child, request, &port);
}

static int do_port(void)
{
	struct hvpersona_port_create port = {
		.size = sizeof(port), .port = 3, .type = HVPERSONA_PORT_MESSAGE, .sint = 2, .event_fd = -1,
	};

	return ioctl(child, HVPERSONA_PORT_CREATE, &port);
}

static int undo_port(void) { return forget(HVPERSONA_PORT_DELETE, 3); }

static int do_connect(void)
{
	struct hvpersona_connection_create to = {
		.size = sizeof(to), .connection = 4, .port = HOST_PORT, .type = HVPERSONA_PORT_MESSAGE,
	};

	return ioctl(child, HVPERSONA_CONNECTION_CREATE, &to);
}

static int undo_connect(void) { return forget(HVPERSONA_CONNECTION_DELETE, 4); }

static int nothing(void) { return 0; }

static const struct {
	const char *name;
	int (*run)(void);
	int (*undo)(void);
	bool partly;	/* may have been done in part: undo that as well */
} acts[] = {
	{ "create a partition", do_create, undo_create },
	{ "open a partition", do_open, undo_create },
	{ "open a statistics page", do_stats, undo_create },
	{ "open a log", do_log, undo_create },
	{ "deposit", do_deposit, undo_deposit, true },
	{ "map", do_map, undo_map },
	{ "unmap the middle of a range", do_split, undo_split },
	{ "create a VP", do_vp_create, undo_vp_create },
	{ "set a long property", do_set_value, undo_set_value },
	{ "get a long property", do_get_value, nothing },
	{ "get registers", do_get_registers, nothing },
	{ "set registers", do_set_registers, nothing },
	{ "create a port of the host", do_host_port, undo_create },
	{ "create a port", do_port, undo_port },
	{ "connect a port", do_connect, undo_connect },
};

/* fail-nth counts down; 0 when the failure has come to pass */

static void arm(int nth)
{
	char text[16];

	if (pwrite(fail_nth, text, snprintf(text, sizeof(text), "%d", nth), 0) < 0)
		exit(1);
}

static bool disarm(void)
{
	char text[16] = "";
	bool failed = pread(fail_nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	arm(0);
	return failed;
}

/* Let each allocation of an act fail in turn. How many there were; -1 if something is wrong */
static int fail_each(size_t act, char *why, size_t size)
{
	struct sight before, after;
	int nth, ret, error;
	bool failed;

	look(&before);
	for (nth = 1; nth < MOST_FAILURES; nth++) {
		arm(nth);
		ret = acts[act].run();
		error = errno;
		failed = disarm();
		if (!ret || acts[act].partly)
			acts[act].undo();
		look(&after);
		if (memcmp(&before, &after, sizeof(before))) {
			snprintf(why, size, "allocation %d leaves something", nth);
			return -1;
		}
		/* ENOSPC: HV_STATUS_NO_RESOURCES, what a guest gets when the host has no memory */
		if (ret && (!failed || (error != ENOMEM && error != ENOSPC))) {
			snprintf(why, size, "allocation %d: %s", nth, strerror(error));
			return -1;
		}
		if (!failed)
			return nth - 1;
	}
	snprintf(why, size, "there is no end of allocations");
	return -1;
}

static bool set_knob(const char *name, const char *value)
{
	char path[80];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/failslab/%s", name);
	fd = open(path, O_WRONLY);
	ret = write(fd, value, strlen(value));
	close(fd);
	return ret > 0;
}

/* A child of the host with something of everything */
static bool make_child(void)
{
	struct hvpersona_partition_create create = {
		.size = sizeof(create), .memory_fd = -1, .compatibility = VERSION,
	};
	struct hvpersona_port_create port = {
		.size = sizeof(port), .port = HOST_PORT, .type = HVPERSONA_PORT_MESSAGE, .event_fd = -1,
	};
	__u64 done;

	child = ioctl(device, HVPERSONA_PARTITION_CREATE, &create);
	port.peer = handle();
	return child >= 0 && !memory(HVPERSONA_MEMORY_DEPOSIT, DEPOSIT, &done) &&
	       !change(child, HVPERSONA_PARTITION_INITIALIZE, 0) &&
	       ioctl(device, HVPERSONA_PORT_CREATE, &port) >= 0 &&
	       !vp(HVPERSONA_VP_CREATE, 0) && !set_value(1) &&
	       !map(HVPERSONA_GPA_MAP, 0x100, 16, ZEROED | RWX);
}

int main(void)
{
	char text[160], why[80];

	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	/* Also those that could wait for memory, and without a word in the log for each */
	if (fail_nth < 0 || !set_knob("ignore-gfp-wait", "N") || !set_knob("verbose", "0")) {
		printf("ok 1 - allocations can be made to fail # SKIP not by this kernel\n1..1\n");
		return 0;
	}
	device = open("/dev/hvpersona", O_RDWR);
	expect("the device opens", 0, device);
	result(make_child(), "a child with a VP, a map and a property", 0, errno);
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int count = fail_each(i, why, sizeof(why));

		snprintf(text, sizeof(text), "%s: each of %d allocations fails%s%s", acts[i].name,
			 count, count < 0 ? ", " : "", count < 0 ? why : "");
		result(count >= 0, text, count, 0);
	}
	expect("the child is finalized", 0, change(child, HVPERSONA_PARTITION_FINALIZE, 0));
	close(child);
	result(!count_partitions(), "no partition is left", count_partitions(), 0);
	set_knob("ignore-gfp-wait", "Y");
	return finish();
}
