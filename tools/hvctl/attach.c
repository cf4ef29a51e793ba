// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl attach, hvctl detach: give a virtual machine that exists the personality,
 * and take it away again.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hvctl.h"

#define VM_LINK	"anon_inode:kvm-vm"

static bool is_vm(pid_t pid, int fd)
{
	char path[64], link[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	len = readlink(path, link, sizeof(link));
	return len == sizeof(VM_LINK) - 1 && !memcmp(link, VM_LINK, len);
}

static bool same_file(pid_t pid, int a, int b)
{
	return !syscall(SYS_kcmp, pid, pid, KCMP_FILE, a, b);
}

/* The descriptor of the process's only virtual machine; -1 after a message */
static int find_vm(pid_t pid)
{
	int found = -1, other = -1;
	struct dirent *entry;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir) {
		fail_errno((const struct words[]) { { ENOENT, "no such process" }, { 0 } },
			   "process %d", pid);
		return -1;
	}
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || !is_vm(pid, fd))
			continue;
		if (found < 0)
			found = fd;
		else if (!same_file(pid, found, fd))
			other = fd;
	}
	closedir(dir);
	if (found < 0) {
		fail("pgrep -a qemu", "process %d: there is no virtual machine of KVM in it", pid);
	} else if (other >= 0) {
		fail("--fd with one of them (ls -l /proc/PID/fd)",
		     "process %d: more than one virtual machine, for example descriptors %d and %d",
		     pid, found, other);
		return -1;
	}
	return found;
}

/* The caller's copy of a descriptor of another process; -1 after a message */
static int fetch_vm(pid_t pid, int number)
{
	static const struct words words[] = {
		{ EINVAL, "not a process (a thread?)", "the PID of the VMM's process" },
		{ EBADF, "the descriptor is not open in it", NULL },
		{ EPERM, "permission denied", "run hvctl as root" },
		{ 0 }
	};
	int pidfd = syscall(SYS_pidfd_open, pid, 0), fd = -1;

	if (pidfd >= 0)
		fd = syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		fail_errno(words, "process %d", pid);
	if (pidfd >= 0)
		close(pidfd);
	return fd;
}

static int attach(struct args *args)
{
	static const struct words words[] = {
		{ EBUSY, "the virtual machine is attached already", "hvctl partition list" },
		{ EOPNOTSUPP,
		  "no in-kernel local APIC, encrypted memory, or a role that this kernel does not offer",
		  "hvctl features, or start QEMU with kernel-irqchip=on" },
		{ EINVAL, "not the descriptor of a virtual machine, or an unknown privilege", NULL },
		{ EBADF, "not the descriptor of a virtual machine", NULL },
		{ ENODEV, "the virtual machine is being destroyed", NULL },
		{ 0 }
	};
	struct hvpersona_attach attach = { .size = sizeof(attach) };
	struct hvpersona_partition_info info;
	uint64_t pid, number, set, clear;
	int dev, fd;

	if (!args->opt[OPT_PID])
		return usage("attach: which process? (--pid PID)");
	if (!parse_number("--pid", args->opt[OPT_PID], INT32_MAX, &pid) ||
	    parse_personality(args, &attach.role, &attach.flags, &set, &clear))
		return failure;
	attach.privileges_set = set;
	attach.privileges_clear = clear;
	dev = device_open();
	if (dev < 0)
		return failure;
	if (!args->opt[OPT_FD])
		number = fd = find_vm(pid);
	else
		fd = parse_number("--fd", args->opt[OPT_FD], INT32_MAX, &number) ? 0 : -1;
	if (fd < 0)
		return failure;
	attach.vm_fd = fetch_vm(pid, number);
	if (attach.vm_fd < 0)
		return failure;
	fd = device_ioctl(dev, HVPERSONA_ATTACH, &attach);
	if (fd < 0 || partition_info(fd, &info) < 0)
		return fail_errno(words, "process %d", (int)pid);
	if (format != FORMAT_TEXT)
		out_json(stdout, "handle", json_object_new_uint64(info.out_handle));
	else
		printf("%u\n", info.out_handle);
	return EXIT_OK;
}

static int detach(struct args *args)
{
	struct hvpersona_partition_detach detach = { .size = sizeof(detach) };
	char by_pid[32], *name = args->argv[0];
	uint64_t pid;
	int dev, fd;

	if (!name == !args->opt[OPT_PID])
		return usage("detach: name one partition, by its handle or by --pid");
	if (!name) {
		if (!parse_number("--pid", args->opt[OPT_PID], INT32_MAX, &pid))
			return failure;
		snprintf(by_pid, sizeof(by_pid), "pid:%d", (int)pid);
		name = by_pid;
	}
	dev = device_open();
	fd = dev < 0 ? -1 : partition_find(dev, name);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach) < 0)
		return fail_errno(NULL, "partition %s", name);
	if (format != FORMAT_TEXT)
		out_json(stdout, "detached", json_object_new_boolean(true));
	return EXIT_OK;
}

const struct object object_attach = {
	"attach", "give a virtual machine that exists the personality",
	(const struct command[]) {
		{ NULL, "", "attach the VM of a VMM, best one started with -S; prints the handle",
		  BIT(OPT_PID) | BIT(OPT_FD) | BIT(OPT_ROLE) | BIT(OPT_PRIVILEGES) |
		  BIT(OPT_VSM) | BIT(OPT_VTL), 0, false, attach },
		{ 0 }
	}
};

const struct object object_detach = {
	"detach", "take the personality away, or withdraw a claim",
	(const struct command[]) {
		{ NULL, "PARTITION", "a guest that uses the personality will not survive it",
		  BIT(OPT_PID), 1, false, detach },
		{ 0 }
	}
};
