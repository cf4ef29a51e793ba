// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls on child partitions: every one in every state, with what it must not accept,
 * and the life of a child by its descriptors, its creator, its parent. Prints TAP.
 * Expected errnos are those of include/uapi/linux/hvpersona.h; which call is legal in which
 * state is the ABI sheet's section "Partitions".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hvpersona.h>

#include "tap.h"
#include "vm.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define VERSION		0x0609		/* linux-clients 6.3 */
#define R_W_X		0xf
#define NO_ACCESS	0x10000
#define LARGE		0x80000000
#define TIME_FREEZE	0x00030003
#define RIP		0x00020010

static int device;

/* Making things */

static struct hvpersona_partition_create new_child(__u32 parent)
{
	return (struct hvpersona_partition_create) {
		.size = sizeof(struct hvpersona_partition_create), .parent = parent,
		.memory_fd = -1, .compatibility = VERSION,
	};
}

static int make_child(__u32 parent, __u32 flags, int memory)
{
	struct hvpersona_partition_create create = new_child(parent);

	create.flags = flags;
	create.memory_fd = memory;
	return ioctl(device, HVPERSONA_PARTITION_CREATE, &create);
}

static int change(int fd, unsigned long request, __u32 flags)
{
	struct hvpersona_partition_change change = { .size = sizeof(change), .flags = flags };

	return ioctl(fd, request, &change);
}

/* How many pages were done; -1 if it failed without any */
static long memory(int fd, unsigned long request, __u64 count)
{
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = count };
	int ret = ioctl(fd, request, &memory);

	return ret < 0 && !memory.out_done ? -1 : (long)memory.out_done;
}

static int map(int fd, unsigned long request, __u64 gpa, __u64 source, __u64 count, __u32 flags)
{
	struct hvpersona_gpa_map map = {
		.size = sizeof(map), .gpa_page = gpa, .source_page = source, .count = count,
		.flags = flags,
	};

	return ioctl(fd, request, &map);
}

static int vp(int fd, unsigned long request, __u32 index)
{
	struct hvpersona_vp_change change = { .size = sizeof(change), .vp_index = index };

	return ioctl(fd, request, &change);
}

static int partition_info(int fd, struct hvpersona_partition_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(fd, HVPERSONA_PARTITION_INFO, info);
}

static __u32 handle_of(int fd)
{
	struct hvpersona_partition_info info;

	return partition_info(fd, &info) ? 0 : info.out_handle;
}

static __u32 state_of(int fd)
{
	struct hvpersona_partition_info info;

	return partition_info(fd, &info) ? ~0U : info.out_state;
}

static int next(void)
{
	struct hvpersona_partition_next next = { .size = sizeof(next) };

	return ioctl(device, HVPERSONA_PARTITION_NEXT, &next);
}

static int open_handle(__u32 handle)
{
	struct hvpersona_partition_open open = { .size = sizeof(open), .handle = handle };

	return ioctl(device, HVPERSONA_PARTITION_OPEN, &open);
}

/* An active child of the host with a pool */
static int active_child(void)
{
	int fd = make_child(0, 0, -1);

	memory(fd, HVPERSONA_MEMORY_DEPOSIT, 512);
	change(fd, HVPERSONA_PARTITION_INITIALIZE, 0);
	return fd;
}

/* What each ioctl must not accept: the same for all */

union any {
	__u32 size;
	char bytes[256];
};

static const struct form {
	const char *name;
	unsigned long request;
	size_t size;
	size_t reserved[2];	/* 32-bit fields that must be zero; 0: none */
} forms[] = {
#define FORM(request, type, ...)	\
	{ #request, HVPERSONA_##request, sizeof(struct type), { __VA_ARGS__ } }
#define RESERVED(type, field)	offsetof(struct type, field)
	FORM(PARTITION_INITIALIZE, hvpersona_partition_change,
	     RESERVED(hvpersona_partition_change, __reserved)),
	FORM(PARTITION_FINALIZE, hvpersona_partition_change,
	     RESERVED(hvpersona_partition_change, __reserved)),
	FORM(PARTITION_DELETE, hvpersona_partition_change,
	     RESERVED(hvpersona_partition_change, __reserved)),
	FORM(PROPERTY_GET, hvpersona_property, RESERVED(hvpersona_property, __reserved)),
	FORM(PROPERTY_SET, hvpersona_property, RESERVED(hvpersona_property, __reserved)),
	FORM(MEMORY_DEPOSIT, hvpersona_memory, RESERVED(hvpersona_memory, __reserved)),
	FORM(MEMORY_WITHDRAW, hvpersona_memory, RESERVED(hvpersona_memory, __reserved)),
	FORM(MEMORY_BALANCE, hvpersona_memory_balance,
	     RESERVED(hvpersona_memory_balance, __reserved)),
	FORM(GPA_MAP, hvpersona_gpa_map, RESERVED(hvpersona_gpa_map, __reserved)),
	FORM(GPA_UNMAP, hvpersona_gpa_map, RESERVED(hvpersona_gpa_map, __reserved)),
	FORM(GPA_NEXT, hvpersona_gpa_next, RESERVED(hvpersona_gpa_next, __reserved)),
	FORM(VP_CREATE, hvpersona_vp_change, 0),
	FORM(VP_DELETE, hvpersona_vp_change, 0),
	FORM(VP_GET_REGISTERS, hvpersona_vp_registers,
	     RESERVED(hvpersona_vp_registers, __reserved)),
	FORM(VP_SET_REGISTERS, hvpersona_vp_registers,
	     RESERVED(hvpersona_vp_registers, __reserved)),
	FORM(PARTITION_CREATE, hvpersona_partition_create,
	     RESERVED(hvpersona_partition_create, __reserved),
	     RESERVED(hvpersona_partition_create, __reserved2)),
};

static int refuses(int fd, const struct form *form, const union any *any, int error)
{
	union any copy = *any;

	return ioctl(fd, form->request, &copy) == -1 && errno == error;
}

static void forms_are_checked(int fd, const struct form *form)
{
	bool for_device = form->request == HVPERSONA_PARTITION_CREATE;
	int null = open("/dev/null", O_RDWR), right = for_device ? device : fd;
	union any any = { .size = form->size - 4 };
	int ok = refuses(right, form, &any, EINVAL);
	char text[80];

	any.size = form->size + 8;
	any.bytes[form->size] = 1;
	ok &= refuses(right, form, &any, E2BIG);
	any.bytes[form->size] = 0;
	any.size = form->size;
	for (size_t i = 0; i < ARRAY_SIZE(form->reserved); i++)
		if (form->reserved[i]) {
			any.bytes[form->reserved[i]] = 1;
			ok &= refuses(right, form, &any, EINVAL);
			any.bytes[form->reserved[i]] = 0;
		}
	ok &= refuses(for_device ? fd : device, form, &any, ENOTTY);
	ok &= refuses(null, form, &any, ENOTTY);
	ok &= ioctl(right, form->request, NULL) == -1 && errno == EFAULT;
	close(null);
	snprintf(text, sizeof(text), "%s: sizes, reserved fields, foreign descriptors", form->name);
	result(ok, text, ok, errno);
}

static void shapes(void)
{
	int fd = active_child();

	expect("an active child", 0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		forms_are_checked(fd, &forms[i]);
	expect("initialize with a flag", EOPNOTSUPP, change(fd, HVPERSONA_PARTITION_INITIALIZE, 1));
	expect("finalize with a flag", EOPNOTSUPP, change(fd, HVPERSONA_PARTITION_FINALIZE, 1));
	expect("delete with an unknown flag", EOPNOTSUPP,
	       change(fd, HVPERSONA_PARTITION_DELETE, 2));
	result(state_of(fd) == HVPERSONA_STATE_ACTIVE, "nothing of this had an effect",
	       state_of(fd), 0);
	close(fd);
}

/* Every ioctl in every state */

enum { CREATED, ACTIVE, FINALIZED, DELETED, STATES };

static int in_state(int state)
{
	int fd = make_child(0, 0, -1);

	memory(fd, HVPERSONA_MEMORY_DEPOSIT, 512);
	if (state >= ACTIVE)
		change(fd, HVPERSONA_PARTITION_INITIALIZE, 0);
	if (state >= FINALIZED)
		change(fd, HVPERSONA_PARTITION_FINALIZE, 0);
	if (state >= DELETED)
		change(fd, HVPERSONA_PARTITION_DELETE, HVPERSONA_DELETE_FORCE);
	return fd;
}

static int do_initialize(int fd) { return change(fd, HVPERSONA_PARTITION_INITIALIZE, 0); }
static int do_finalize(int fd) { return change(fd, HVPERSONA_PARTITION_FINALIZE, 0); }
static int do_delete(int fd) { return change(fd, HVPERSONA_PARTITION_DELETE, 0); }
static int do_force(int fd) { return change(fd, HVPERSONA_PARTITION_DELETE, 1); }
static int do_deposit(int fd) { return memory(fd, HVPERSONA_MEMORY_DEPOSIT, 4) == 4 ? 0 : -1; }
static int do_withdraw(int fd) { return memory(fd, HVPERSONA_MEMORY_WITHDRAW, 4) == 4 ? 0 : -1; }
static int do_map(int fd) { return map(fd, HVPERSONA_GPA_MAP, 0, 0, 1, NO_ACCESS); }
static int do_unmap(int fd) { return map(fd, HVPERSONA_GPA_UNMAP, 0, 0, 1, 0); }
static int do_vp_create(int fd) { return vp(fd, HVPERSONA_VP_CREATE, 0); }
static int do_vp_delete(int fd) { return vp(fd, HVPERSONA_VP_DELETE, 0); }

static int property(int fd, unsigned long request)
{
	struct hvpersona_property property = { .size = sizeof(property), .code = TIME_FREEZE };

	return ioctl(fd, request, &property);
}

static int do_get(int fd) { return property(fd, HVPERSONA_PROPERTY_GET); }
static int do_set(int fd) { return property(fd, HVPERSONA_PROPERTY_SET); }

static int do_balance(int fd)
{
	struct hvpersona_memory_balance balance = { .size = sizeof(balance) };
	int ret = ioctl(fd, HVPERSONA_MEMORY_BALANCE, &balance);

	return ret || balance.out_available + balance.out_in_use == balance.out_host_pages ? ret : -1;
}

static int do_next(int fd)
{
	struct hvpersona_gpa_next next = { .size = sizeof(next) };

	return ioctl(fd, HVPERSONA_GPA_NEXT, &next);
}

static int registers(int fd, unsigned long request, struct hvpersona_register *list, __u32 count)
{
	struct hvpersona_vp_registers regs = {
		.size = sizeof(regs), .registers = (unsigned long)list, .count = count,
	};
	int ret = ioctl(fd, request, &regs);

	return ret ?: (int)regs.out_done;
}

static int do_get_registers(int fd)
{
	struct hvpersona_register rip = { .name = RIP };

	return registers(fd, HVPERSONA_VP_GET_REGISTERS, &rip, 1);
}

static int do_set_registers(int fd)
{
	struct hvpersona_register rip = { .name = RIP };

	return registers(fd, HVPERSONA_VP_SET_REGISTERS, &rip, 1);
}

static int do_vp_info(int fd)
{
	struct hvpersona_vp_info info = { .size = sizeof(info) };

	return ioctl(fd, HVPERSONA_VP_INFO, &info);
}

static int do_detach(int fd)
{
	struct hvpersona_partition_detach detach = { .size = sizeof(detach) };

	return ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach);
}

/* In a child without VPs and mappings, but with a pool that is not empty */
static const struct step {
	const char *name;
	int (*run)(int fd);
	int error[STATES];
} steps[] = {
	{ "initialize", do_initialize, { 0, EBADFD, EBADFD, ENODEV } },
	{ "finalize", do_finalize, { EBADFD, 0, EBADFD, ENODEV } },
	{ "delete", do_delete, { EPERM, EBADFD, EPERM, ENODEV } },
	{ "delete by force", do_force, { 0, 0, 0, ENODEV } },
	{ "get a property", do_get, { EBADFD, 0, EBADFD, ENODEV } },
	{ "set a property", do_set, { EBADFD, 0, EBADFD, ENODEV } },
	{ "deposit", do_deposit, { 0, 0, EBADFD, ENODEV } },
	{ "withdraw", do_withdraw, { 0, 0, 0, ENODEV } },
	{ "balance", do_balance, { 0, 0, 0, ENODEV } },
	{ "map", do_map, { EBADFD, 0, EBADFD, ENODEV } },
	{ "unmap", do_unmap, { EBADFD, 0, EBADFD, ENODEV } },
	{ "list ranges", do_next, { ENOENT, ENOENT, ENOENT, ENODEV } },
	{ "create a VP", do_vp_create, { EBADFD, 0, EBADFD, ENODEV } },
	{ "delete a VP", do_vp_delete, { EBADFD, ENOENT, EBADFD, ENODEV } },
	{ "get registers", do_get_registers, { EBADFD, ENOENT, EBADFD, ENODEV } },
	{ "set registers", do_set_registers, { EBADFD, ENOENT, EBADFD, ENODEV } },
	{ "show a VP", do_vp_info, { ENOENT, ENOENT, ENOENT, ENODEV } },
	{ "detach", do_detach, { EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP } },
};

static void states(void)
{
	static const char *const names[STATES] = { "created", "active", "finalized", "deleted" };
	char text[64];
	int fd;

	for (int state = 0; state < STATES; state++)
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
			fd = in_state(state);
			snprintf(text, sizeof(text), "%s: %s", names[state], steps[i].name);
			expect(text, steps[i].error[state], steps[i].run(fd));
			close(fd);
		}
	expect("nothing is left of all these", ENOENT, next());
}

/* Creating */

static void creating(void)
{
	struct hvpersona_partition_create create = new_child(0);
	int memory = memfd_create("memory", 0), null = open("/dev/null", O_RDWR);
	int read_only = open("/proc/self/exe", O_RDONLY), fds[255], fd, n;
	struct hvpersona_partition_info info;

	create.flags = 2;
	expect("an unknown flag", EOPNOTSUPP, ioctl(device, HVPERSONA_PARTITION_CREATE, &create));
	create = new_child(0);
	create.creation_flags = 1ULL << 40;
	expect("an unknown creation flag", EINVAL, ioctl(device, HVPERSONA_PARTITION_CREATE, &create));
	result(create.out_status == 5, "is INVALID_PARAMETER", create.out_status, 0);
	create = new_child(0);
	create.compatibility = 0x1234;
	expect("an unknown version", EINVAL, ioctl(device, HVPERSONA_PARTITION_CREATE, &create));
	expect("a parent that does not exist", ENOENT, make_child(~0U, 0, -1));
	expect("memory that is not open", EBADF, make_child(0, 0, 999));
	expect("memory that is a device", EINVAL, make_child(0, 0, null));
	expect("memory that cannot be written", EINVAL, make_child(0, 0, read_only));
	expect("memory of the host", 0, fd = make_child(0, 0, memory));
	expect("it can be asked", 0, partition_info(fd, &info));
	result(info.out_role == HVPERSONA_ROLE_CHILD && info.out_state == HVPERSONA_STATE_CREATED &&
	       info.out_parent_id == 1 && info.out_instance == 0 && !info.out_parent_handle &&
	       info.out_depth == 1 && info.out_compatibility == VERSION &&
	       info.out_pid == (__u32)getpid(), "it is the host's", info.out_depth, 0);
	close(fd);
	for (n = 0; n < 255; n++) {
		fds[n] = make_child(0, 0, -1);
		if (fds[n] < 0)
			break;
	}
	result(n == 255, "255 children", n, errno);
	expect("but not 256", ENOSPC, make_child(0, 0, -1));
	while (n--)
		close(fds[n]);
	close(read_only);
	close(null);
	close(memory);
	expect("all are gone", ENOENT, next());
}

static void generations(void)
{
	__u32 handle;
	int fd[4], i;

	fd[0] = make_child(0, 0, -1);
	handle = handle_of(fd[0]);
	expect("a parent that is not active", EBADFD, make_child(handle, 0, -1));
	change(fd[0], HVPERSONA_PARTITION_INITIALIZE, 0);
	expect("a parent without memory", ENOBUFS, make_child(handle, 0, -1));
	memory(fd[0], HVPERSONA_MEMORY_DEPOSIT, 64);
	expect("memory that is not the parent's", EINVAL, make_child(handle, 0, 0));
	for (i = 1; i < 3; i++) {
		expect("a child of a child", 0, fd[i] = make_child(handle_of(fd[i - 1]), 0, -1));
		memory(fd[i], HVPERSONA_MEMORY_DEPOSIT, 64);
		change(fd[i], HVPERSONA_PARTITION_INITIALIZE, 0);
	}
	expect("but only three generations", ELOOP, make_child(handle_of(fd[2]), 0, -1));
	expect("a parent is not finalized", EPERM, change(fd[0], HVPERSONA_PARTITION_FINALIZE, 0));
	close(fd[0]);
	result(state_of(fd[1]) == HVPERSONA_STATE_GONE && state_of(fd[2]) == HVPERSONA_STATE_GONE,
	       "they go with the first", state_of(fd[2]), 0);
	close(fd[2]);
	close(fd[1]);
	expect("and nothing is left", ENOENT, next());
}

/* The descriptor that owns a child, and others */
static void owners(void)
{
	int fd = make_child(0, 0, -1), copy = dup(fd), other = open_handle(handle_of(fd));
	__u32 handle;

	close(other);
	result(state_of(fd) == HVPERSONA_STATE_CREATED, "another descriptor owns nothing",
	       state_of(fd), 0);
	close(fd);
	result(state_of(copy) == HVPERSONA_STATE_CREATED, "a copy does", state_of(copy), 0);
	other = open_handle(handle_of(copy));
	close(copy);
	result(state_of(other) == HVPERSONA_STATE_GONE, "the last copy takes the child along",
	       state_of(other), 0);
	close(other);

	fd = make_child(0, HVPERSONA_CREATE_KEEP, -1);
	handle = handle_of(fd);
	close(fd);
	expect("a child that is to be kept is", 0, fd = open_handle(handle));
	expect("until it is deleted", 0, change(fd, HVPERSONA_PARTITION_DELETE, 0));
	expect("its handle is nobody's", ENOENT, open_handle(handle));
	close(fd);

	fd = active_child();
	vp(fd, HVPERSONA_VP_CREATE, 0);
	map(fd, HVPERSONA_GPA_MAP, 0, 0, 1024, NO_ACCESS);
	close(fd);
	expect("an active one with a VP goes, too", ENOENT, next());
}

static void creator_killed(void)
{
	int ready[2], fd, status;
	__u32 handle = 0;
	pid_t pid;

	if (pipe(ready))
		return;
	pid = fork();
	if (!pid) {
		fd = active_child();
		vp(fd, HVPERSONA_VP_CREATE, 0);
		make_child(handle_of(fd), 0, -1);
		fd = make_child(0, HVPERSONA_CREATE_KEEP, -1);
		handle = handle_of(fd);
		if (write(ready[1], &handle, sizeof(handle)) < 0)
			_exit(1);
		pause();
	}
	if (read(ready[0], &handle, sizeof(handle)) < 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect("the creator is killed: what is to be kept is there", 0, fd = open_handle(handle));
	expect("and is deleted", 0, change(fd, HVPERSONA_PARTITION_DELETE, 0));
	close(fd);
	expect("the rest is gone", ENOENT, next());
	close(ready[0]);
	close(ready[1]);
}

/* Memory */

static void on_alarm(int signal)
{
	(void)signal;
}

static void pools(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 2000 }, never = { 0 };
	struct hvpersona_memory_balance balance = { .size = sizeof(balance) };
	const struct sigaction action = { .sa_handler = on_alarm };
	int fd = make_child(0, 0, -1);
	long done;

	expect("deposit nothing", 0, memory(fd, HVPERSONA_MEMORY_DEPOSIT, 0));
	sigaction(SIGALRM, &action, NULL);
	/* The emulated host may get its timer interrupt late */
	for (int i = 0; i < 10; i++) {
		setitimer(ITIMER_REAL, &soon, NULL);
		done = memory(fd, HVPERSONA_MEMORY_DEPOSIT, 65536);
		setitimer(ITIMER_REAL, &never, NULL);
		if (done != 65536)
			break;
		memory(fd, HVPERSONA_MEMORY_WITHDRAW, ~0ULL);
	}
	result(done == -1 ? errno == EINTR : done > 0 && done < 65536,
	       "a signal ends a long deposit", done, errno);
	ioctl(fd, HVPERSONA_MEMORY_BALANCE, &balance);
	result(balance.out_host_pages == (__u64)(done > 0 ? done : 0),
	       "and it tells how far it came", balance.out_host_pages, 0);
	done = memory(fd, HVPERSONA_MEMORY_WITHDRAW, ~0ULL);
	result(done == (long)balance.out_available, "all of it can be withdrawn", done, errno);
	expect("then it can be deleted", 0, change(fd, HVPERSONA_PARTITION_DELETE, 0));
	close(fd);
}

static void spaces(void)
{
	struct hvpersona_gpa_next range = { .size = sizeof(range) };
	struct hvpersona_gpa_map part = { .size = sizeof(part), .flags = R_W_X, .count = 2048 };
	int memory_fd = memfd_create("memory", 0), fd;

	if (ftruncate(memory_fd, 4 << 20))
		return;
	fd = make_child(0, 0, memory_fd);
	close(memory_fd);
	expect("a partition is no memory of another", EINVAL, make_child(0, 0, fd));
	memory(fd, HVPERSONA_MEMORY_DEPOSIT, 208);
	change(fd, HVPERSONA_PARTITION_INITIALIZE, 0);
	expect("pages by number that wraps", EINVAL,
	       map(fd, HVPERSONA_GPA_MAP, ~0ULL, 0, 2, NO_ACCESS));
	expect("sources by number that wraps", EINVAL,
	       map(fd, HVPERSONA_GPA_MAP, 0, ~0ULL, 2, R_W_X));
	expect("half a large page", EINVAL, map(fd, HVPERSONA_GPA_MAP, 0, 0, 256, R_W_X | LARGE));
	expect("a large page that is not aligned", EINVAL,
	       map(fd, HVPERSONA_GPA_MAP, 1, 0, 512, R_W_X | LARGE));
	expect("a space that is not there", EINVAL,
	       map(fd, HVPERSONA_GPA_MAP, 1ULL << 50, 0, 1, NO_ACCESS));
	expect("a flag that does not exist", EINVAL,
	       map(fd, HVPERSONA_GPA_MAP, 0, 0, 1, R_W_X | 0x40000000));
	expect("8 MiB, of which 4 exist", EPERM, ioctl(fd, HVPERSONA_GPA_MAP, &part));
	result(part.out_done == 1024 && part.out_status == 8, "stop after the first 4",
	       part.out_done, 0);
	range.gpa_page = 100;
	expect("they are listed", 0, ioctl(fd, HVPERSONA_GPA_NEXT, &range));
	result(range.out_gpa_page == 100 && range.out_source_page == 100 && range.out_count == 924 &&
	       range.out_flags == R_W_X, "from the page on that is asked for",
	       range.out_gpa_page, 0);
	expect("2 MiB are replaced by a large page", 0,
	       map(fd, HVPERSONA_GPA_MAP, 512, 0, 512, R_W_X | LARGE));
	range.gpa_page = 512;
	ioctl(fd, HVPERSONA_GPA_NEXT, &range);
	result(range.out_gpa_page == 512 && range.out_source_page == 0, "which has its own source",
	       range.out_source_page, 0);
	expect("unmapping with an unknown flag", EINVAL, map(fd, HVPERSONA_GPA_UNMAP, 0, 0, 1, 4));
	expect("unmapping", 0, map(fd, HVPERSONA_GPA_UNMAP, 0, 0, 1 << 20, 0));
	range.gpa_page = 0;
	expect("leaves nothing", ENOENT, ioctl(fd, HVPERSONA_GPA_NEXT, &range));
	close(fd);
	fd = active_child();
	expect("without memory of the host there is nothing to map", EPERM,
	       map(fd, HVPERSONA_GPA_MAP, 0, 0, 1, R_W_X));
	close(fd);
}

static void processors(void)
{
	struct hvpersona_register list[3] = { { .name = RIP, .value = { 0x1234 } },
					      { .name = 0x0002ffff }, { .name = RIP } };
	struct hvpersona_vp_registers regs = {
		.size = sizeof(regs), .registers = (unsigned long)list, .count = 3,
	};
	struct hvpersona_vp_info info = { .size = sizeof(info) };
	int fd = active_child();

	expect("a VP", 0, vp(fd, HVPERSONA_VP_CREATE, 3));
	expect("twice", ENOENT, vp(fd, HVPERSONA_VP_CREATE, 3));
	expect("index 256", ENOENT, vp(fd, HVPERSONA_VP_CREATE, 256));
	expect("index -2", ENOENT, vp(fd, HVPERSONA_VP_CREATE, ~1U));
	expect("it is shown", 0, ioctl(fd, HVPERSONA_VP_INFO, &info));
	result(info.out_vp_index == 3 && info.out_apic_id == 3 && !info.out_tid &&
	       !info.out_hypercalls, "by index and APIC id", info.out_apic_id, 0);
	regs.vp_index = 3;
	expect("registers, the second unknown", ENOENT, ioctl(fd, HVPERSONA_VP_SET_REGISTERS, &regs));
	result(regs.out_done == 1 && regs.out_status == 0x87, "one was set", regs.out_done, 0);
	regs.count = 1;
	list[0].value[0] = 0;
	expect("it is read", 0, ioctl(fd, HVPERSONA_VP_GET_REGISTERS, &regs));
	result(list[0].value[0] == 0x1234, "as it was set", list[0].value[0], 0);
	list[0].__reserved = 1;
	expect("a reserved field of a register", EINVAL, ioctl(fd, HVPERSONA_VP_GET_REGISTERS, &regs));
	list[0].__reserved = 0;
	regs.count = HVPERSONA_MAX_REGISTERS + 1;
	expect("too many registers", EINVAL, ioctl(fd, HVPERSONA_VP_GET_REGISTERS, &regs));
	regs.count = 1;
	regs.registers = 8;
	expect("registers to nowhere", EFAULT, ioctl(fd, HVPERSONA_VP_GET_REGISTERS, &regs));
	expect("the VP is deleted", 0, vp(fd, HVPERSONA_VP_DELETE, 3));
	expect("once", ENOENT, vp(fd, HVPERSONA_VP_DELETE, 3));
	close(fd);
}

/* Children of a virtual machine */

static int attach_root(int vm)
{
	struct hvpersona_attach attach = {
		.size = sizeof(attach), .role = HVPERSONA_ROLE_ROOT, .vm_fd = vm,
	};

	return ioctl(device, HVPERSONA_ATTACH, &attach);
}

static void of_a_machine(void)
{
	struct hvpersona_partition_info info;
	int vm, vcpu, root, fd, kept;

	vm = make_vm(&vcpu);
	expect("a root", 0, root = attach_root(vm));
	expect("has no memory for children", ENOBUFS, make_child(handle_of(root), 0, -1));
	expect("the host gives it some", 0, memory(root, HVPERSONA_MEMORY_DEPOSIT, 64));
	expect("a child of it", 0, fd = make_child(handle_of(root), 0, -1));
	partition_info(fd, &info);
	result(info.out_parent_handle == handle_of(root) && info.out_instance && info.out_parent_id == 1,
	       "is in its instance", info.out_instance, 0);
	expect("one that is kept", 0, kept = make_child(handle_of(root), HVPERSONA_CREATE_KEEP, -1));
	memory(fd, HVPERSONA_MEMORY_DEPOSIT, 208);
	expect("the host initializes it", 0, change(fd, HVPERSONA_PARTITION_INITIALIZE, 0));
	expect("no-access pages", 0, map(fd, HVPERSONA_GPA_MAP, 0, 0, 1024, NO_ACCESS));
	expect("memory that the root does not have", EPERM,
	       map(fd, HVPERSONA_GPA_MAP, 0, 0, 1, R_W_X));
	expect("a VP", 0, vp(fd, HVPERSONA_VP_CREATE, 0));
	expect("the root itself is no child", EOPNOTSUPP,
	       change(root, HVPERSONA_PARTITION_FINALIZE, 0));
	expect("nor has it such VPs", EOPNOTSUPP, vp(root, HVPERSONA_VP_CREATE, 1));
	expect("the child's descriptor is closed: the root lives", 0, close(fd));
	result(state_of(root) == HVPERSONA_STATE_ACTIVE, "on", state_of(root), 0);
	close(vcpu);
	close(vm);
	result(state_of(kept) == HVPERSONA_STATE_GONE, "the VM dies and takes its child along",
	       state_of(kept), 0);
	expect("which is a child no more", ENODEV, change(kept, HVPERSONA_PARTITION_INITIALIZE, 0));
	close(kept);
	close(root);
	expect("nothing is left", ENOENT, next());

	vm = make_vm(&vcpu);
	root = attach_root(vm);
	memory(root, HVPERSONA_MEMORY_DEPOSIT, 64);
	fd = make_child(handle_of(root), 0, -1);
	expect("detaching takes children, too", 0, do_detach(root));
	result(state_of(fd) == HVPERSONA_STATE_GONE, "gone", state_of(fd), 0);
	expect("closed afterwards", 0, close(fd));
	close(root);
	close(vcpu);
	close(vm);
	expect("nothing is left of these", ENOENT, next());
}

int main(void)
{
	device = open("/dev/hvpersona", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/hvpersona");
		return 2;
	}
	shapes();
	states();
	creating();
	generations();
	owners();
	creator_killed();
	pools();
	spaces();
	processors();
	of_a_machine();
	return finish();
}
