// SPDX-License-Identifier: GPL-2.0
/*
 * Access to /dev/hvpersona.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hvctl.h"

#define DEVICE	"/dev/hvpersona"

bool module_loaded(void)
{
	return !access("/sys/module/hvpersona", F_OK);
}

int device_open_quiet(void)
{
	return open(DEVICE, O_RDWR | O_CLOEXEC);
}

int device_open(void)
{
	static const struct words words[] = {
		{ ENXIO, "no driver behind it", "modprobe hvpersona" },
		{ EACCES, "permission denied", "run hvctl as root (the device's mode is a udev rule)" },
		{ EPERM, "permission denied", "run hvctl as root (the device's mode is a udev rule)" },
		{ 0 }
	};
	int fd = device_open_quiet();

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		fail_errno(words, DEVICE);
	else if (module_loaded())
		fail("udevadm trigger --name-match=hvpersona",
		     "the module hvpersona is loaded, but %s is missing", DEVICE);
	else
		fail("modprobe hvpersona", "the module hvpersona is not loaded");
	return -1;
}

/* ioctl that tells what it does with --debug */
int device_ioctl(int fd, unsigned long request, void *arg)
{
	static const char *const names[] = {
		[HVPERSONA_CMD_INFO] = "INFO",
		[HVPERSONA_CMD_CALL_INFO] = "CALL_INFO",
		[HVPERSONA_CMD_CLAIM] = "CLAIM",
		[HVPERSONA_CMD_ATTACH] = "ATTACH",
		[HVPERSONA_CMD_PARTITION_NEXT] = "PARTITION_NEXT",
		[HVPERSONA_CMD_PARTITION_OPEN] = "PARTITION_OPEN",
		[HVPERSONA_CMD_PARTITION_INFO] = "PARTITION_INFO",
		[HVPERSONA_CMD_PARTITION_DETACH] = "PARTITION_DETACH",
		[HVPERSONA_CMD_VP_INFO] = "VP_INFO",
		[HVPERSONA_CMD_CALL_STATS] = "CALL_STATS",
		[HVPERSONA_CMD_PARTITION_CREATE] = "PARTITION_CREATE",
		[HVPERSONA_CMD_PARTITION_INITIALIZE] = "PARTITION_INITIALIZE",
		[HVPERSONA_CMD_PARTITION_FINALIZE] = "PARTITION_FINALIZE",
		[HVPERSONA_CMD_PARTITION_DELETE] = "PARTITION_DELETE",
		[HVPERSONA_CMD_PROPERTY_GET] = "PROPERTY_GET",
		[HVPERSONA_CMD_PROPERTY_SET] = "PROPERTY_SET",
		[HVPERSONA_CMD_MEMORY_DEPOSIT] = "MEMORY_DEPOSIT",
		[HVPERSONA_CMD_MEMORY_WITHDRAW] = "MEMORY_WITHDRAW",
		[HVPERSONA_CMD_MEMORY_BALANCE] = "MEMORY_BALANCE",
		[HVPERSONA_CMD_GPA_MAP] = "GPA_MAP",
		[HVPERSONA_CMD_GPA_UNMAP] = "GPA_UNMAP",
		[HVPERSONA_CMD_GPA_NEXT] = "GPA_NEXT",
		[HVPERSONA_CMD_VP_CREATE] = "VP_CREATE",
		[HVPERSONA_CMD_VP_DELETE] = "VP_DELETE",
		[HVPERSONA_CMD_VP_GET_REGISTERS] = "VP_GET_REGISTERS",
		[HVPERSONA_CMD_VP_SET_REGISTERS] = "VP_SET_REGISTERS",
		[HVPERSONA_CMD_PORT_CREATE] = "PORT_CREATE",
		[HVPERSONA_CMD_PORT_DELETE] = "PORT_DELETE",
		[HVPERSONA_CMD_PORT_NEXT] = "PORT_NEXT",
		[HVPERSONA_CMD_PORT_PROPERTY_GET] = "PORT_PROPERTY_GET",
		[HVPERSONA_CMD_PORT_PROPERTY_SET] = "PORT_PROPERTY_SET",
		[HVPERSONA_CMD_CONNECTION_CREATE] = "CONNECTION_CREATE",
		[HVPERSONA_CMD_CONNECTION_DELETE] = "CONNECTION_DELETE",
		[HVPERSONA_CMD_CONNECTION_NEXT] = "CONNECTION_NEXT",
		[HVPERSONA_CMD_POST_MESSAGE] = "POST_MESSAGE",
		[HVPERSONA_CMD_SIGNAL_EVENT] = "SIGNAL_EVENT",
	};
	int ret = ioctl(fd, request, arg), err = errno;

	if (debug)
		note("ioctl(%d, HVPERSONA_%s) = %d%s%s", fd, names[_IOC_NR(request)], ret,
		     ret < 0 ? " " : "", ret < 0 ? strerrorname_np(err) : "");
	errno = err;
	return ret;
}

/* The first line of a file, without its newline */
bool read_line(char *buf, size_t size, const char *fmt, ...)
{
	char path[256];
	va_list ap;
	FILE *file;
	bool ok;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fgets(buf, size, file);
	fclose(file);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}
