// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl vp: virtual processors of a partition.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

int vp_next(int fd, uint32_t vp_index, struct hvpersona_vp_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->vp_index = vp_index;
	return device_ioctl(fd, HVPERSONA_VP_INFO, info);
}

static struct json_object *vp_json(const struct hvpersona_vp_info *info)
{
	static const char *const states[] = {
		[HVPERSONA_VP_RUNNABLE] = "runnable",
		[HVPERSONA_VP_HALTED] = "halted",
		[HVPERSONA_VP_WAIT_SIPI] = "not started",
		[HVPERSONA_VP_STOPPED] = "stopped",
	};
	struct json_object *obj = json_object_new_object();

	add_number(obj, "vp", info->out_vp_index);
	add_number(obj, "apic_id", info->out_apic_id);
	add_string(obj, "state", info->out_state < ARRAY_SIZE(states) ? states[info->out_state] :
		   "unknown");
	add_number(obj, "vtl", info->out_vtl);
	json_object_object_add(obj, "tid", info->out_tid ? json_object_new_uint64(info->out_tid) : NULL);
	add_number(obj, "hypercalls", info->out_hypercalls);
	return obj;
}

static const struct field fields[] = {
	{ "vp" }, { "apic_id" }, { "state" }, { "vtl" }, { "tid" }, { "hypercalls" },
};

/* Rows of all VPs, or of the one called @only; NULL after a message */
static struct json_object *vp_rows(const char *partition, const char *only)
{
	struct json_object *rows = json_object_new_array();
	struct hvpersona_vp_info info;
	uint64_t index = 0;
	int dev, fd;

	if (only && !parse_number("virtual processor", only, UINT32_MAX, &index))
		return NULL;
	dev = device_open();
	fd = dev < 0 ? -1 : partition_find(dev, partition);
	if (fd < 0)
		return NULL;
	while (!vp_next(fd, index, &info) && (!only || info.out_vp_index == index)) {
		json_object_array_add(rows, vp_json(&info));
		if (only || info.out_vp_index == UINT32_MAX)
			return rows;
		index = info.out_vp_index + 1;
	}
	if (only)
		fail("hvctl vp list", "virtual processor %s does not exist", only);
	else if (errno != ENOENT)
		fail_errno(NULL, "virtual processors");
	else
		return rows;
	return NULL;
}

static int vp_list(struct args *args)
{
	struct json_object *rows = vp_rows(args->argv[0], NULL);

	if (!rows)
		return failure;
	out_list("vps", rows, FIELDS(fields));
	return EXIT_OK;
}

static int vp_show(struct args *args)
{
	struct json_object *rows = vp_rows(args->argv[0], args->argc > 1 ? args->argv[1] : NULL);

	if (!rows)
		return failure;
	out_show("vps", rows, FIELDS(fields));
	return EXIT_OK;
}

static const struct words child_words[] = {
	{ EOPNOTSUPP, "the VMM has the virtual processors of a virtual machine; this is for children",
	  "hvctl partition create" },
	{ EPERM, "the processor time that each of its virtual processors reserves is not there",
	  "hvctl partition set PARTITION CpuReserve 0" },
	{ 0 }
};

/* PARTITION VP; a descriptor, or -1 after a message */
static int open_vp(struct args *args, const char *verb, uint32_t *index)
{
	uint64_t number;

	if (args->argc < 2) {
		usage("vp %s: PARTITION VP", verb);
		return -1;
	}
	if (!parse_number("virtual processor", args->argv[1], UINT32_MAX, &number))
		return -1;
	*index = number;
	return partition_named(args->argv[0]);
}

static int change(struct args *args, const char *verb, unsigned long request, const char *done)
{
	struct hvpersona_vp_change change = { .size = sizeof(change) };
	int fd = open_vp(args, verb, &change.vp_index);

	if (fd < 0)
		return failure;
	if (device_ioctl(fd, request, &change) < 0)
		return fail_status(change.out_status, child_words,
				   "partition %s: virtual processor %u", args->argv[0], change.vp_index);
	if (format != FORMAT_TEXT)
		out_json(stdout, done, json_object_new_boolean(true));
	return EXIT_OK;
}

static int vp_create(struct args *args)
{
	return change(args, "create", HVPERSONA_VP_CREATE, "created");
}

static int vp_delete(struct args *args)
{
	return change(args, "delete", HVPERSONA_VP_DELETE, "deleted");
}

/* Registers */

static struct json_object *register_json(const struct hvpersona_register *reg)
{
	struct json_object *obj = json_object_new_object();
	char text[128];

	register_text(reg, text, sizeof(text));
	add_string(obj, "register", name_of(&register_names, reg->name));
	add_number(obj, "name", reg->name);
	add_string(obj, "value", text);
	return obj;
}

static struct json_object *registers_json(const struct hvpersona_register *list, uint32_t count)
{
	struct json_object *rows = json_object_new_array();

	for (uint32_t i = 0; i < count; i++)
		json_object_array_add(rows, register_json(&list[i]));
	return rows;
}

/* All that can be read: those that cannot are skipped */
static struct json_object *all_registers(int fd, uint32_t vp)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < register_names.count; i++) {
		struct hvpersona_register reg = { .name = register_names.row[i].number };
		struct hvpersona_vp_registers regs = {
			.size = sizeof(regs), .vp_index = vp, .registers = (uintptr_t)&reg, .count = 1,
		};

		if (!device_ioctl(fd, HVPERSONA_VP_GET_REGISTERS, &regs))
			json_object_array_add(rows, register_json(&reg));
		else if (!regs.out_status)
			return NULL;
	}
	return rows;
}

static int out_registers(struct json_object *rows)
{
	static const struct field fields[] = {
		{ "register" }, { "name", LOOK_CODE, "NUMBER" }, { "value" },
	};

	out_list("registers", rows, FIELDS(fields));
	return EXIT_OK;
}

/* The list that is named, as NAME or with @set as NAME=VALUE; NULL after a message */
static struct hvpersona_register *parse_list(char **argv, uint32_t count, bool set)
{
	struct hvpersona_register *list = calloc(count, sizeof(*list));

	for (uint32_t i = 0; i < count; i++)
		if (!(set ? register_parse(argv[i], &list[i]) :
			    name_parse(&register_names, argv[i], &list[i].name))) {
			free(list);
			return NULL;
		}
	return list;
}

static int regs(struct args *args)
{
	bool set = args->argc && !strcmp(args->argv[0], "set");
	struct args rest = { .argc = args->argc - 1, .argv = args->argv + 1 };
	struct hvpersona_vp_registers regs = { .size = sizeof(regs) };
	struct hvpersona_register *list;
	struct json_object *rows;
	int fd, ret;

	if (!args->argc || (!set && strcmp(args->argv[0], "get")))
		return usage("vp regs: get or set?");
	if (set && rest.argc < 3)
		return usage("vp regs set: PARTITION VP REGISTER=VALUE...");
	if (rest.argc > 2 + HVPERSONA_MAX_REGISTERS)
		return usage("vp regs: at most %d registers", HVPERSONA_MAX_REGISTERS);
	regs.count = rest.argc > 2 ? rest.argc - 2 : 0;
	list = parse_list(rest.argv + 2, regs.count, set);
	fd = list ? open_vp(&rest, set ? "regs set" : "regs get", &regs.vp_index) : -1;
	if (fd < 0)
		return failure;
	if (!regs.count) {
		rows = all_registers(fd, regs.vp_index);
		return rows ? out_registers(rows) :
			      fail_errno(child_words, "partition %s: virtual processor %u",
					 rest.argv[0], regs.vp_index);
	}
	regs.registers = (uintptr_t)list;
	ret = device_ioctl(fd, set ? HVPERSONA_VP_SET_REGISTERS : HVPERSONA_VP_GET_REGISTERS, &regs);
	if (ret < 0)
		return fail_status(regs.out_status, child_words,
				   "partition %s: virtual processor %u: %s", rest.argv[0],
				   regs.vp_index, regs.out_done < regs.count ?
				   rest.argv[2 + regs.out_done] : "registers");
	if (!set)
		return out_registers(registers_json(list, regs.count));
	if (format != FORMAT_TEXT)
		out_json(stdout, "set", json_object_new_uint64(regs.out_done));
	return EXIT_OK;
}

const struct object object_vp = {
	"vp", "virtual processors of a partition",
	(const struct command[]) {
		{ "list", "[PARTITION]", "one line for each", 0, 1, false, vp_list },
		{ "show", "[PARTITION [VP]]", "everything about one, or about all", 0, 2, false, vp_show },
		{ "create", "PARTITION VP", "make one of a child", 0, 2, false, vp_create },
		{ "delete", "PARTITION VP", "delete one of a child", 0, 2, false, vp_delete },
		{ "regs", "get|set PARTITION VP REGISTER[=VALUE]...",
		  "read or write registers of a child; without names, read all", 0, MANY, false, regs },
		{ 0 }
	}
};
