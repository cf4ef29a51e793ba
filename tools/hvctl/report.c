// SPDX-License-Identifier: GPL-2.0
/*
 * The result of hvctl trace: a row for each call that was seen, in the order of the
 * codes as in the paper's Table 4, with the paper's marks beside the counts.
 */
#include <string.h>

#include "report.h"

static uint64_t boot_ns(const struct report *r)
{
	return (r->idle_by ? r->sums->idle_from_ns : r->end_ns) - r->start_ns;
}

static uint64_t idle_ns(const struct report *r)
{
	return r->idle_by ? r->end_ns - r->sums->idle_from_ns : 0;
}

static struct json_object *cell_json(const struct cell *cell)
{
	struct json_object *obj = json_object_new_object(), *list = json_object_new_array();
	const struct latency *latency = &cell->latency;

	add_number(obj, "calls", cell_calls(cell));
	for (size_t i = 0; i < cell->nr_statuses; i++) {
		struct json_object *status = json_object_new_object();

		add_number(status, "status", cell->statuses[i].status);
		add_string(status, "name", status_name(cell->statuses[i].status));
		add_number(status, "count", cell->statuses[i].count);
		json_object_array_add(list, status);
	}
	json_object_object_add(obj, "statuses", list);
	add_number(obj, "continued", cell->outcome[OUTCOME_CONTINUED]);
	add_number(obj, "to_kvm", cell->outcome[OUTCOME_KVM]);
	add_number(obj, "ud", cell->outcome[OUTCOME_UD]);
	if (!latency->count) {
		json_object_object_add(obj, "latency_ns", NULL);
		return obj;
	}
	list = json_object_new_object();
	add_number(list, "min", latency->min_ns);
	add_number(list, "mean", latency_mean(latency));
	add_number(list, "p50", latency_percentile(latency, 50));
	add_number(list, "p99", latency_percentile(latency, 99));
	add_number(list, "max", latency->max_ns);
	json_object_object_add(obj, "latency_ns", list);
	return obj;
}

/* Numbers of calls that took from 2^i ns to twice that, as far as there are any */
static struct json_object *histogram_json(const struct latency *latency)
{
	struct json_object *list = json_object_new_array();
	uint64_t seen = 0;

	for (unsigned int power = 0; power < 64 && seen < latency->count; power++) {
		uint64_t count = latency_count(latency, power);

		json_object_array_add(list, json_object_new_uint64(count));
		seen += count;
	}
	return list;
}

static struct json_object *timeline_json(const struct timeline *line)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < line->count; i++)
		json_object_array_add(list, json_object_new_uint64(line->calls[i]));
	return list;
}

/* One call as the result shows it */
struct line {
	uint16_t code;
	const char *name;
	const char *paper[PHASES];
	const struct cell *phase[PHASES];
	struct cell total;
};

/* False if there is nothing to show of this code */
static bool get_line(const struct report *r, unsigned int code, struct line *line)
{
	static const enum hvpersona_seen marks[][PHASES] = {
		[HVPERSONA_ROLE_GUEST] = { HVPERSONA_SEEN_GUEST_BOOT, HVPERSONA_SEEN_GUEST_IDLE },
		[HVPERSONA_ROLE_ROOT] = { HVPERSONA_SEEN_ROOT_BOOT, HVPERSONA_SEEN_ROOT_IDLE },
	};
	static const struct cell nothing;
	const struct hvpersona_call_info *row = calls_find(r->calls, code);
	const struct cell *cells = r->sums->cells[code];

	*line = (struct line){ .code = code, .name = row ? row->out_name : "(not in the table)" };
	for (int i = 0; i < PHASES; i++) {
		line->paper[i] = calls_mark(row, marks[r->role == HVPERSONA_ROLE_ROOT][i]);
		line->phase[i] = cells ? &cells[i] : &nothing;
		cell_merge(&line->total, line->phase[i]);
	}
	return cells || (r->all && (*line->paper[PHASE_BOOT] || *line->paper[PHASE_IDLE]));
}

static struct json_object *calls_json(const struct report *r)
{
	struct json_object *list = json_object_new_array(), *obj;
	struct line line;

	for (unsigned int code = 0; code < ARRAY_SIZE(r->sums->cells); code++) {
		if (get_line(r, code, &line)) {
			obj = json_object_new_object();
			add_number(obj, "code", code);
			add_string(obj, "name", line.name);
			add_string(obj, "paper_boot", line.paper[PHASE_BOOT]);
			add_string(obj, "paper_idle", line.paper[PHASE_IDLE]);
			json_object_object_add(obj, "boot", cell_json(line.phase[PHASE_BOOT]));
			json_object_object_add(obj, "idle", cell_json(line.phase[PHASE_IDLE]));
			json_object_object_add(obj, "total", cell_json(&line.total));
			json_object_object_add(obj, "histogram_log2_ns",
					       histogram_json(&line.total.latency));
			json_object_object_add(obj, "timeline",
					       timeline_json(&r->sums->timelines[code]));
			json_object_array_add(list, obj);
		}
		cell_free(&line.total);
	}
	return list;
}

static void report_json(FILE *out, const struct report *r)
{
	struct json_object *obj = json_object_new_object();

	add_number(obj, "handle", r->handle);
	add_string(obj, "role", role_name(r->role));
	add_number(obj, "vps", r->vps);
	add_string(obj, "command", r->command);
	add_number(obj, "boot_ns", boot_ns(r));
	add_number(obj, "idle_ns", idle_ns(r));
	add_string(obj, "idle_by", r->idle_by);
	add_number(obj, "events", r->sums->events);
	add_number(obj, "lost_events", r->lost);
	add_number(obj, "timeline_ns", TIMELINE_NS);
	json_object_object_add(obj, "exit_status", r->exit_status ?
			       json_object_new_int(*r->exit_status) : NULL);
	json_object_object_add(obj, "calls", calls_json(r));
	out_json(out, "trace", obj);
}

static void report_latency(struct table *table, const struct latency *latency)
{
	const uint64_t ns[] = {
		latency->min_ns, latency_mean(latency), latency_percentile(latency, 50),
		latency_percentile(latency, 99), latency->max_ns,
	};
	char buf[16];

	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		out_ns(buf, sizeof(buf), ns[i]);
		table_cell(table, "%s", latency->count ? buf : "");
	}
}

/* Empty cells where nothing was seen make the marks of the others stand out */
static void report_count(struct table *table, uint64_t count)
{
	if (count)
		table_cell(table, "%llu", (unsigned long long)count);
	else
		table_cell(table, "%s", "");
}

static void report_calls(FILE *out, const struct report *r)
{
	static const char *const heads[] = {
		"CODE", "NAME", "BOOT", "IDLE", "PAPER:", "BOOT", "IDLE",
		"MIN", "MEAN", "P50", "P99", "MAX", "STATUS"
	};
	struct table *table = table_new(heads, "llrrlllrrrrrl", ARRAY_SIZE(heads));
	struct line line;
	char status[512];

	for (unsigned int code = 0; code < ARRAY_SIZE(r->sums->cells); code++) {
		if (get_line(r, code, &line)) {
			cell_summary(&line.total, status, sizeof(status));
			table_cell(table, "0x%04x", code);
			table_cell(table, "%s", line.name);
			report_count(table, cell_calls(line.phase[PHASE_BOOT]));
			report_count(table, cell_calls(line.phase[PHASE_IDLE]));
			table_cell(table, "%s", "");
			table_cell(table, "%s", line.paper[PHASE_BOOT]);
			table_cell(table, "%s", line.paper[PHASE_IDLE]);
			report_latency(table, &line.total.latency);
			table_cell(table, "%s", status);
		}
		cell_free(&line.total);
	}
	table_print(table, out);
}

/* One row per call and phase, for --phases */
static void report_phases(FILE *out, const struct report *r)
{
	static const char *const heads[] = {
		"CODE", "NAME", "PHASE", "CALLS", "PAPER", "MIN", "MEAN", "P50", "P99", "MAX", "STATUS"
	};
	static const char *const phases[PHASES] = { "boot", "idle" };
	struct table *table = table_new(heads, "lllrlrrrrrl", ARRAY_SIZE(heads));
	struct line line;
	char status[512];

	for (unsigned int code = 0; code < ARRAY_SIZE(r->sums->cells); code++) {
		bool shown = get_line(r, code, &line);

		for (int i = 0; shown && i < PHASES; i++) {
			cell_summary(line.phase[i], status, sizeof(status));
			table_cell(table, "0x%04x", code);
			table_cell(table, "%s", line.name);
			table_cell(table, "%s", phases[i]);
			report_count(table, cell_calls(line.phase[i]));
			table_cell(table, "%s", line.paper[i]);
			report_latency(table, &line.phase[i]->latency);
			table_cell(table, "%s", status);
		}
		cell_free(&line.total);
	}
	table_print(table, out);
}

static void report_text(FILE *out, const struct report *r)
{
	char first[16], second[16];

	out_ns(first, sizeof(first), boot_ns(r));
	out_ns(second, sizeof(second), idle_ns(r));
	fprintf(out, "partition %u: %s, %u processor%s, %s\n", r->handle,
		role_name(r->role), r->vps, r->vps == 1 ? "" : "s",
		r->command);
	if (r->idle_by)
		fprintf(out, "boot %s, then idle %s (%s); ", first, second, r->idle_by);
	else
		fprintf(out, "boot %s, never idle; ", first);
	fprintf(out, "%llu events, %llu lost\n\n", (unsigned long long)r->sums->events,
		(unsigned long long)r->lost);
	(r->phases ? report_phases : report_calls)(out, r);
	fprintf(out, "\nPAPER: x where its Table 4 has the call for a %s in that phase, ? where it is unreadable.\n"
		"Times are from the exit of the processor to its next entry.\n", role_name(r->role));
}

void report(FILE *out, const struct report *r)
{
	(format == FORMAT_TEXT ? report_text : report_json)(out, r);
}
