// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl vp: virtual processors of a partition.
 */
#include <errno.h>
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

const struct object object_vp = {
	"vp", "virtual processors of a partition",
	(const struct command[]) {
		{ "list", "[PARTITION]", "one line for each", 0, 1, false, vp_list },
		{ "show", "[PARTITION [VP]]", "everything about one, or about all", 0, 2, false, vp_show },
		{ 0 }
	}
};
