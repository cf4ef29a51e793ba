// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls on ports and connections, and the descriptors of the host's ports: by a caller that
 * means ill, by one that waits, and by a virtual machine that sends for good. Prints TAP.
 * Expected errnos and what reading does are those of include/uapi/linux/hvpersona.h, statuses
 * those of the ABI sheet's section "Ports, messages and events".
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/hvpersona.h>

#include "tap.h"
#include "vm.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HOST		0		/* its handle */
#define VERSION		0x0609		/* linux-clients 6.3 */
#define BUFFERS		16
#define ID_MAX		0xffffff
#define POST_MESSAGES	(1ULL << 36)
#define SIGNAL_EVENTS	(1ULL << 37)

/* HV_STATUS */
#define INVALID_PARAMETER	0x0005
#define ACCESS_DENIED		0x0006
#define INVALID_PARTITION_ID	0x000d
#define INVALID_VP_INDEX	0x000e
#define INVALID_PORT_ID		0x0011
#define INVALID_CONNECTION_ID	0x0012
#define INSUFFICIENT_BUFFERS	0x0013
#define INVALID_SYNIC_STATE	0x0018
#define INVALID_VTL_STATE	0x0051

/* Registers of a child: the sheet's section 7 */
#define SINT2		0x000a0002
#define SCONTROL	0x000a0010
#define SIPP		0x000a0013

static int device;
static __u32 status;	/* of the last ioctl */

/* HV_MESSAGE */
struct message {
	__u32 type;
	__u8 size, flags;
	__u16 reserved;
	__u64 port;
	__u8 payload[240];
};

/* Making things */

static int make_child(void)
{
	struct hvpersona_partition_create create = {
		.size = sizeof(create), .memory_fd = -1, .compatibility = VERSION,
	};

	return ioctl(device, HVPERSONA_PARTITION_CREATE, &create);
}

static int deposit(int fd, __u64 pages)
{
	struct hvpersona_memory memory = { .size = sizeof(memory), .count = pages };

	return ioctl(fd, HVPERSONA_MEMORY_DEPOSIT, &memory);
}

static int change(int fd, unsigned long request, __u32 flags)
{
	struct hvpersona_partition_change change = { .size = sizeof(change), .flags = flags };

	return ioctl(fd, request, &change);
}

static int active_child(void)
{
	int fd = make_child();

	deposit(fd, 128);
	change(fd, HVPERSONA_PARTITION_INITIALIZE, 0);
	return fd;
}

static int make_vp(int fd, __u32 index)
{
	struct hvpersona_vp_change change = { .size = sizeof(change), .vp_index = index };

	return ioctl(fd, HVPERSONA_VP_CREATE, &change);
}

static int delete_vp(int fd, __u32 index)
{
	struct hvpersona_vp_change change = { .size = sizeof(change), .vp_index = index };

	return ioctl(fd, HVPERSONA_VP_DELETE, &change);
}

static int set_register(int fd, __u32 name, __u64 value)
{
	struct hvpersona_register reg = { .name = name, .value = { value } };
	struct hvpersona_vp_registers regs = {
		.size = sizeof(regs), .registers = (unsigned long)&reg, .count = 1,
	};

	return ioctl(fd, HVPERSONA_VP_SET_REGISTERS, &regs);
}

static __u32 handle_of(int fd)
{
	struct hvpersona_partition_info info = { .size = sizeof(info) };

	return ioctl(fd, HVPERSONA_PARTITION_INFO, &info) ? 0 : info.out_handle;
}

static struct hvpersona_port_create new_port(__u32 port, __u32 peer, __u16 flags)
{
	return (struct hvpersona_port_create) {
		.size = sizeof(struct hvpersona_port_create), .port = port, .peer = peer,
		.type = flags ? HVPERSONA_PORT_EVENT : HVPERSONA_PORT_MESSAGE,
		.flag_count = flags, .event_fd = -1,
	};
}

static int create_port(int fd, struct hvpersona_port_create create)
{
	int ret = ioctl(fd, HVPERSONA_PORT_CREATE, &create);

	status = create.out_status;
	return ret;
}

/* A port of the host's: its descriptor */
static int host_port(__u32 port, __u32 peer, __u16 flags)
{
	return create_port(device, new_port(port, peer, flags));
}

/* A port of a partition's */
static int port_at(int fd, __u32 port, __u32 peer, __u16 flags, __u32 sint, __u32 vp)
{
	struct hvpersona_port_create create = new_port(port, peer, flags);

	create.sint = sint;
	create.vp_index = vp;
	return create_port(fd, create);
}

static struct hvpersona_connection_create new_connection(__u32 connection, __u32 peer, __u32 port,
							  __u32 type)
{
	return (struct hvpersona_connection_create) {
		.size = sizeof(struct hvpersona_connection_create), .connection = connection,
		.peer = peer, .port = port, .type = type,
	};
}

static int create_connection(int fd, struct hvpersona_connection_create create)
{
	int ret = ioctl(fd, HVPERSONA_CONNECTION_CREATE, &create);

	status = create.out_status;
	return ret;
}

static int connect_to(int fd, __u32 connection, __u32 peer, __u32 port, __u32 type)
{
	return create_connection(fd, new_connection(connection, peer, port, type));
}

static int delete(int fd, unsigned long request, __u32 id)
{
	struct hvpersona_port_delete del = { .size = sizeof(del), .id = id };
	int ret = ioctl(fd, request, &del);

	status = del.out_status;
	return ret;
}

static int delete_port(int fd, __u32 port)
{
	return delete(fd, HVPERSONA_PORT_DELETE, port);
}

static int disconnect(int fd, __u32 connection)
{
	return delete(fd, HVPERSONA_CONNECTION_DELETE, connection);
}

static int post(__u32 connection, __u32 type, const char *text, __u32 size)
{
	struct hvpersona_post_message post = {
		.size = sizeof(post), .connection = connection, .type = type,
		.payload_size = size, .payload = (unsigned long)text,
	};
	int ret = ioctl(device, HVPERSONA_POST_MESSAGE, &post);

	status = post.out_status;
	return ret;
}

static int signal_flag(__u32 connection, __u16 flag)
{
	struct hvpersona_signal_event event = {
		.size = sizeof(event), .connection = connection, .flag = flag,
	};
	int ret = ioctl(device, HVPERSONA_SIGNAL_EVENT, &event);

	status = event.out_status;
	return ret;
}

static int next_port(int fd, __u32 from, struct hvpersona_port_next *next)
{
	*next = (struct hvpersona_port_next) { .size = sizeof(*next), .port = from };
	return ioctl(fd, HVPERSONA_PORT_NEXT, next);
}

static int next_connection(int fd, __u32 from, struct hvpersona_connection_next *next)
{
	*next = (struct hvpersona_connection_next) { .size = sizeof(*next), .connection = from };
	return ioctl(fd, HVPERSONA_CONNECTION_NEXT, next);
}

/* Refused by the hypervisor, with this status */
static void refused(const char *what, int error, __u32 want, long got)
{
	int err = errno;

	result(got == -1 && err == error && status == want, what, status, err);
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
	bool for_partitions;
	size_t reserved[2];	/* must be zero; 0: none */
} forms[] = {
#define FORM(request, type, partitions, ...)	\
	{ #request, HVPERSONA_##request, sizeof(struct type), partitions, { __VA_ARGS__ } }
#define RESERVED(type, field)	offsetof(struct type, field)
	FORM(PORT_CREATE, hvpersona_port_create, true, RESERVED(hvpersona_port_create, __reserved),
	     RESERVED(hvpersona_port_create, __reserved2)),
	FORM(PORT_DELETE, hvpersona_port_delete, true, RESERVED(hvpersona_port_delete, __reserved)),
	FORM(PORT_NEXT, hvpersona_port_next, true, RESERVED(hvpersona_port_next, __reserved)),
	FORM(PORT_PROPERTY_GET, hvpersona_port_property, true),
	FORM(PORT_PROPERTY_SET, hvpersona_port_property, true),
	FORM(CONNECTION_CREATE, hvpersona_connection_create, true,
	     RESERVED(hvpersona_connection_create, __reserved) + 6,
	     RESERVED(hvpersona_connection_create, __reserved2)),
	FORM(CONNECTION_DELETE, hvpersona_port_delete, true,
	     RESERVED(hvpersona_port_delete, __reserved)),
	FORM(CONNECTION_NEXT, hvpersona_connection_next, true),
	FORM(POST_MESSAGE, hvpersona_post_message, false,
	     RESERVED(hvpersona_post_message, __reserved)),
	FORM(SIGNAL_EVENT, hvpersona_signal_event, false,
	     RESERVED(hvpersona_signal_event, __reserved)),
};

static int refuses(int fd, const struct form *form, const union any *any, int error)
{
	union any copy = *any;

	return ioctl(fd, form->request, &copy) == -1 && errno == error;
}

static int form_is_checked(int fd, const struct form *form)
{
	union any any = { .size = form->size - 4 };
	int ok = refuses(fd, form, &any, EINVAL);

	any.size = form->size + 8;
	any.bytes[form->size] = 1;
	ok &= refuses(fd, form, &any, E2BIG);
	any.bytes[form->size] = 0;
	any.size = form->size;
	for (size_t i = 0; i < ARRAY_SIZE(form->reserved); i++)
		if (form->reserved[i]) {
			any.bytes[form->reserved[i]] = 1;
			ok &= refuses(fd, form, &any, EINVAL);
			any.bytes[form->reserved[i]] = 0;
		}
	return ok & (ioctl(fd, form->request, NULL) == -1 && errno == EFAULT);
}

static void shapes(void)
{
	int null = open("/dev/null", O_RDWR), child = active_child();
	int port = host_port(1, handle_of(child), 0);

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];
		union any any = { .size = form->size };
		int ok = form_is_checked(device, form) & refuses(null, form, &any, ENOTTY) &
			 refuses(port, form, &any, ENOTTY);
		char text[80];

		ok &= form->for_partitions ? form_is_checked(child, form) :
					     refuses(child, form, &any, ENOTTY);
		snprintf(text, sizeof(text), "%s: sizes, reserved fields, descriptors", form->name);
		result(ok, text, ok, errno);
	}
	close(port);
	close(child);
	close(null);
}

/* Ports of the host: what can be wrong with them */

static int with_event_fd(__u32 peer, int event_fd)
{
	struct hvpersona_port_create create = new_port(1, peer, 0);

	create.event_fd = event_fd;
	return create_port(device, create);
}

static void wrong_fields(__u32 peer)
{
	struct hvpersona_port_create create = new_port(1, peer, 0);

	create.flags = 1;
	expect("a port with an unknown flag", EOPNOTSUPP, create_port(device, create));
	create = new_port(1, peer, 0);
	create.type = HVPERSONA_PORT_DOORBELL;
	expect("the host has no doorbells", EOPNOTSUPP, create_port(device, create));
	create.type = HVPERSONA_PORT_MONITOR;
	expect("nor monitor pages", EOPNOTSUPP, create_port(device, create));
	create.type = 7;
	expect("a type that does not exist", EOPNOTSUPP, create_port(device, create));
	create = new_port(1, peer, 0);
	create.sint = 2;
	expect("the host has no SINT", EINVAL, create_port(device, create));
	create = new_port(1, peer, 0);
	create.min_connection_vtl = 1;
	expect("nor virtual trust levels", EINVAL, create_port(device, create));
	create = new_port(1, peer, 0);
	create.monitor_page = 4096;
	expect("a page that is not for it", EINVAL, create_port(device, create));
	create = new_port(1, peer, 1);
	create.flag_count = 0;
	expect("an event port without flags", EINVAL, create_port(device, create));
	create.flag_count = 2049;
	refused("or with too many", EINVAL, INVALID_PARAMETER, create_port(device, create));
	expect("a closed eventfd", EBADF, with_event_fd(peer, 999));
	expect("something else for an eventfd", EINVAL, with_event_fd(peer, device));
	expect("and a wild number", EINVAL, with_event_fd(peer, -2));
}

static int attach(int vm, __u32 role)
{
	struct hvpersona_attach attach = {
		.size = sizeof(attach), .role = role, .vm_fd = vm,
		.privileges_set = POST_MESSAGES | SIGNAL_EVENTS,
	};

	return ioctl(device, HVPERSONA_ATTACH, &attach);
}

static void wrong_peers(void)
{
	struct hvpersona_claim claim = { .size = sizeof(claim) };
	int vcpu, vm = make_vm(&vcpu), root = attach(vm, HVPERSONA_ROLE_ROOT);
	int claimed = ioctl(device, HVPERSONA_CLAIM, &claim), created = make_child();

	expect("a peer that does not exist", ENOENT, host_port(1, 12345678, 0));
	refused("the host itself", ENOENT, INVALID_PARTITION_ID, host_port(1, HOST, 0));
	expect("one that is only claimed", ENOENT, host_port(1, handle_of(claimed), 0));
	refused("one of another instance", ENOENT, INVALID_PARTITION_ID,
		host_port(1, handle_of(root), 0));
	refused("the host is no partition of a root's", ENOENT, INVALID_PARTITION_ID,
		port_at(root, 1, HOST, 0, 2, HVPERSONA_ANY_VP));
	refused("nor does it connect there", ENOENT, INVALID_PARTITION_ID,
		connect_to(root, 1, HOST, 1, HVPERSONA_PORT_MESSAGE));
	expect("one that is not active yet", EBADFD, host_port(1, handle_of(created), 0));
	expect("which has no ports itself", EBADFD,
	       port_at(created, 1, HOST, 0, 2, HVPERSONA_ANY_VP));
	close(created);
	close(claimed);
	close(root);
	close(vcpu);
	close(vm);
}

static void host_ports(void)
{
	struct hvpersona_port_property property = { .size = sizeof(property), .port = 7 };
	struct hvpersona_port_next next;
	int child = active_child(), port, other, again;
	__u32 peer = handle_of(child);

	wrong_fields(peer);
	wrong_peers();
	refused("a number of 25 bits", ENOENT, INVALID_PORT_ID, host_port(ID_MAX + 1, peer, 0));
	expect("the host has no port", ENOENT, next_port(device, 0, &next));
	expect("a message port of the host's", 0, port = host_port(7, peer, 0));
	refused("its number is taken", ENOENT, INVALID_PORT_ID, host_port(7, peer, 16));
	expect("an event port", 0, other = host_port(ID_MAX, peer, 16));
	expect("the first one is listed", 0, next_port(device, 0, &next));
	result(next.out_port == 7 && next.out_type == HVPERSONA_PORT_MESSAGE &&
	       next.out_peer == peer && !next.out_state && !next.out_queued && !next.out_posts &&
	       next.out_vp_index == HVPERSONA_ANY_VP, "with all that it is", next.out_port, 0);
	expect("so is the second", 0, next_port(device, 8, &next));
	result(next.out_port == ID_MAX && next.out_type == HVPERSONA_PORT_EVENT &&
	       next.out_flag_count == 16 && !next.out_base_flag, "likewise", next.out_port, 0);
	expect("and no more", ENOENT, next_port(device, ID_MAX + 1, &next));
	expect("its number of posts", 0, ioctl(device, HVPERSONA_PORT_PROPERTY_GET, &property));
	property.code = 1;
	expect("no VP to prefer", EINVAL, ioctl(device, HVPERSONA_PORT_PROPERTY_SET, &property));
	property.code = 2;
	expect("no third property", ENOENT, ioctl(device, HVPERSONA_PORT_PROPERTY_GET, &property));
	close(port);
	expect("closed, it is gone", ENOENT, ioctl(device, HVPERSONA_PORT_PROPERTY_GET, &property));
	expect("and its number free", 0, port = host_port(7, peer, 0));
	expect("the other one is deleted", 0, delete_port(device, ID_MAX));
	refused("once", ENOENT, INVALID_PORT_ID, delete_port(device, ID_MAX));
	expect("its number is free", 0, again = host_port(ID_MAX, peer, 16));
	close(other);
	expect("closing what was deleted does not delete the new one", 0,
	       next_port(device, 8, &next));
	close(again);
	close(port);
	close(child);
}

/* A process that reads, and its errno: 0 if it got something */

static pid_t start_reader(int fd, size_t size)
{
	char buffer[512];
	pid_t pid = fork();

	if (pid)
		return pid;
	_exit(read(fd, buffer, size) < 0 ? errno : 0);
}

static int ended(pid_t pid)
{
	int how;

	waitpid(pid, &how, 0);
	return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static void nothing(int sig)
{
	(void)sig;
}

static void reading(void)
{
	struct sigaction action = { .sa_handler = nothing };
	int child = active_child(), port = host_port(7, handle_of(child), 0);
	struct pollfd pollfd = { port, POLLIN };
	char buffer[512];
	pid_t pid;

	fcntl(port, F_SETFL, O_NONBLOCK);
	expect("a read that would wait", EAGAIN, read(port, buffer, sizeof(buffer)));
	expect("one without room for a message", EMSGSIZE, read(port, buffer, 255));
	expect("a write", EBADF, write(port, buffer, 256));
	result(poll(&pollfd, 1, 0) == 0, "poll sees nothing", pollfd.revents, errno);
	fcntl(port, F_SETFL, 0);
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	expect("a signal ends a read that waits", EINTR, read(port, buffer, sizeof(buffer)));

	pid = start_reader(port, sizeof(buffer));
	usleep(100000);
	result(waitpid(pid, NULL, WNOHANG) == 0, "a process waits in read", 0, 0);
	expect("the port is deleted meanwhile", 0, delete_port(device, 7));
	result(ended(pid) == ENODEV, "the reader is told", errno, errno);
	result(poll(&pollfd, 1, 0) == 1 && pollfd.revents == (POLLHUP | POLLERR),
	       "poll tells, too", pollfd.revents, errno);
	expect("there is nothing to read any more", ENODEV, read(port, buffer, sizeof(buffer)));
	close(port);

	port = host_port(7, handle_of(child), 0);
	pid = start_reader(port, sizeof(buffer));
	usleep(100000);
	close(port);
	result(waitpid(pid, NULL, WNOHANG) == 0, "closed here, still open there", 0, 0);
	kill(pid, SIGKILL);
	ended(pid);
	expect("killed there, it is gone", 0, port = host_port(7, handle_of(child), 0));
	close(port);
	close(child);
}

/* Connections, and ports of a partition */

static void wrong_connections(int child, __u32 peer)
{
	struct hvpersona_connection_create create;

	create = new_connection(5, peer, 9, HVPERSONA_PORT_MESSAGE);
	create.flags = 1;
	expect("a connection with an unknown flag", EOPNOTSUPP, create_connection(device, create));
	create.flags = 0;
	create.address = 4096;
	expect("an address that is not for it", EINVAL, create_connection(device, create));
	create.address = 0;
	create.doorbell_flags = 1;
	expect("nor the flags of a doorbell", EINVAL, create_connection(device, create));
	expect("the host rings no doorbell", EOPNOTSUPP,
	       connect_to(device, 5, peer, 9, HVPERSONA_PORT_DOORBELL));
	expect("nor has it a monitor page", EOPNOTSUPP,
	       connect_to(device, 5, peer, 9, HVPERSONA_PORT_MONITOR));
	refused("no such port", ENOENT, INVALID_PORT_ID,
		connect_to(device, 5, peer, 10, HVPERSONA_PORT_MESSAGE));
	refused("another type", EINVAL, INVALID_PARAMETER,
		connect_to(device, 5, peer, 9, HVPERSONA_PORT_EVENT));
	refused("a number of 25 bits", ENOENT, INVALID_CONNECTION_ID,
		connect_to(device, ID_MAX + 1, peer, 9, HVPERSONA_PORT_MESSAGE));
	refused("a port for somebody else", ENOENT, INVALID_PARTITION_ID,
		connect_to(child, 5, peer, 9, HVPERSONA_PORT_MESSAGE));
	create = new_connection(5, peer, 9, HVPERSONA_PORT_MESSAGE);
	create.vtl = 1;
	refused("a VTL that is not there", EOPNOTSUPP, INVALID_VTL_STATE,
		create_connection(device, create));
	create.vtl = 3;
	refused("one that cannot be", EINVAL, INVALID_PARAMETER,
		create_connection(device, create));
}

/* Only VTL0 is there, so that a port for another one is nobody's */
static void levels(int child, __u32 peer)
{
	struct hvpersona_port_create create = new_port(11, HOST, 0);

	create.sint = 2;
	create.min_connection_vtl = 3;
	refused("a port for a VTL that cannot be", EINVAL, INVALID_PARAMETER,
		create_port(child, create));
	create.min_connection_vtl = 1;
	create.vtl = 1;
	refused("a port of a VTL that is not there", EOPNOTSUPP, INVALID_VTL_STATE,
		create_port(child, create));
	create.vtl = 0;
	expect("a port for VTL1", 0, create_port(child, create));
	refused("VTL0 cannot connect", EACCES, ACCESS_DENIED,
		connect_to(device, 5, peer, 11, HVPERSONA_PORT_MESSAGE));
	delete_port(child, 11);
}

static void partition_ports(void)
{
	struct hvpersona_connection_next connection;
	struct hvpersona_port_property property = {
		.size = sizeof(property), .port = 9, .code = 1,
	};
	struct hvpersona_port_next next;
	int child = make_child(), other = active_child();
	__u32 peer;

	change(child, HVPERSONA_PARTITION_INITIALIZE, 0);
	peer = handle_of(child);
	expect("a port is paid for by its partition", ENOBUFS, port_at(child, 9, HOST, 0, 2, -1));
	deposit(child, 64);
	refused("no SINT 0", EINVAL, INVALID_PARAMETER, port_at(child, 9, HOST, 0, 0, -1));
	refused("no SINT 16", EINVAL, INVALID_PARAMETER, port_at(child, 9, HOST, 0, 16, -1));
	refused("no VP yet", ENOENT, INVALID_VP_INDEX, port_at(child, 9, HOST, 0, 2, 0));
	make_vp(child, 0);
	expect("a message port", 0, port_at(child, 9, HOST, 0, 2, -1));
	wrong_connections(other, peer);
	levels(child, peer);
	expect("the host connects to it", 0,
	       connect_to(device, 5, peer, 9, HVPERSONA_PORT_MESSAGE));
	refused("once", ENOENT, INVALID_PORT_ID,
		connect_to(device, 6, peer, 9, HVPERSONA_PORT_MESSAGE));
	expect("the port is listed", 0, next_port(child, 0, &next));
	result(next.out_port == 9 && next.out_sint == 2 && next.out_vp_index == HVPERSONA_ANY_VP &&
	       next.out_peer == HOST && next.out_peer_id == 1 &&
	       next.out_state == HVPERSONA_PORT_CONNECTED && next.out_connection == 5,
	       "with its connection", next.out_connection, 0);
	expect("so is the connection", 0, next_connection(device, 0, &connection));
	result(connection.out_connection == 5 && connection.out_port == 9 &&
	       connection.out_peer == peer && connection.out_type == HVPERSONA_PORT_MESSAGE &&
	       connection.out_state == HVPERSONA_PORT_CONNECTED, "with its port",
	       connection.out_port, 0);
	expect("and no more", ENOENT, next_connection(device, 6, &connection));
	property.value = 0;
	expect("VP 0 is preferred", 0, ioctl(child, HVPERSONA_PORT_PROPERTY_SET, &property));
	property.value = 1;
	expect("VP 1 cannot be", EINVAL, ioctl(child, HVPERSONA_PORT_PROPERTY_SET, &property));
	expect("the port is deleted", 0, delete_port(child, 9));
	expect("the connection is there still", 0, next_connection(device, 0, &connection));
	result(!connection.out_state, "leading nowhere", connection.out_state, 0);
	refused("nothing goes through it", ENOENT, INVALID_PORT_ID, post(5, 1, "a", 1));
	expect("it is deleted", 0, disconnect(device, 5));
	refused("once", ENOENT, INVALID_CONNECTION_ID, disconnect(device, 5));

	expect("an event port", 0, port_at(child, 10, handle_of(other), 16, 2, 0));
	expect("another child connects", 0,
	       connect_to(other, 1, peer, 10, HVPERSONA_PORT_EVENT));
	expect("the child is deleted with its port", 0,
	       change(child, HVPERSONA_PARTITION_DELETE, HVPERSONA_DELETE_FORCE));
	expect("and has none any more", ENODEV, next_port(child, 0, &next));
	expect("the other's connection leads nowhere", 0, next_connection(other, 0, &connection));
	result(!connection.out_state && !connection.out_peer, "likewise", connection.out_state, 0);
	close(child);
	close(other);
}

/* The host sends: to a child, whose VP takes nothing as long as it does not run */

static void sending(void)
{
	char text[241] = "hello";
	struct hvpersona_port_next next;
	int child = active_child(), i;
	__u32 peer = handle_of(child);

	port_at(child, 9, HOST, 0, 2, -1);
	make_vp(child, 0);
	port_at(child, 10, HOST, 16, 2, 0);
	connect_to(device, 5, peer, 9, HVPERSONA_PORT_MESSAGE);
	connect_to(device, 6, peer, 10, HVPERSONA_PORT_EVENT);
	refused("no such connection", ENOENT, INVALID_CONNECTION_ID, post(7, 1, text, 5));
	refused("nor for an event", ENOENT, INVALID_CONNECTION_ID, signal_flag(7, 0));
	refused("an event port takes no message", ENOENT, INVALID_PORT_ID, post(6, 1, text, 5));
	refused("a message port no event", ENOENT, INVALID_PORT_ID, signal_flag(5, 0));
	expect("241 bytes", EINVAL, post(5, 1, text, 241));
	expect("bytes that are not there", EFAULT, post(5, 1, (char *)8, 5));
	refused("a message without a type", EINVAL, INVALID_PARAMETER, post(5, 0, text, 5));
	refused("one of the hypervisor's", EINVAL, INVALID_PARAMETER, post(5, 1U << 31, text, 5));
	refused("flag 16 of 16", EINVAL, INVALID_PARAMETER, signal_flag(6, 16));
	refused("the SynIC is switched off", EBADFD, INVALID_SYNIC_STATE, post(5, 1, text, 5));
	refused("for events, too", EBADFD, INVALID_SYNIC_STATE, signal_flag(6, 15));
	expect("the SynIC is switched on", 0, set_register(child, SCONTROL, 1));
	set_register(child, SIPP, 0x1001);
	set_register(child, SINT2, 0x31);
	for (i = 0; i < BUFFERS && !post(5, 1, text, 240); i++)
		;
	result(i == BUFFERS, "16 messages are accepted", i, errno);
	refused("and no more", EAGAIN, INSUFFICIENT_BUFFERS, post(5, 1, text, 0));
	next_port(child, 0, &next);
	result(next.out_queued == BUFFERS && next.out_posts == BUFFERS, "it shows",
	       next.out_queued, 0);
	delete_vp(child, 0);
	refused("its VP is gone", ENOENT, INVALID_VP_INDEX, signal_flag(6, 15));
	expect("the child is deleted with all that", 0, close(child));
	disconnect(device, 5);
	disconnect(device, 6);
}

/* A virtual machine sends: 32-bit code that makes one hypercall and then exits */

#define CODE		0x1000
#define OPERANDS	0x2000
#define RAM		0x10000
#define FAST		(1 << 16)
#define GUEST_OS_ID	0x40000000

static struct machine {
	int vm, vcpu, fd;
	char *ram;
	struct kvm_run *run;
} machine;

static struct kvm_segment flat(__u8 type)
{
	return (struct kvm_segment) {
		.limit = ~0U, .selector = 8, .type = type, .present = 1, .db = 1, .s = 1, .g = 1,
	};
}

static void set_mode(void)
{
	struct kvm_sregs sregs;

	ioctl(machine.vcpu, KVM_GET_SREGS, &sregs);
	sregs.cr0 |= 1;
	sregs.cs = flat(0xb);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat(0x3);
	ioctl(machine.vcpu, KVM_SET_SREGS, &sregs);
}

static void set_os_id(void)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msrs = {
		.head.nmsrs = 1, .entry = { .index = GUEST_OS_ID, .data = 1ULL << 63 },
	};

	result(ioctl(machine.vcpu, KVM_SET_MSRS, &msrs) == 1, "a guest that says what it is", 0,
	       errno);
}

/* VMCALL or VMMCALL, and OUT to a port where nothing is */
static void write_code(void)
{
	unsigned int eax, ebx = 0, ecx, edx;

	__get_cpuid(0, &eax, &ebx, &ecx, &edx);
	memcpy(machine.ram + CODE, ebx == signature_AMD_ebx ? "\x0f\x01\xd9\xe6\x10" :
								"\x0f\x01\xc1\xe6\x10", 5);
}

static void start_machine(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = RAM };
	int vcpu;

	machine.vm = make_vm(&vcpu);
	machine.vcpu = vcpu;
	machine.ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	region.userspace_addr = (unsigned long)machine.ram;
	ioctl(machine.vm, KVM_SET_USER_MEMORY_REGION, &region);
	machine.run = mmap(NULL, 0x3000, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	expect("a guest", 0, machine.fd = attach(machine.vm, HVPERSONA_ROLE_GUEST));
	write_code();
	set_mode();
	set_os_id();
}

/* The hypercall's result, -1 if the guest does not get that far */
static long hypercall(__u32 control, __u32 low, __u32 high)
{
	struct kvm_regs regs = {
		.rax = control, .rcx = low, .rbx = high, .rip = CODE, .rflags = 2,
	};

	ioctl(machine.vcpu, KVM_SET_REGS, &regs);
	if (ioctl(machine.vcpu, KVM_RUN, NULL) || machine.run->exit_reason != KVM_EXIT_IO)
		return -1;
	ioctl(machine.vcpu, KVM_GET_REGS, &regs);
	return (__u32)regs.rax;
}

static long guest_signals(__u32 connection, __u16 flag)
{
	return hypercall(FAST | 0x5d, connection, flag);
}

static long guest_posts(__u32 connection, const char *text)
{
	const __u32 head[4] = { connection, 0, 1, strlen(text) };

	memcpy(machine.ram + OPERANDS, head, sizeof(head));
	memcpy(machine.ram + OPERANDS + sizeof(head), text, strlen(text));
	return hypercall(0x5c, OPERANDS, 0);
}

static bool holds(const struct message *message, const char *text)
{
	return message->type == 1 && message->port == 7 && message->size == strlen(text) &&
	       !message->flags && !memcmp(message->payload, text, strlen(text));
}

static void messages_arrive(void)
{
	int eventfd_ = eventfd(0, EFD_NONBLOCK), port, i;
	struct hvpersona_port_create create = new_port(7, handle_of(machine.fd), 0);
	struct message messages[BUFFERS + 1];
	struct pollfd pollfd = { .events = POLLIN };
	void *nowhere = mmap(NULL, 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 count = 0;
	pid_t pid;

	create.event_fd = eventfd_;
	expect("a port for a guest, with an eventfd", 0, port = create_port(device, create));
	expect("the guest is connected to it", 0,
	       connect_to(machine.fd, 5, HOST, 7, HVPERSONA_PORT_MESSAGE));
	pollfd.fd = port;
	result(guest_posts(5, "hello") == 0, "it posts a message", 0, errno);
	result(poll(&pollfd, 1, 0) == 1 && pollfd.revents == POLLIN, "poll sees it",
	       pollfd.revents, errno);
	result(read(eventfd_, &count, 8) == 8 && count == 1, "the eventfd is signaled", count,
	       errno);
	expect("memory that cannot be written", EFAULT, read(port, nowhere, sizeof(messages)));
	result(read(port, messages, sizeof(messages)) == 256 && holds(messages, "hello"),
	       "it is read nevertheless", messages[0].type, errno);
	result(poll(&pollfd, 1, 0) == 0, "once", pollfd.revents, errno);

	for (i = 0; i < BUFFERS && !guest_posts(5, i % 2 ? "odd" : "even"); i++)
		;
	result(i == BUFFERS, "16 messages wait", i, errno);
	result(guest_posts(5, "one more") == INSUFFICIENT_BUFFERS, "and no more", 0, errno);
	result(read(port, messages, 3 * 256 + 255) == 3 * 256 && holds(&messages[0], "even") &&
	       holds(&messages[1], "odd") && holds(&messages[2], "even"),
	       "three are read at once, in order", 0, errno);
	result(guest_posts(5, "odd") == 0, "there is room again", 0, errno);
	result(read(port, messages, sizeof(messages)) == 14 * 256, "the rest is read", 0, errno);

	pid = start_reader(port, 256);
	usleep(100000);
	guest_posts(5, "wake up");
	result(ended(pid) == 0, "a message wakes a reader", errno, errno);
	guest_posts(5, "late");
	expect("the port is closed", 0, close(port));
	result(guest_posts(5, "too late") == INVALID_PORT_ID, "and takes nothing", 0, errno);
	expect("the connection is cut", 0, disconnect(machine.fd, 5));
	close(eventfd_);
}

static void events_arrive(void)
{
	int eventfd_ = eventfd(0, EFD_NONBLOCK), epoll = epoll_create1(0), port;
	struct hvpersona_port_create create = new_port(7, handle_of(machine.fd), 2048);
	struct epoll_event event = { .events = EPOLLIN };
	__u16 flags[64];
	__u64 count = 0;

	create.event_fd = eventfd_;
	port = create_port(device, create);
	epoll_ctl(epoll, EPOLL_CTL_ADD, port, &event);
	connect_to(machine.fd, 5, HOST, 7, HVPERSONA_PORT_EVENT);
	result(guest_signals(5, 2047) == 0, "the guest sets a flag", 0, errno);
	result(guest_signals(5, 3) == 0 && guest_signals(5, 3) == 0, "and another one twice", 0,
	       errno);
	result(guest_signals(5, 2048) == INVALID_PARAMETER, "but not one too many", 0, errno);
	result(epoll_wait(epoll, &event, 1, 0) == 1, "epoll sees them", event.events, errno);
	result(read(eventfd_, &count, 8) == 8 && count == 2, "the eventfd counts new ones", count,
	       errno);
	expect("one byte has no room for a number", EMSGSIZE, read(port, flags, 1));
	result(read(port, flags, 2) == 2 && flags[0] == 3, "the lower one is read", flags[0],
	       errno);
	result(read(port, flags, sizeof(flags)) == 2 && flags[0] == 2047, "and the other one",
	       flags[0], errno);
	result(epoll_wait(epoll, &event, 1, 0) == 0, "that is all", event.events, errno);
	result(guest_signals(5, 3) == 0 && read(port, flags, sizeof(flags)) == 2,
	       "what was read can be set again", 0, errno);
	expect("the port is deleted", 0, delete_port(device, 7));
	result(epoll_wait(epoll, &event, 1, 0) == 1 && event.events & EPOLLHUP, "epoll tells",
	       event.events, errno);
	result(guest_signals(5, 3) == INVALID_PORT_ID, "the guest is told", 0, errno);
	close(port);
	close(epoll);
	close(eventfd_);
	disconnect(machine.fd, 5);
}

/* Makes ports of the host's and reads from them, connects the guest to them */
static void read_and_close(void)
{
	for (__u16 flags = 0;; flags ^= 16) {
		struct pollfd pollfd = { host_port(7, handle_of(machine.fd), flags), POLLIN };
		char buffer[1024];

		fcntl(pollfd.fd, F_SETFL, O_NONBLOCK);
		connect_to(machine.fd, 5, HOST, 7,
			   flags ? HVPERSONA_PORT_EVENT : HVPERSONA_PORT_MESSAGE);
		for (int i = 0; i < 4 && poll(&pollfd, 1, 1) >= 0; i++)
			if (read(pollfd.fd, buffer, sizeof(buffer)) < 0 && errno == ENODEV)
				break;
		close(pollfd.fd);
	}
}

static void delete_all(void)
{
	struct hvpersona_port_next next;

	for (;;) {
		next_port(device, 0, &next);
		usleep(500);
		delete_port(device, 7);
		disconnect(machine.fd, 5);
	}
}

static pid_t start(void (*loop)(void))
{
	pid_t pid = fork();

	if (!pid)
		loop();
	return pid;
}

/* Ports go while they are sent to, read from and listed; the kernel complains if one goes too far */
static void under_fire(void)
{
	pid_t pids[] = { start(read_and_close), start(read_and_close), start(delete_all) };
	struct hvpersona_port_next next;
	time_t end = time(NULL) + 4;
	int taken = 0, i;

	for (i = 0; time(NULL) < end; i++) {
		taken += !guest_posts(5, "fire");
		taken += !guest_signals(5, i % 16);
	}
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		ended(pids[i]);
	}
	result(taken > 0, "ports that come and go take something", taken, errno);
	expect("none of them stays", ENOENT, next_port(device, 0, &next));
	disconnect(machine.fd, 5);
}

/* The host's own ports and connections when the other end goes */
static void machine_goes(void)
{
	struct hvpersona_partition_detach detach = { .size = sizeof(detach) };
	struct hvpersona_connection_next connection;
	struct hvpersona_port_next next;
	int port = host_port(7, handle_of(machine.fd), 0);

	connect_to(machine.fd, 5, HOST, 7, HVPERSONA_PORT_MESSAGE);
	expect("a port of the guest's", 0, port_at(machine.fd, 9, HOST, 0, 2, -1));
	connect_to(device, 6, handle_of(machine.fd), 9, HVPERSONA_PORT_MESSAGE);
	refused("its SynIC is switched off", EBADFD, INVALID_SYNIC_STATE, post(6, 1, "a", 1));
	expect("the guest is detached", 0, ioctl(machine.fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("its ports are gone", ENODEV, next_port(machine.fd, 0, &next));
	expect("the host's is there", 0, next_port(device, 0, &next));
	result(!next.out_state, "without a connection", next.out_state, 0);
	expect("its connection, too", 0, next_connection(device, 0, &connection));
	result(!connection.out_state, "without a port", connection.out_state, 0);
	refused("nothing goes through it", ENOENT, INVALID_PORT_ID, post(6, 1, "a", 1));
	close(port);
	disconnect(device, 6);
}

static void traffic(void)
{
	start_machine();
	/* A message that does not arrive shall not be waited for forever */
	signal(SIGALRM, SIG_DFL);
	alarm(30);
	deposit(machine.fd, 4);
	messages_arrive();
	events_arrive();
	under_fire();
	machine_goes();
	close(machine.fd);
	close(machine.vcpu);
	close(machine.vm);
}

/*
 * For ports.sh: a guest that sends through its connection 5 what its input says, which is text, or
 * the number of a flag after "flag "; with "flags" it does not end any more
 */
static int guest(void)
{
	char line[64];

	start_machine();
	deposit(machine.fd, 4);
	printf("%u\n", handle_of(machine.fd));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		for (int flag = 0; !strcmp(line, "flags"); flag++)
			guest_signals(5, flag % 16);
		if (!strncmp(line, "flag ", 5))
			guest_signals(5, atoi(line + 5));
		else
			guest_posts(5, line);
	}
	return 0;
}

static void nothing_is_left(void)
{
	struct hvpersona_partition_next partition = { .size = sizeof(partition) };
	struct hvpersona_connection_next connection;
	struct hvpersona_port_next next;

	expect("no partition is left", ENOENT, ioctl(device, HVPERSONA_PARTITION_NEXT, &partition));
	expect("no port of the host's", ENOENT, next_port(device, 0, &next));
	expect("no connection of the host's", ENOENT, next_connection(device, 0, &connection));
}

int main(int argc, char **argv)
{
	device = open("/dev/hvpersona", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/hvpersona");
		return 2;
	}
	if (argc > 1 && !strcmp(argv[1], "guest"))
		return guest();
	shapes();
	host_ports();
	reading();
	partition_ports();
	sending();
	traffic();
	nothing_is_left();
	return finish();
}
