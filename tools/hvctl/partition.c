// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl partition: what there is, and how other objects name it. What children have of their
 * own is in child.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hvctl.h"

const char *role_name(uint32_t role)
{
	static const char *const names[] = {
		[HVPERSONA_ROLE_GUEST] = "guest",
		[HVPERSONA_ROLE_ROOT] = "root",
		[HVPERSONA_ROLE_CHILD] = "child",
	};

	return role < ARRAY_SIZE(names) ? names[role] : "unknown";
}

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
		[HVPERSONA_STATE_CLAIMED] = "claimed",
		[HVPERSONA_STATE_ACTIVE] = "active",
		[HVPERSONA_STATE_GONE] = "gone",
		[HVPERSONA_STATE_CREATED] = "created",
		[HVPERSONA_STATE_FINALIZING] = "finalizing",
		[HVPERSONA_STATE_FINALIZED] = "finalized",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

int partition_open(int dev, uint32_t handle)
{
	struct hvpersona_partition_open open = { .size = sizeof(open), .handle = handle };

	return device_ioctl(dev, HVPERSONA_PARTITION_OPEN, &open);
}

int partition_info(int fd, struct hvpersona_partition_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return device_ioctl(fd, HVPERSONA_PARTITION_INFO, info);
}

int partition_next(int dev, uint32_t *handle)
{
	struct hvpersona_partition_next next = { .size = sizeof(next), .after = *handle };
	int fd;

	do {
		if (device_ioctl(dev, HVPERSONA_PARTITION_NEXT, &next) < 0)
			return -1;
		*handle = next.after = next.out_handle;
		fd = partition_open(dev, *handle);
	} while (fd < 0 && errno == ENOENT);	/* it went away meanwhile */
	return fd;
}

/* The only partition, or the only one of a process if @pid is not 0 */
static int find_only(int dev, uint32_t pid)
{
	struct hvpersona_partition_info info;
	int fd, found = -1, count = 0;
	uint32_t handle = 0;
	char of[32] = "";

	while ((fd = partition_next(dev, &handle)) >= 0) {
		if (pid && (partition_info(fd, &info) < 0 || info.out_pid != pid)) {
			close(fd);
			continue;
		}
		if (count++)
			close(fd);
		else
			found = fd;
	}
	if (errno != ENOENT) {
		fail_errno(NULL, "partitions");
		goto none;
	}
	if (count == 1)
		return found;
	if (pid)
		snprintf(of, sizeof(of), "process %u: ", pid);
	if (count)
		fail("hvctl partition list", "%sthere are %d partitions, name one by its handle", of, count);
	else
		fail("hvctl run -- qemu-system-x86_64 ... or hvctl attach --pid PID",
		     "%sthere is no partition", of);
none:
	if (found >= 0)
		close(found);
	return -1;
}

int partition_find(int dev, const char *name)
{
	uint64_t number;
	int fd;

	if (!name)
		return find_only(dev, 0);
	if (!strncmp(name, "pid:", 4))
		return parse_number("process id", name + 4, INT32_MAX, &number) && number ?
		       find_only(dev, number) : -1;
	if (!parse_number("partition", name, UINT32_MAX, &number))
		return -1;
	fd = partition_open(dev, number);
	if (fd < 0)
		fail_errno(NULL, "partition %s", name);
	return fd;
}

int partition_named(const char *name)
{
	int dev = device_open(), fd;

	fd = dev < 0 ? -1 : partition_find(dev, name);
	if (dev >= 0)
		close(dev);
	return fd;
}

/* HV_X64_MSR_GUEST_OS_ID in words, by the layout of the specification; NULL if zero */
static const char *guest_os(uint64_t id)
{
	static const char *const open[] = { "?", "Linux", "FreeBSD", "Xen", "Illumos" };
	static char text[48];
	unsigned int type = id >> 56 & 0x7f, version = id >> 16;

	if (!id)
		return NULL;
	if (id >> 63)
		snprintf(text, sizeof(text), "%s %u.%u.%u", open[type < ARRAY_SIZE(open) ? type : 0],
			 version >> 16, version >> 8 & 0xff, version & 0xff);
	else
		snprintf(text, sizeof(text), "%s %u.%u build %u",
			 (id >> 48) == 1 ? "Microsoft" : "proprietary", (unsigned int)(id >> 32 & 0xff),
			 (unsigned int)(id >> 24 & 0xff), (unsigned int)(id & 0xffff));
	return text;
}

/* What only children have, and the pool, which roots have too; null for what does not apply */
static void add_child(struct json_object *obj, const struct hvpersona_partition_info *info)
{
	bool child = info->out_role == HVPERSONA_ROLE_CHILD;
	static const char *const keys[] = { "mapped_pages", "large_pages", "ranges" };
	const uint64_t values[] = { info->out_mapped_pages, info->out_large_pages, info->out_ranges };

	add_number(obj, "pool_available", info->out_pool_available);
	add_number(obj, "pool_in_use", info->out_pool_in_use);
	add_number(obj, "depth", info->out_depth);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_object_add(obj, keys[i], child ? json_object_new_uint64(values[i]) : NULL);
	flags_json(obj, "creation_flags", &creation_flags, info->out_creation_flags);
	if (child)
		add_hex(obj, "compatibility", info->out_compatibility);
	else
		add_string(obj, "compatibility", NULL);
}

/* Books of a root's devices; an ordinary guest has that of retargeted interrupts. Else null */
static void add_devices(struct json_object *obj, const struct hvpersona_partition_info *info)
{
	bool root = info->out_role == HVPERSONA_ROLE_ROOT;
	const struct {
		const char *key;
		uint64_t value;
		bool has;
	} books[] = {
		{ "mapped_irqs", info->out_mapped_irqs, root },
		{ "retargeted_irqs", info->out_retargeted_irqs,
		  info->out_role != HVPERSONA_ROLE_CHILD },
		{ "attached_devices", info->out_attached_devices, root },
		{ "device_domains", info->out_device_domains, root },
	};

	for (size_t i = 0; i < ARRAY_SIZE(books); i++)
		json_object_object_add(obj, books[i].key, books[i].has ?
				       json_object_new_uint64(books[i].value) : NULL);
}

/* What a root has told of its platform; null for others */
static void add_root(struct json_object *obj, const struct hvpersona_partition_info *info)
{
	static const char *const names[] = {
		"debug-device-available", "root-crash-dump", "acpi-reenabled",
		"all-logical-processors-started", "commit-lp-indices",
	};
	struct json_object *events = NULL, *input = NULL, *lps = NULL;

	if (info->out_role == HVPERSONA_ROLE_ROOT) {
		lps = json_object_new_uint64(info->out_logical_processors);
		events = json_object_new_array();
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (info->out_events >> (i + 1) & 1)
				json_object_array_add(events, json_object_new_string(names[i]));
		input = info->out_last_event ?
			json_object_new_uint64(info->out_last_event_input) : NULL;
	}
	json_object_object_add(obj, "logical_processors", lps);
	json_object_object_add(obj, "platform_events", events);
	json_object_object_add(obj, "last_event_input", input);
}

/* The handle of the parent; null if that is the host, or nobody */
static void add_parent(struct json_object *obj, const struct hvpersona_partition_info *info)
{
	json_object_object_add(obj, "parent", info->out_parent_handle ?
			       json_object_new_uint64(info->out_parent_handle) : NULL);
}

static struct json_object *partition_json(const struct hvpersona_partition_info *info, bool all)
{
	struct json_object *obj = json_object_new_object();
	uint32_t pid = info->out_pid;

	add_number(obj, "handle", info->out_handle);
	add_string(obj, "role", role_name(info->out_role));
	add_string(obj, "state", state_name(info->out_state));
	add_hex(obj, "partition_id", info->out_partition_id);
	add_parent(obj, info);
	if (all) {
		add_hex(obj, "parent_id", info->out_parent_id);
		add_number(obj, "instance", info->out_instance);
	}
	add_number(obj, "vps", info->out_vps);
	json_object_object_add(obj, "pid", pid ? json_object_new_uint64(pid) : NULL);
	add_string(obj, "command", pid ? info->out_comm : NULL);
	add_string(obj, "guest_os", guest_os(info->out_guest_os_id));
	add_number(obj, "hypercalls", info->out_hypercalls);
	add_number(obj, "uptime_ns", info->out_uptime_ns);
	if (!all)
		return obj;
	add_hex(obj, "guest_os_id", info->out_guest_os_id);
	add_hex(obj, "parked_mask", info->out_parked_mask);
	add_bool(obj, "every_vm", info->out_flags & HVPERSONA_CLAIM_EVERY_VM);
	add_number(obj, "first_vtl", info->out_flags & HVPERSONA_CLAIM_VTL2 ? 2 : 0);
	add_hex(obj, "privilege_mask", info->out_privileges);
	json_object_object_add(obj, "privileges", privileges_json(info->out_privileges));
	add_child(obj, info);
	add_root(obj, info);
	add_devices(obj, info);
	return obj;
}

static int partition_list(struct args *args)
{
	static const struct field fields[] = {
		{ "handle" }, { "role" }, { "state" }, { "partition_id" }, { "parent" }, { "vps" },
		{ "pid" }, { "command" }, { "guest_os" }, { "hypercalls" },
		{ "uptime_ns", LOOK_NS },
	};
	struct json_object *rows;
	uint32_t handle = 0;
	int dev, fd;

	(void)args;
	dev = device_open();
	if (dev < 0)
		return failure;
	rows = json_object_new_array();
	while ((fd = partition_next(dev, &handle)) >= 0) {
		struct hvpersona_partition_info info;

		if (!partition_info(fd, &info))
			json_object_array_add(rows, partition_json(&info, false));
		close(fd);
	}
	if (errno != ENOENT)
		return fail_errno(NULL, "partitions");
	out_list("partitions", rows, FIELDS(fields));
	return EXIT_OK;
}

static int partition_show(struct args *args)
{
	static const struct field fields[] = {
		{ "handle" }, { "role" }, { "state" }, { "partition_id" }, { "parent" },
		{ "parent_id" }, { "instance" }, { "vps" }, { "pid" }, { "command" },
		{ "guest_os" }, { "guest_os_id" }, { "hypercalls" }, { "uptime_ns", LOOK_NS },
		{ "parked_mask" }, { "every_vm" }, { "privilege_mask" }, { "privileges" },
		{ "pool_available" }, { "pool_in_use" }, { "depth" }, { "mapped_pages" },
		{ "large_pages" }, { "ranges" }, { "creation_flags" }, { "compatibility" },
		{ "logical_processors" }, { "platform_events" }, { "last_event_input" },
		{ "mapped_irqs" }, { "retargeted_irqs" }, { "attached_devices" },
		{ "device_domains" },
	};
	struct hvpersona_partition_info info;
	int dev, fd;

	dev = device_open();
	if (dev < 0)
		return failure;
	fd = partition_find(dev, args->argv[0]);
	if (fd < 0)
		return failure;
	if (partition_info(fd, &info) < 0)
		return fail_errno(NULL, "partition %s", args->argv[0] ?: "");
	out_show("partition", partition_json(&info, true), FIELDS(fields));
	return EXIT_OK;
}

const struct object object_partition = {
	"partition", "virtual machines with the personality, and children",
	(const struct command[]) {
		{ "list", "", "one line for each partition and unused claim", 0, 0, false,
		  partition_list },
		{ "show", "[PARTITION]", "everything about one", 0, 1, false, partition_show },
		{ "create", "", "make a child, of the host by default; prints the handle",
		  BIT(OPT_PARENT) | BIT(OPT_MEMORY) | BIT(OPT_FLAGS) | BIT(OPT_COMPATIBILITY) |
		  BIT(OPT_HIDE_FEATURES) | BIT(OPT_HIDE_XSAVE), 0, false, partition_create },
		{ "initialize", "PARTITION", "make a child active that is created", 0, 1, false,
		  partition_initialize },
		{ "finalize", "PARTITION", "take everything from an active child", 0, 1, false,
		  partition_finalize },
		{ "delete", "PARTITION", "delete a child that is created or finalized",
		  BIT(OPT_FORCE), 1, false, partition_delete },
		{ "get", "PARTITION [PROPERTY...]", "properties of a child, or all of them",
		  BIT(OPT_ARGUMENT), MANY, false, partition_get },
		{ "set", "PARTITION PROPERTY VALUE", "write a property: a number, or hex:BYTES",
		  BIT(OPT_ARGUMENT), 3, false, partition_set },
		{ 0 }
	}
};
