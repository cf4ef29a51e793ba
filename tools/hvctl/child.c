// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl partition create, initialize, finalize, delete, get, set: child partitions from
 * birth to death.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvctl.h"

#define NEWEST_VERSION	0x0609

static const struct words child_words[] = {
	{ EOPNOTSUPP, "this is only for child partitions", "hvctl partition create" },
	{ EPERM, "it has children, or pages in its pool",
	  "hvctl partition list, hvctl memory withdraw, or hvctl partition delete --force" },
	{ 0 }
};

/* The file that stands for the host's memory, or as much of anonymous memory; -1 after a message */
static int open_memory(const char *text)
{
	uint64_t bytes;
	int fd;

	if (*text < '0' || *text > '9') {
		fd = open(text, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fail_errno((const struct words[]) { { ENOENT, "no such file" }, { 0 } }, "%s", text);
		return fd;
	}
	if (!parse_size("--memory", text, &bytes))
		return -1;
	fd = memfd_create("hvctl-memory", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, bytes) < 0) {
		fail_errno(NULL, "--memory %s", text);
		return -1;
	}
	return fd;
}

/* "BANK0[,BANK1]" */
static bool parse_banks(const char *text, __u64 banks[2])
{
	const char *comma = strchr(text, ',');
	char first[32];
	uint64_t bank;

	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - text) : (int)strlen(text), text);
	if (!parse_number("--hide-features", first, UINT64_MAX, &bank))
		return false;
	banks[0] = bank;
	if (comma && !parse_number("--hide-features", comma + 1, UINT64_MAX, &bank))
		return false;
	banks[1] = comma ? bank : 0;
	return true;
}

static bool parse_create(const struct args *args, struct hvpersona_partition_create *create)
{
	const char *const *opt = args->opt;
	uint64_t number = NEWEST_VERSION;
	uint32_t flags = 0;

	if (opt[OPT_FLAGS] && !flags_parse(&creation_flags, opt[OPT_FLAGS], &flags))
		return false;
	create->creation_flags = flags;
	if (opt[OPT_COMPATIBILITY] &&
	    !parse_number("--compatibility", opt[OPT_COMPATIBILITY], UINT16_MAX, &number))
		return false;
	create->compatibility = number;
	if (opt[OPT_HIDE_FEATURES] && !parse_banks(opt[OPT_HIDE_FEATURES], create->disabled_features))
		return false;
	number = 0;
	if (opt[OPT_HIDE_XSAVE] && !parse_number("--hide-xsave", opt[OPT_HIDE_XSAVE], UINT64_MAX, &number))
		return false;
	create->disabled_xsave = number;
	number = 0;
	if (opt[OPT_PARENT] && !parse_number("--parent", opt[OPT_PARENT], UINT32_MAX, &number))
		return false;
	create->parent = number;
	if (opt[OPT_MEMORY] && number) {
		usage("partition create: only children of the host have --memory");
		return false;
	}
	create->memory_fd = opt[OPT_MEMORY] ? open_memory(opt[OPT_MEMORY]) : -1;
	return !opt[OPT_MEMORY] || create->memory_fd >= 0;
}

int partition_create(struct args *args)
{
	static const struct words words[] = {
		{ ENOENT, "there is no such parent", "hvctl partition list" },
		{ EINVAL, "the memory is not a regular file, or not writable", NULL },
		{ 0 }
	};
	/* It shall outlive this process */
	struct hvpersona_partition_create create = {
		.size = sizeof(create), .flags = HVPERSONA_CREATE_KEEP,
	};
	struct hvpersona_partition_info info;
	int dev, fd;

	if (!parse_create(args, &create))
		return failure;
	dev = device_open();
	if (dev < 0)
		return failure;
	fd = device_ioctl(dev, HVPERSONA_PARTITION_CREATE, &create);
	if (fd < 0)
		return fail_status(create.out_status, words, "new partition");
	if (partition_info(fd, &info) < 0)
		return fail_errno(NULL, "new partition");
	if (format != FORMAT_TEXT)
		out_json(stdout, "handle", json_object_new_uint64(info.out_handle));
	else
		printf("%u\n", info.out_handle);
	return EXIT_OK;
}

static int change(struct args *args, const char *verb, unsigned long request, uint32_t flags,
		  const char *done)
{
	struct hvpersona_partition_change change = { .size = sizeof(change), .flags = flags };
	const char *name = args->argv[0];
	int fd;

	if (!args->argc)
		return usage("partition %s: which partition?", verb);
	fd = partition_named(name);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, request, &change) < 0)
		return fail_status(change.out_status, child_words, "partition %s", name);
	if (format != FORMAT_TEXT)
		out_json(stdout, done, json_object_new_boolean(true));
	return EXIT_OK;
}

int partition_initialize(struct args *args)
{
	return change(args, "initialize", HVPERSONA_PARTITION_INITIALIZE, 0, "initialized");
}

int partition_finalize(struct args *args)
{
	return change(args, "finalize", HVPERSONA_PARTITION_FINALIZE, 0, "finalized");
}

int partition_delete(struct args *args)
{
	return change(args, "delete", HVPERSONA_PARTITION_DELETE,
		      args->opt[OPT_FORCE] ? HVPERSONA_DELETE_FORCE : 0, "deleted");
}

/* Properties */

static bool parse_argument(const struct args *args, uint64_t *argument)
{
	*argument = 0;
	return !args->opt[OPT_ARGUMENT] ||
	       parse_number("--argument", args->opt[OPT_ARGUMENT], UINT64_MAX, argument);
}

/* "hex:" and the bytes; a number if it is just one */
static void value_text(const struct hvpersona_property *property, const uint8_t *data, char *buf,
		       size_t size)
{
	size_t used = 0;

	if (property->out_data_size <= sizeof(property->value)) {
		snprintf(buf, size, "0x%llx", (unsigned long long)property->value);
		return;
	}
	used = snprintf(buf, size, "hex:");
	for (uint32_t i = 0; i < property->out_data_size && used < size; i++)
		used += snprintf(buf + used, size - used, "%02x", data[i]);
}

static struct json_object *property_json(const struct hvpersona_property *property,
					 const uint8_t *data)
{
	struct json_object *obj = json_object_new_object();
	char text[2 * HVPERSONA_PROPERTY_MAX + 8];

	value_text(property, data, text, sizeof(text));
	add_string(obj, "property", name_of(&property_names, property->code));
	add_number(obj, "code", property->code);
	add_string(obj, "value", text);
	return obj;
}

/* A row for the property; NULL if it cannot be read, and *status and errno tell why */
static struct json_object *read_property(int fd, uint32_t code, uint64_t argument, uint32_t *status)
{
	uint8_t data[HVPERSONA_PROPERTY_MAX] = { 0 };
	struct hvpersona_property property = {
		.size = sizeof(property), .code = code, .argument = argument,
		.data = (uintptr_t)data, .data_size = sizeof(data),
	};
	int ret = device_ioctl(fd, HVPERSONA_PROPERTY_GET, &property);

	*status = property.out_status;
	return ret < 0 ? NULL : property_json(&property, data);
}

/* Those that are named, or all that can be read; NULL after a message */
static struct json_object *read_properties(const struct args *args, int fd, uint64_t argument)
{
	struct json_object *rows = json_object_new_array(), *row;
	size_t count = args->argc > 1 ? (size_t)args->argc - 1 : property_names.count;
	uint32_t code, status;

	for (size_t i = 0; i < count; i++) {
		if (args->argc == 1)
			code = property_names.row[i].number;
		else if (!name_parse(&property_names, args->argv[1 + i], &code))
			return NULL;
		row = read_property(fd, code, argument, &status);
		if (row) {
			json_object_array_add(rows, row);
		} else if (args->argc > 1 || !status) {
			fail_status(status, child_words, "partition %s: property %s", args->argv[0],
				    args->argc > 1 ? args->argv[1 + i] : property_names.row[i].name);
			return NULL;
		}
	}
	return rows;
}

int partition_get(struct args *args)
{
	static const struct field fields[] = {
		{ "property" }, { "code", LOOK_CODE }, { "value" },
	};
	struct json_object *rows;
	uint64_t argument;
	int fd;

	if (!args->argc)
		return usage("partition get: which partition?");
	if (!parse_argument(args, &argument))
		return failure;
	fd = partition_named(args->argv[0]);
	if (fd < 0)
		return failure;
	rows = read_properties(args, fd, argument);
	if (!rows)
		return failure;
	out_list("properties", rows, FIELDS(fields));
	return EXIT_OK;
}

int partition_set(struct args *args)
{
	uint8_t data[HVPERSONA_PROPERTY_MAX] = { 0 };
	struct hvpersona_property property = { .size = sizeof(property) };
	uint64_t number = 0, argument;
	const char *value;
	int fd;

	if (args->argc < 3)
		return usage("partition set: PARTITION PROPERTY VALUE");
	value = args->argv[2];
	if (!name_parse(&property_names, args->argv[1], &property.code) ||
	    !parse_argument(args, &argument))
		return failure;
	if (!strncmp(value, "hex:", 4)) {
		property.data = (uintptr_t)data;
		if (!parse_bytes(value + 4, data, sizeof(data), &property.data_size))
			return failure;
		/* Whole qwords */
		property.data_size = (property.data_size + 7) / 8 * 8;
	} else if (!parse_number(args->argv[1], value, UINT64_MAX, &number)) {
		return failure;
	}
	property.value = number;
	property.argument = argument;
	fd = partition_named(args->argv[0]);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_PROPERTY_SET, &property) < 0)
		return fail_status(property.out_status, child_words, "partition %s: property %s",
				   args->argv[0], args->argv[1]);
	if (format != FORMAT_TEXT)
		out_json(stdout, "set", json_object_new_boolean(true));
	return EXIT_OK;
}
