// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl connection, message, event: what a partition or the host sends through.
 */
#include <errno.h>
#include <string.h>

#include "hvctl.h"

#define ANY_VALUE	(1ULL << 31)	/* of the doorbell's flags */

static const struct words words[] = {
	{ ENOENT, "there is no such partition, port or connection",
	  "hvctl partition list, hvctl port list, hvctl connection list" },
	{ EOPNOTSUPP, "the host sends only messages and events", NULL },
	{ 0 }
};

/* "1", "2", "4" or "8" bytes as the doorbell's flags have it */
static bool parse_width(const char *text, uint64_t *code)
{
	static const char *const widths[] = { "1", "2", "4", "8" };

	*code = 0;
	if (!text)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		if (!strcmp(text, widths[i])) {
			*code = i + 1;
			return true;
		}
	usage("--width: '%s' is not 1, 2, 4 or 8", text);
	return false;
}

/* What rings a doorbell: any write, unless a width or a value is given */
static bool parse_doorbell(const struct args *args, struct hvpersona_connection_create *create)
{
	const char *value = args->opt[OPT_VALUE];
	uint64_t number = 0, width;

	if (!parse_width(args->opt[OPT_WIDTH], &width) ||
	    (value && !parse_number("--value", value, UINT64_MAX, &number)))
		return false;
	create->trigger = number;
	create->doorbell_flags = width | (value ? 0 : ANY_VALUE);
	return true;
}

static bool parse_address(const struct args *args, struct hvpersona_connection_create *create)
{
	bool doorbell = create->type == HVPERSONA_PORT_DOORBELL;
	bool needed = doorbell || create->type == HVPERSONA_PORT_MONITOR;
	const char *text = args->opt[OPT_ADDRESS];
	uint64_t number;

	if (needed != !!text) {
		usage("connection create: %s", needed ? "at which address? (--address ADDRESS)" :
			"only monitor connections and doorbells have an address");
		return false;
	}
	if (!doorbell && (args->opt[OPT_VALUE] || args->opt[OPT_WIDTH])) {
		usage("connection create: only doorbells have a value or a width");
		return false;
	}
	if (!needed)
		return true;
	if (!(doorbell ? parse_number("--address", text, UINT64_MAX, &number) :
			 parse_size("--address", text, &number)))
		return false;
	create->address = number;
	return !doorbell || parse_doorbell(args, create);
}

static int connect_port(struct args *args)
{
	struct hvpersona_connection_create create = { .size = sizeof(create) };
	const char *const *opt = args->opt;
	int fd;

	if (args->argc < 2)
		return usage("connection create: PARTITION CONNECTION");
	if (!opt[OPT_TO] || !opt[OPT_PORT])
		return usage("connection create: to which port? (--to PARTITION --port PORT)");
	if (!port_id_parse("connection", args->argv[1], &create.connection) ||
	    !port_id_parse("--port", opt[OPT_PORT], &create.port) ||
	    !port_type_parse(opt[OPT_TYPE], &create.type) || !parse_address(args, &create) ||
	    !port_peer_parse(opt[OPT_TO], &create.peer))
		return failure;
	fd = port_owner_open(args->argv[0]);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_CONNECTION_CREATE, &create) < 0)
		return fail_status(create.out_status, words, "partition %s: connection %u",
				   args->argv[0], create.connection);
	if (format != FORMAT_TEXT)
		out_json(stdout, "created", json_object_new_boolean(true));
	return EXIT_OK;
}

static int delete(struct args *args)
{
	return port_delete(args, "connection", HVPERSONA_CONNECTION_DELETE);
}

static void add_address(struct json_object *obj, const struct hvpersona_connection_next *next)
{
	bool doorbell = next->out_type == HVPERSONA_PORT_DOORBELL;
	unsigned int width = next->out_doorbell_flags & 7;

	if (doorbell || next->out_type == HVPERSONA_PORT_MONITOR)
		add_hex(obj, "address", next->out_address);
	else
		add_string(obj, "address", NULL);
	if (doorbell && !(next->out_doorbell_flags & ANY_VALUE))
		add_hex(obj, "value", next->out_trigger);
	else
		add_string(obj, "value", NULL);
	json_object_object_add(obj, "width", doorbell && width ?
			       json_object_new_uint64(1 << (width - 1)) : NULL);
}

static struct json_object *connection_json(const struct hvpersona_connection_next *next,
					   uint32_t handle)
{
	struct json_object *obj = json_object_new_object();

	add_partition(obj, "partition", handle);
	add_number(obj, "connection", next->out_connection);
	add_string(obj, "type", name_of(&port_types, next->out_type));
	if (next->out_state & HVPERSONA_PORT_CONNECTED) {
		add_partition(obj, "to", next->out_peer);
		add_number(obj, "port", next->out_port);
	} else {
		add_string(obj, "to", NULL);
		add_string(obj, "port", NULL);
	}
	add_address(obj, next);
	return obj;
}

static bool add_connections(int fd, uint32_t handle, struct json_object *rows)
{
	struct hvpersona_connection_next next = { .size = sizeof(next) };

	while (!device_ioctl(fd, HVPERSONA_CONNECTION_NEXT, &next)) {
		json_object_array_add(rows, connection_json(&next, handle));
		next.connection = next.out_connection + 1;
	}
	return errno == ENOENT || errno == ENODEV;
}

static int list(struct args *args)
{
	static const struct field fields[] = {
		{ "partition" }, { "connection" }, { "type" }, { "to" }, { "port" }, { "address" },
		{ "value" }, { "width" },
	};

	return port_list(args, "connections", add_connections, FIELDS(fields));
}

const struct object object_connection = {
	"connection", "connections: what is sent through to a port",
	(const struct command[]) {
		{ "list", "[PARTITION|host]", "one line for each connection, of all by default", 0, 1,
		  false, list },
		{ "create", "PARTITION|host CONNECTION", "connect a partition to a port of another",
		  BIT(OPT_TO) | BIT(OPT_PORT) | BIT(OPT_TYPE) | BIT(OPT_ADDRESS) | BIT(OPT_VALUE) |
		  BIT(OPT_WIDTH), 2, false, connect_port },
		{ "delete", "PARTITION|host CONNECTION", "cut it", 0, 2, false, delete },
		{ 0 }
	}
};

/* Sending, as the host */

/* Text, or "hex:" and bytes */
static bool parse_payload(const char *text, uint8_t *payload, uint32_t *size)
{
	size_t length = strlen(text);

	if (!strncmp(text, "hex:", 4))
		return parse_bytes(text + 4, payload, HVPERSONA_MESSAGE_MAX, size);
	if (length > HVPERSONA_MESSAGE_MAX) {
		usage("message post: %zu bytes are too long, at most %d", length, HVPERSONA_MESSAGE_MAX);
		return false;
	}
	memcpy(payload, text, length);
	*size = length;
	return true;
}

static int post_message(struct args *args)
{
	uint8_t payload[HVPERSONA_MESSAGE_MAX];
	struct hvpersona_post_message post = {
		.size = sizeof(post), .payload = (uintptr_t)payload,
	};
	uint64_t type = 1;
	int dev;

	if (!args->argc)
		return usage("message post: through which connection?");
	if (!port_id_parse("connection", args->argv[0], &post.connection) ||
	    (args->opt[OPT_TYPE] && !parse_number("--type", args->opt[OPT_TYPE], INT32_MAX, &type)) ||
	    (args->argc > 1 && !parse_payload(args->argv[1], payload, &post.payload_size)))
		return failure;
	post.type = type;
	dev = device_open();
	if (dev < 0)
		return failure;
	if (device_ioctl(dev, HVPERSONA_POST_MESSAGE, &post) < 0)
		return fail_status(post.out_status, words, "connection %u", post.connection);
	if (format != FORMAT_TEXT)
		out_json(stdout, "posted", json_object_new_boolean(true));
	return EXIT_OK;
}

const struct object object_message = {
	"message", "messages that the host sends",
	(const struct command[]) {
		{ "post", "CONNECTION [TEXT|hex:BYTES]", "post a message through a connection of the host's",
		  BIT(OPT_TYPE), 2, false, post_message },
		{ 0 }
	}
};

static int signal_event(struct args *args)
{
	struct hvpersona_signal_event event = { .size = sizeof(event) };
	uint64_t flag = 0;
	int dev;

	if (!args->argc)
		return usage("event signal: through which connection?");
	if (!port_id_parse("connection", args->argv[0], &event.connection) ||
	    (args->argc > 1 && !parse_number("flag", args->argv[1], UINT16_MAX, &flag)))
		return failure;
	event.flag = flag;
	dev = device_open();
	if (dev < 0)
		return failure;
	if (device_ioctl(dev, HVPERSONA_SIGNAL_EVENT, &event) < 0)
		return fail_status(event.out_status, words, "connection %u: flag %u", event.connection,
				   event.flag);
	if (format != FORMAT_TEXT)
		out_json(stdout, "signaled", json_object_new_boolean(true));
	return EXIT_OK;
}

const struct object object_event = {
	"event", "events that the host signals",
	(const struct command[]) {
		{ "signal", "CONNECTION [FLAG]", "set a flag (0) through a connection of the host's",
		  0, 2, false, signal_event },
		{ 0 }
	}
};
