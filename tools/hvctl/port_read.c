// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl port read: a port of the host's that lasts as long as this process.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hvctl.h"

static const struct words words[] = {
	{ ENOENT, "there is no such partition", "hvctl partition list" },
	{ EOPNOTSUPP, "the host receives only messages and events", NULL },
	{ 0 }
};

/* HV_MESSAGE, the specification's section on messages */
struct message {
	uint32_t type;
	uint8_t size;
	uint8_t flags;
	uint16_t reserved;
	uint64_t port;
	uint8_t payload[HVPERSONA_MESSAGE_MAX];
};

_Static_assert(sizeof(struct message) == HVPERSONA_MESSAGE_SIZE, "HV_MESSAGE");

struct reading {
	uint32_t type;
	uint64_t left;		/* messages or flags to print */
	uint64_t end_ns;	/* 0: none */
};

/* "hex:..." and, if all of it can be printed, the same as text */
static void print_message(const struct message *message)
{
	char hex[2 * HVPERSONA_MESSAGE_MAX + 8] = "hex:", text[HVPERSONA_MESSAGE_MAX + 1];
	struct json_object *obj;
	bool printable = true;
	unsigned int i;

	for (i = 0; i < message->size && i < HVPERSONA_MESSAGE_MAX; i++) {
		snprintf(hex + 4 + 2 * i, 3, "%02x", message->payload[i]);
		text[i] = message->payload[i];
		printable &= isascii(text[i]) && isprint(text[i]);
	}
	text[i] = '\0';
	if (format == FORMAT_TEXT) {
		printf("0x%08x %s%s%s\n", message->type, hex, printable && i ? " " : "",
		       printable ? text : "");
		return;
	}
	obj = json_object_new_object();
	add_number(obj, "port", message->port);
	add_number(obj, "type", message->type);
	add_number(obj, "size", message->size);
	add_string(obj, "payload", hex);
	add_string(obj, "text", printable ? text : NULL);
	out_json(stdout, "message", obj);
}

static void print_flag(uint16_t flag)
{
	if (format == FORMAT_TEXT)
		printf("%u\n", flag);
	else
		out_json(stdout, "flag", json_object_new_uint64(flag));
}

/* One message, or one flag, printed; exit status */
static int read_one(int fd, const struct reading *reading)
{
	struct message message;
	uint16_t flag;
	ssize_t ret;

	ret = reading->type == HVPERSONA_PORT_EVENT ? read(fd, &flag, sizeof(flag)) :
						      read(fd, &message, sizeof(message));
	if (ret < 0)
		return fail_errno((const struct words[]) {
			{ ENODEV, "somebody has deleted the port", NULL }, { 0 } }, "reading");
	if (reading->type == HVPERSONA_PORT_EVENT)
		print_flag(flag);
	else
		print_message(&message);
	if (fflush(stdout))
		return fail(NULL, "cannot write the result: %s", strerror(errno));
	return EXIT_OK;
}

static int read_all(int fd, struct reading *reading)
{
	int ret;

	for (; reading->left; reading->left--) {
		ret = wait_readable(fd, reading->end_ns);
		if (ret < 0)
			return fail_errno(NULL, "reading");
		if (!ret)
			return EXIT_OK;
		ret = read_one(fd, reading);
		if (ret)
			return ret;
	}
	return EXIT_OK;
}

/* The port, except who may connect, and how long to read */
static bool parse_reading(const struct args *args, struct hvpersona_port_create *create,
			  struct reading *reading)
{
	const char *from = args->opt[OPT_FROM], *count = args->opt[OPT_MESSAGES];
	const char *duration = args->opt[OPT_DURATION];
	uint64_t ns;

	if (!port_channel_parse(args, args->argv[0], create) ||
	    (count && !parse_number("--count", count, UINT64_MAX, &reading->left)) ||
	    (duration && !parse_seconds("--duration", duration, &ns)))
		return false;
	if (!strcmp(from, "host") || create->base_flag) {
		usage("port read: %s", create->base_flag ? "the host's flags begin with 0" :
							   "the host does not send to itself");
		return false;
	}
	reading->type = create->type;
	reading->end_ns = duration ? now_ns() + ns : 0;
	return true;
}

int port_read(struct args *args)
{
	struct reading reading = { .left = UINT64_MAX };
	struct hvpersona_port_create create;
	int dev, fd;

	if (!args->argc)
		return usage("port read: which number shall the port have?");
	if (!parse_reading(args, &create, &reading) ||
	    !port_peer_parse(args->opt[OPT_FROM], &create.peer))
		return failure;
	dev = device_open();
	if (dev < 0)
		return failure;
	fd = device_ioctl(dev, HVPERSONA_PORT_CREATE, &create);
	if (fd < 0)
		return fail_status(create.out_status, words, "port %u", create.port);
	return read_all(fd, &reading);
}
