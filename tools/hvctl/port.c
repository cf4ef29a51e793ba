// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl port: where messages and events arrive, at partitions or at the host. What arrives at
 * the host is printed by port_read.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hvctl.h"

#define ID_MAX		0xffffff	/* of ports and connections */
#define EVENT_FLAGS	2048
#define SINT_MAX	15

static const struct words words[] = {
	{ ENOENT, "there is no such partition or port", "hvctl partition list, hvctl port list" },
	{ EOPNOTSUPP, "the host receives only messages and events", NULL },
	{ 0 }
};

static bool is_host(const char *name)
{
	return !strcmp(name, "host");
}

/* Descriptor of a partition, or the device's for "host"; -1 after a message */
int port_owner_open(const char *name)
{
	return is_host(name) ? device_open() : partition_named(name);
}

bool port_peer_parse(const char *name, uint32_t *handle)
{
	struct hvpersona_partition_info info;
	int fd, ret;

	*handle = 0;
	if (is_host(name))
		return true;
	fd = partition_named(name);
	if (fd < 0)
		return false;
	ret = partition_info(fd, &info);
	close(fd);
	if (ret < 0) {
		fail_errno(NULL, "partition %s", name);
		return false;
	}
	*handle = info.out_handle;
	return true;
}

bool port_id_parse(const char *what, const char *text, uint32_t *id)
{
	uint64_t number;

	if (!parse_number(what, text, ID_MAX, &number))
		return false;
	*id = number;
	return true;
}

/* A type by its name; @text may be NULL: messages */
bool port_type_parse(const char *text, uint32_t *type)
{
	*type = HVPERSONA_PORT_MESSAGE;
	return !text || name_parse(&port_types, text, type);
}

/* The handle, as everywhere, or "host" */
void add_partition(struct json_object *obj, const char *key, uint32_t handle)
{
	if (handle)
		add_number(obj, key, handle);
	else
		add_string(obj, key, "host");
}

static void add_optional(struct json_object *obj, const char *key, bool there, uint64_t value)
{
	json_object_object_add(obj, key, there ? json_object_new_uint64(value) : NULL);
}

/* Options of what is to be made */

/* "[FIRST+]COUNT" */
static bool parse_event_flags(const char *text, uint16_t *first, uint16_t *count)
{
	char *copy = strdup(text), *plus = strchr(copy, '+'), *counted = plus ? plus + 1 : copy;
	uint64_t base = 0, number = 0;
	bool ok;

	if (plus)
		*plus = '\0';
	ok = (!plus || parse_number("--event-flags", copy, EVENT_FLAGS - 1, &base)) &&
	     parse_number("--event-flags", counted, EVENT_FLAGS, &number);
	free(copy);
	if (ok && (!number || base + number > EVENT_FLAGS)) {
		usage("--event-flags: '%s': a SINT has %d flags, and a port at least one", text,
		      EVENT_FLAGS);
		return false;
	}
	*first = base;
	*count = number;
	return ok;
}

static bool parse_vp(const char *text, uint32_t *vp)
{
	uint64_t number = HVPERSONA_ANY_VP;

	if (text && strcmp(text, "any") &&
	    !parse_number("--vp", text, HVPERSONA_ANY_VP - 1, &number))
		return false;
	*vp = number;
	return true;
}

/* What every port has: who may connect, what it is for. PORT is @id */
bool port_channel_parse(const struct args *args, const char *id,
			struct hvpersona_port_create *create)
{
	const char *flags = args->opt[OPT_EVENT_FLAGS];

	*create = (struct hvpersona_port_create) { .size = sizeof(*create), .event_fd = -1 };
	if (!port_id_parse("port", id, &create->port) ||
	    !port_type_parse(args->opt[OPT_TYPE], &create->type))
		return false;
	if (!args->opt[OPT_FROM]) {
		usage("port: from which partition? (--from PARTITION)");
		return false;
	}
	if ((create->type == HVPERSONA_PORT_EVENT) != !!flags) {
		usage("port: %s", flags ? "only event ports have event flags" :
					  "how many flags has it? (--event-flags COUNT)");
		return false;
	}
	return !flags || parse_event_flags(flags, &create->base_flag, &create->flag_count);
}

/* Where it is received: a page of a monitor port, otherwise SINT and VP */
static bool parse_place(const struct args *args, struct hvpersona_port_create *create)
{
	const char *const *opt = args->opt;
	bool monitor = create->type == HVPERSONA_PORT_MONITOR;
	uint64_t number = 0;

	if (monitor != !!opt[OPT_ADDRESS]) {
		usage("port create: %s", monitor ? "where is the monitor page? (--address ADDRESS)" :
						   "only monitor ports have an address");
		return false;
	}
	if (monitor) {
		if (opt[OPT_SINT] || opt[OPT_VP]) {
			usage("port create: a monitor port has neither SINT nor VP");
			return false;
		}
		if (!parse_size("--address", opt[OPT_ADDRESS], &number))
			return false;
		create->monitor_page = number;
		return true;
	}
	if (!opt[OPT_SINT]) {
		usage("port create: on which SINT? (--sint NUMBER)");
		return false;
	}
	if (!parse_number("--sint", opt[OPT_SINT], SINT_MAX, &number))
		return false;
	if (!number) {
		usage("--sint: SINT 0 is the hypervisor's: 1 to %d", SINT_MAX);
		return false;
	}
	create->sint = number;
	return parse_vp(opt[OPT_VP], &create->vp_index);
}

static int create_port(struct args *args)
{
	struct hvpersona_port_create create;
	int fd;

	if (args->argc < 2)
		return usage("port create: PARTITION PORT");
	if (is_host(args->argv[0]))
		return usage("port create: a port of the host lasts while it is read (hvctl port read)");
	if (!port_channel_parse(args, args->argv[1], &create) || !parse_place(args, &create) ||
	    !port_peer_parse(args->opt[OPT_FROM], &create.peer))
		return failure;
	fd = partition_named(args->argv[0]);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_PORT_CREATE, &create) < 0)
		return fail_status(create.out_status, words, "partition %s: port %u", args->argv[0],
				   create.port);
	if (format != FORMAT_TEXT)
		out_json(stdout, "created", json_object_new_boolean(true));
	return EXIT_OK;
}

/* "PARTITION ID" of something that is deleted by @request */
int port_delete(struct args *args, const char *what, unsigned long request)
{
	struct hvpersona_port_delete del = { .size = sizeof(del) };
	int fd;

	if (args->argc < 2)
		return usage("%s delete: PARTITION and the number of the %s", what, what);
	if (!port_id_parse(what, args->argv[1], &del.id))
		return failure;
	fd = port_owner_open(args->argv[0]);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, request, &del) < 0)
		return fail_status(del.out_status, words, "partition %s: %s %u", args->argv[0], what,
				   del.id);
	if (format != FORMAT_TEXT)
		out_json(stdout, "deleted", json_object_new_boolean(true));
	return EXIT_OK;
}

static int delete(struct args *args)
{
	return port_delete(args, "port", HVPERSONA_PORT_DELETE);
}

/* Looking */

static struct json_object *port_json(const struct hvpersona_port_next *next, uint32_t handle, bool all)
{
	struct json_object *obj = json_object_new_object();
	bool event = next->out_type == HVPERSONA_PORT_EVENT;
	bool monitor = next->out_type == HVPERSONA_PORT_MONITOR;
	bool at_sint = handle && !monitor, any = next->out_vp_index == HVPERSONA_ANY_VP;

	add_partition(obj, "partition", handle);
	add_number(obj, "port", next->out_port);
	add_string(obj, "type", name_of(&port_types, next->out_type));
	add_partition(obj, "from", next->out_peer);
	add_optional(obj, "sint", at_sint, next->out_sint);
	add_optional(obj, "vp", at_sint && !any, next->out_vp_index);
	add_optional(obj, "base_flag", event, next->out_base_flag);
	add_optional(obj, "flag_count", event, next->out_flag_count);
	add_optional(obj, "connection", next->out_state & HVPERSONA_PORT_CONNECTED,
		     next->out_connection);
	add_number(obj, "queued", next->out_queued);
	add_number(obj, "posts", next->out_posts);
	if (!all)
		return obj;
	add_optional(obj, "preferred_vp", at_sint && any, next->out_preferred_vp);
	add_number(obj, "vtl", next->out_vtl);
	add_number(obj, "min_connection_vtl", next->out_min_connection_vtl);
	add_hex(obj, "from_id", next->out_peer_id);
	if (monitor)
		add_hex(obj, "monitor_page", next->out_monitor_page);
	else
		add_string(obj, "monitor_page", NULL);
	return obj;
}

/* Add those of a partition; false with errno. That it goes meanwhile is not an error */
static bool add_ports(int fd, uint32_t handle, struct json_object *rows)
{
	struct hvpersona_port_next next = { .size = sizeof(next) };

	while (!device_ioctl(fd, HVPERSONA_PORT_NEXT, &next)) {
		json_object_array_add(rows, port_json(&next, handle, false));
		next.port = next.out_port + 1;
	}
	return errno == ENOENT || errno == ENODEV;
}

/* What the host has and then each partition; exit status */
static int list_all(int dev, port_list_fn *add, struct json_object *rows)
{
	uint32_t handle = 0;
	bool ok;
	int fd;

	ok = add(dev, handle, rows);
	while (ok && (fd = partition_next(dev, &handle)) >= 0) {
		ok = add(fd, handle, rows);
		close(fd);
	}
	return errno == ENOENT || errno == ENODEV ? EXIT_OK : fail_errno(NULL, "partitions");
}

static int list_one(const char *name, port_list_fn *add, struct json_object *rows)
{
	struct hvpersona_partition_info info = { 0 };
	int fd = port_owner_open(name);

	if (fd < 0)
		return failure;
	if ((!is_host(name) && partition_info(fd, &info) < 0) || !add(fd, info.out_handle, rows))
		return fail_errno(NULL, "partition %s", name);
	return EXIT_OK;
}

/* List ports or connections: those of a partition if one is named, otherwise all */
int port_list(struct args *args, const char *name, port_list_fn *add, const struct field *fields,
	      size_t count)
{
	struct json_object *rows = json_object_new_array();
	int ret, dev;

	if (args->argc) {
		ret = list_one(args->argv[0], add, rows);
	} else {
		dev = device_open();
		ret = dev < 0 ? failure : list_all(dev, add, rows);
	}
	if (ret)
		return ret;
	out_list(name, rows, fields, count);
	return EXIT_OK;
}

static int list(struct args *args)
{
	static const struct field fields[] = {
		{ "partition" }, { "port" }, { "type" }, { "from" }, { "sint" }, { "vp" },
		{ "base_flag" }, { "flag_count" }, { "connection" }, { "queued" }, { "posts" },
	};

	return port_list(args, "ports", add_ports, FIELDS(fields));
}

static int show_port(struct args *args)
{
	static const struct field fields[] = {
		{ "partition" }, { "port" }, { "type" }, { "from" }, { "from_id" }, { "sint" },
		{ "vp" }, { "preferred_vp" }, { "base_flag" }, { "flag_count" }, { "monitor_page" },
		{ "vtl" }, { "min_connection_vtl" }, { "connection" }, { "queued" }, { "posts" },
	};
	struct hvpersona_port_next next = { .size = sizeof(next) };
	struct hvpersona_partition_info info = { 0 };
	int fd;

	if (args->argc < 2)
		return usage("port show: PARTITION PORT");
	if (!port_id_parse("port", args->argv[1], &next.port))
		return failure;
	fd = port_owner_open(args->argv[0]);
	if (fd < 0)
		return failure;
	if ((!is_host(args->argv[0]) && partition_info(fd, &info) < 0) ||
	    (device_ioctl(fd, HVPERSONA_PORT_NEXT, &next) < 0 && errno != ENOENT))
		return fail_errno(NULL, "partition %s", args->argv[0]);
	if (next.out_port != next.port || !next.out_type)
		return fail("hvctl port list", "partition %s: port %u: there is no such port",
			    args->argv[0], next.port);
	out_show("port", port_json(&next, info.out_handle, true), FIELDS(fields));
	return EXIT_OK;
}

static int set_port(struct args *args)
{
	struct hvpersona_port_property property = { .size = sizeof(property) };
	uint64_t value;
	int fd;

	if (args->argc < 4)
		return usage("port set: PARTITION PORT PROPERTY VALUE");
	if (!port_id_parse("port", args->argv[1], &property.port) ||
	    !name_parse(&port_properties, args->argv[2], &property.code) ||
	    !parse_number(args->argv[2], args->argv[3], UINT64_MAX, &value))
		return failure;
	property.value = value;
	fd = port_owner_open(args->argv[0]);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_PORT_PROPERTY_SET, &property) < 0)
		return fail_status(property.out_status, words, "partition %s: port %u: %s",
				   args->argv[0], property.port, args->argv[2]);
	if (format != FORMAT_TEXT)
		out_json(stdout, "set", json_object_new_boolean(true));
	return EXIT_OK;
}

const struct object object_port = {
	"port", "ports: where messages and events arrive",
	(const struct command[]) {
		{ "list", "[PARTITION|host]", "one line for each port, of all by default", 0, 1, false,
		  list },
		{ "show", "PARTITION|host PORT", "everything about one", 0, 2, false, show_port },
		{ "create", "PARTITION PORT", "make a port at which a partition receives",
		  BIT(OPT_FROM) | BIT(OPT_TYPE) | BIT(OPT_SINT) | BIT(OPT_VP) | BIT(OPT_EVENT_FLAGS) |
		  BIT(OPT_ADDRESS), 2, false, create_port },
		{ "delete", "PARTITION|host PORT", "delete it; what connects to it leads nowhere then",
		  0, 2, false, delete },
		{ "set", "PARTITION PORT PORT-PROPERTY VALUE", "write a property", 0, 4, false, set_port },
		{ "read", "PORT", "make a port of the host's, and print what arrives",
		  BIT(OPT_FROM) | BIT(OPT_TYPE) | BIT(OPT_EVENT_FLAGS) | BIT(OPT_MESSAGES) |
		  BIT(OPT_DURATION), 1, false, port_read },
		{ 0 }
	}
};
