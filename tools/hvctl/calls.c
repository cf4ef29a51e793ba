// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl calls: the hypercall table of the module, and what a partition made of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

int calls_load(int dev, struct calls *calls)
{
	struct hvpersona_info info = { .size = sizeof(info) };

	if (device_ioctl(dev, HVPERSONA_INFO, &info) < 0) {
		fail_errno(NULL, "module");
		return -1;
	}
	calls->count = info.out_calls;
	calls->row = calloc(calls->count, sizeof(*calls->row));
	for (uint32_t i = 0; i < calls->count; i++) {
		calls->row[i].size = sizeof(calls->row[i]);
		calls->row[i].index = i;
		if (device_ioctl(dev, HVPERSONA_CALL_INFO, &calls->row[i]) < 0) {
			fail_errno(NULL, "row %u of the hypercall table", i);
			return -1;
		}
	}
	return 0;
}

const struct hvpersona_call_info *calls_find(const struct calls *calls, uint16_t code)
{
	for (uint32_t i = 0; i < calls->count; i++)
		if (calls->row[i].out_code == code)
			return &calls->row[i];
	return NULL;
}

/* "x" if the paper saw the call there, "?" if it cannot be read there, else "" */
const char *calls_mark(const struct hvpersona_call_info *row, enum hvpersona_seen seen)
{
	if (!row)
		return "";
	return row->out_table4 & seen << 4 ? "?" : row->out_table4 & seen ? "x" : "";
}

static struct json_object *call_json(const struct hvpersona_call_info *row)
{
	static const char *const services[] = {
		[HVPERSONA_CALL_NOT_SERVED] = "not served",
		[HVPERSONA_CALL_SERVED] = "served",
		[HVPERSONA_CALL_KVM] = "kvm",
	};
	static const char *const origins[] = {
		[HVPERSONA_ORIGIN_TABLE4] = "table4",
		[HVPERSONA_ORIGIN_INVERSE] = "inverse",
		[HVPERSONA_ORIGIN_COMPANION] = "companion",
	};
	struct json_object *obj = json_object_new_object();
	char shape[24];

	snprintf(shape, sizeof(shape), "%s%s", row->out_rep ? "rep" : "simple",
		 row->out_var_header ? "+header" : "");
	add_number(obj, "code", row->out_code);
	add_string(obj, "name", row->out_name);
	add_string(obj, "service", row->out_service < ARRAY_SIZE(services) ?
		   services[row->out_service] : "unknown");
	add_string(obj, "origin", row->out_origin < ARRAY_SIZE(origins) ?
		   origins[row->out_origin] : "unknown");
	add_string(obj, "shape", shape);
	add_string(obj, "layout", row->out_own_layout ? "project" : "public");
	add_number(obj, "input_bytes", row->out_input_size);
	add_number(obj, "rep_input_bytes", row->out_rep_input_size);
	add_number(obj, "output_bytes", row->out_output_size);
	add_number(obj, "rep_output_bytes", row->out_rep_output_size);
	add_string(obj, "privilege", row->out_privilege == HVPERSONA_NO_PRIVILEGE ? NULL :
		   privilege_name(row->out_privilege));
	add_string(obj, "paper_root_boot", calls_mark(row, HVPERSONA_SEEN_ROOT_BOOT));
	add_string(obj, "paper_root_idle", calls_mark(row, HVPERSONA_SEEN_ROOT_IDLE));
	add_string(obj, "paper_guest_boot", calls_mark(row, HVPERSONA_SEEN_GUEST_BOOT));
	add_string(obj, "paper_guest_idle", calls_mark(row, HVPERSONA_SEEN_GUEST_IDLE));
	return obj;
}

static int calls_list(struct args *args)
{
	static const struct field fields[] = {
		{ "code", LOOK_CODE }, { "name" }, { "service" }, { "origin" }, { "shape" },
		{ "input_bytes", 0, "IN" }, { "rep_input_bytes", 0, "+REP" },
		{ "output_bytes", 0, "OUT" }, { "rep_output_bytes", 0, "+REP" },
		{ "paper_root_boot", 0, "ROOT:BOOT" }, { "paper_root_idle", 0, "IDLE" },
		{ "paper_guest_boot", 0, "GUEST:BOOT" }, { "paper_guest_idle", 0, "IDLE" },
		{ "privilege" },
	};
	struct json_object *rows;
	struct calls calls;
	int dev = device_open();

	if (dev < 0 || calls_load(dev, &calls) < 0)
		return failure;
	rows = json_object_new_array();
	for (uint32_t i = 0; i < calls.count; i++)
		if (!args->opt[OPT_SERVED] || calls.row[i].out_service != HVPERSONA_CALL_NOT_SERVED)
			json_object_array_add(rows, call_json(&calls.row[i]));
	out_list("calls", rows, FIELDS(fields));
	return EXIT_OK;
}

/* Most calls first, then by code */
static int compare_counters(const void *a, const void *b)
{
	const struct hvpersona_call_counters *l = a, *r = b;

	if (l->calls != r->calls)
		return l->calls < r->calls ? 1 : -1;
	return (int)l->code - (int)r->code;
}

static struct json_object *counters_json(const struct hvpersona_call_counters *c,
					 const struct calls *calls)
{
	const struct hvpersona_call_info *row = calls_find(calls, c->code);
	struct json_object *obj = json_object_new_object();
	char status[16];

	snprintf(status, sizeof(status), "0x%04x", c->last_status);
	/* HVPERSONA_CALL_UNKNOWN stands for many codes, so it has none */
	json_object_object_add(obj, "code", c->code == HVPERSONA_CALL_UNKNOWN ? NULL :
			       json_object_new_uint64(c->code));
	add_string(obj, "name", row ? row->out_name : "(codes without a row)");
	add_number(obj, "calls", c->calls);
	add_number(obj, "errors", c->errors);
	add_string(obj, "last_error", c->errors ? status_name(c->last_status) ?: status : NULL);
	add_number(obj, "reps", c->reps);
	add_number(obj, "continuations", c->continuations);
	return obj;
}

static int calls_stats(struct args *args)
{
	static const struct field fields[] = {
		{ "code", LOOK_CODE }, { "name" }, { "calls" }, { "errors" }, { "reps" },
		{ "continuations" }, { "last_error" },
	};
	struct hvpersona_call_stats stats = { .size = sizeof(stats) };
	struct hvpersona_call_counters *entries;
	struct json_object *rows;
	struct calls calls;
	int dev, fd;

	dev = device_open();
	if (dev < 0 || calls_load(dev, &calls) < 0)
		return failure;
	fd = partition_find(dev, args->argv[0]);
	if (fd < 0)
		return failure;
	stats.capacity = calls.count + 1;
	entries = calloc(stats.capacity, sizeof(*entries));
	stats.entries = (uintptr_t)entries;
	if (device_ioctl(fd, HVPERSONA_CALL_STATS, &stats) < 0)
		return fail_errno(NULL, "partition %s", args->argv[0] ?: "");
	if (stats.out_count > stats.capacity)
		stats.out_count = stats.capacity;
	qsort(entries, stats.out_count, sizeof(*entries), compare_counters);
	rows = json_object_new_array();
	for (uint32_t i = 0; i < stats.out_count; i++)
		if (args->opt[OPT_ALL] || entries[i].calls || entries[i].continuations)
			json_object_array_add(rows, counters_json(&entries[i], &calls));
	out_list("calls", rows, FIELDS(fields));
	return EXIT_OK;
}

const struct object object_calls = {
	"calls", "the hypercalls that the module knows, and counts of them",
	(const struct command[]) {
		{ "list", "", "the table: code, name, who answers, shape, sizes, privilege",
		  BIT(OPT_SERVED), 0, false, calls_list },
		{ "stats", "[PARTITION]", "how often each was made", BIT(OPT_ALL), 1, false,
		  calls_stats },
		{ 0 }
	}
};
