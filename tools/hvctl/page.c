// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl report: a page that shows traced runs, for a browser and for paper.
 *
 * Its input is what hvctl trace -j has written. The page needs nothing but itself: styles and
 * drawings are inline, there are no scripts.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../hvpersona/hypercalls/calls.h"
#include "hvctl.h"

#define MAX_RUNS	8
/* Calls that the drawing over time shows; the rest are one line */
#define LINES		6

/* The paper's marks: x, ?, or nothing, for root boot, root idle, guest boot, guest idle */
enum { ROOT_BOOT, ROOT_IDLE, GUEST_BOOT, GUEST_IDLE, COLUMNS };

static const char *const columns[COLUMNS] = { "root boot", "root idle", "guest boot", "guest idle" };

#define RB	BIT(ROOT_BOOT)
#define RI	BIT(ROOT_IDLE)
#define GB	BIT(GUEST_BOOT)
#define GI	BIT(GUEST_IDLE)
#define RB_	(RB << COLUMNS)
#define RI_	(RI << COLUMNS)
#define GB_	(GB << COLUMNS)
#define GI_	(GI << COLUMNS)

static const struct row {
	uint16_t code;
	const char *name;
	const char *origin;
	uint16_t seen;
} rows[] = {
#define SIMPLE(_code, _name, _in, _out, _origin, _seen, ...)	{ _code, #_name, #_origin, _seen },
#define REP(_code, _name, _in, _rin, _rout, _origin, _seen, ...)	{ _code, #_name, #_origin, _seen },
	HVP_HYPERCALLS(SIMPLE, REP)
};

/* A call in a run */
struct call {
	uint16_t code;
	const char *name;
	uint64_t boot, idle;
	struct json_object *timeline, *histogram;
};

struct run {
	struct json_object *json;
	bool root;
	const char *command;
	uint64_t vps, boot_ns, idle_ns, timeline_ns, lost;
	struct call *calls;
	size_t count;
};

static uint64_t number(struct json_object *obj, const char *key)
{
	return json_object_get_uint64(json_object_object_get(obj, key));
}

static uint64_t element(struct json_object *array, size_t i)
{
	return json_object_get_uint64(json_object_array_get_idx(array, i));
}

static const char *string(struct json_object *obj, const char *key)
{
	return json_object_get_string(json_object_object_get(obj, key)) ?: "";
}

static bool load(struct run *run, const char *path)
{
	struct json_object *top = json_object_from_file(path), *trace, *calls;

	*run = (struct run){ .json = top };
	trace = top ? json_object_object_get(top, "trace") : NULL;
	calls = trace ? json_object_object_get(trace, "calls") : NULL;
	if (!json_object_is_type(calls, json_type_array)) {
		fail("hvctl trace -j -o FILE ...", "%s: %s", path, !top ? json_util_get_last_err() ?:
		     "cannot be read" : "is not what hvctl trace -j writes");
		return false;
	}
	run->root = !strcmp(string(trace, "role"), "root");
	run->command = string(trace, "command");
	run->vps = number(trace, "vps");
	run->boot_ns = number(trace, "boot_ns");
	run->idle_ns = number(trace, "idle_ns");
	run->lost = number(trace, "lost_events");
	run->timeline_ns = number(trace, "timeline_ns");
	run->count = json_object_array_length(calls);
	run->calls = calloc(run->count + 1, sizeof(*run->calls));
	for (size_t i = 0; i < run->count; i++) {
		struct json_object *obj = json_object_array_get_idx(calls, i);

		run->calls[i] = (struct call){
			.code = number(obj, "code"), .name = string(obj, "name"),
			.boot = number(json_object_object_get(obj, "boot"), "calls"),
			.idle = number(json_object_object_get(obj, "idle"), "calls"),
			.timeline = json_object_object_get(obj, "timeline"),
			.histogram = json_object_object_get(obj, "histogram_log2_ns"),
		};
	}
	return true;
}

static void text(FILE *f, const char *s)
{
	for (; *s; s++)
		if (strchr("<>&\"", *s))
			fprintf(f, "&#%u;", (unsigned char)*s);
		else
			fputc(*s, f);
}

static const char style[] =
	"body{font:15px/1.45 system-ui,sans-serif;color:#1c2733;max-width:62rem;margin:2rem auto;"
	"padding:0 1rem}\n"
	"h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #cfd8e0}\n"
	"table{border-collapse:collapse;font-size:.86rem;width:100%}\n"
	"th,td{padding:.18rem .5rem;text-align:left;border-bottom:1px solid #e6ebef}\n"
	"th{position:sticky;top:0;background:#fff}\n"
	"td.n{text-align:right;font-variant-numeric:tabular-nums}\n"
	"td.both{background:#d8f0dd}td.paper{background:#fbe6c8}td.run{background:#dbe8fb}\n"
	"td.maybe{background:#f2f0e4}.m{color:#7a8791;margin-left:.3rem}\n"
	"code{font-family:ui-monospace,monospace}.key td{border:0}\n"
	"figure{margin:1rem 0}figcaption{color:#55626d;font-size:.85rem}\n"
	".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:.8rem 1.2rem}\n"
	".c{white-space:nowrap;margin-left:.4rem}svg text{font:11px system-ui,sans-serif;fill:#55626d}\n"
	"@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}"
	"figure,tr{break-inside:avoid}th{position:static}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

static const char *const colors[LINES + 1] = {
	"#2563a8", "#c2571a", "#2f8f4e", "#8a4fb3", "#b0902a", "#2b9aa8", "#9aa5ad",
};

static const struct call *find(const struct run *run, uint16_t code)
{
	for (size_t i = 0; run && i < run->count; i++)
		if (run->calls[i].code == code)
			return &run->calls[i];
	return NULL;
}

/* One cell: how often this run made the call, and what the paper saw */
static void print_cell(FILE *f, const struct run *run, uint16_t code, uint16_t seen, int column)
{
	const struct call *call = find(run, code);
	bool paper = seen & BIT(column), unsure = seen & BIT(column) << COLUMNS;
	uint64_t count = !call ? 0 : column == ROOT_IDLE || column == GUEST_IDLE ? call->idle : call->boot;
	const char *class = "";

	if (run)
		class = count ? (paper ? " both" : unsure ? " maybe" : " run") :
			paper ? " paper" : unsure ? " maybe" : "";
	fprintf(f, "<td class=\"n%s\">", class);
	if (count)
		fprintf(f, "%llu", (unsigned long long)count);
	if (paper || unsure)
		fprintf(f, "<span class=\"m\">%s</span>", paper ? "x" : "?");
	fputs("</td>", f);
}

/* The last run of each role */
static const struct run *run_of(const struct run *runs, size_t count, bool root)
{
	while (count--)
		if (runs[count].root == root)
			return &runs[count];
	return NULL;
}

static void print_table(FILE *f, const struct run *runs, size_t count)
{
	const struct run *root = run_of(runs, count, true), *guest = run_of(runs, count, false);

	fputs("<h2>Table 4: the calls, this run against the paper</h2>\n<table class=\"key\"><tr>"
	      "<td class=\"both\">seen here and in the paper</td>"
	      "<td class=\"paper\">only in the paper</td><td class=\"run\">only here</td>"
	      "<td class=\"maybe\">the paper cannot be read</td></tr></table>\n"
	      "<p>Numbers are calls of this run, <b>x</b> and <b>?</b> the paper's marks.", f);
	if (!root || !guest)
		fprintf(f, " There is no run as %s: these columns show the paper alone.",
			root ? "guest" : "root");
	fputs("</p>\n<table><thead><tr><th>code</th><th>call</th>", f);
	for (int i = 0; i < COLUMNS; i++)
		fprintf(f, "<th>%s</th>", columns[i]);
	fputs("</tr></thead><tbody>\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];

		if (!row->seen && !find(root, row->code) && !find(guest, row->code))
			continue;
		fprintf(f, "<tr><td><code>0x%04x</code></td><td>%s</td>", row->code, row->name);
		for (int c = 0; c < COLUMNS; c++)
			print_cell(f, c < GUEST_BOOT ? root : guest, row->code, row->seen, c);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table>\n", f);
}

static int compare_calls(const void *a, const void *b)
{
	const struct call *l = *(const struct call *const *)a, *r = *(const struct call *const *)b;
	uint64_t lc = l->boot + l->idle, rc = r->boot + r->idle;

	return lc != rc ? (lc < rc) - (lc > rc) : (l->code > r->code) - (l->code < r->code);
}

/* Calls by how often they were made; those that were not are left out */
static const struct call **by_count(const struct run *run, size_t *count)
{
	const struct call **sorted = calloc(run->count + 1, sizeof(*sorted));

	*count = 0;
	for (size_t i = 0; i < run->count; i++)
		if (run->calls[i].boot + run->calls[i].idle)
			sorted[(*count)++] = &run->calls[i];
	qsort(sorted, *count, sizeof(*sorted), compare_calls);
	return sorted;
}

#define PLOT_W	860.0
#define PLOT_H	220.0
#define LEFT	52.0
#define BOTTOM	28.0

/* Heights are logarithmic: boot has thousands of calls a second, idle a few */
static double height(uint64_t calls)
{
	return log10(1.0 + calls);
}

static void print_line(FILE *f, const uint64_t *values, size_t slots, double top, const char *color)
{
	fprintf(f, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"", color);
	for (size_t i = 0; i < slots; i++)
		fprintf(f, "%.1f,%.1f ", LEFT + (PLOT_W - LEFT) * (i + 0.5) / slots,
			PLOT_H - height(values[i]) / top * (PLOT_H - 10));
	fputs("\"/>\n", f);
}

static void print_axes(FILE *f, const struct run *run, size_t slots, double top)
{
	double seconds = slots * (run->timeline_ns / 1e9), idle_at = run->boot_ns / 1e9;
	double step = pow(10, floor(log10(seconds > 1 ? seconds : 1)));

	if (seconds / step > 5)
		step *= 2;
	else if (seconds / step < 2.5)
		step /= 4;
	for (double t = 0; t <= seconds; t += step) {
		double x = LEFT + (PLOT_W - LEFT) * t / seconds;

		fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g s</text>\n", x,
			PLOT_H + 16, t);
	}
	for (int power = 0; power <= (int)top; power++) {
		double y = PLOT_H - height(pow(10, power)) / top * (PLOT_H - 10);

		fprintf(f, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e6ebef\"/>"
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", LEFT, PLOT_W, y, y,
			LEFT - 6, y + 4, pow(10, power));
	}
	if (run->idle_ns && idle_at < seconds)
		fprintf(f, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"4\" y2=\"%.1f\" stroke=\"#7a8791\" "
			"stroke-dasharray=\"4 3\"/><text x=\"%.1f\" y=\"12\">idle</text>\n",
			LEFT + (PLOT_W - LEFT) * idle_at / seconds,
			LEFT + (PLOT_W - LEFT) * idle_at / seconds, PLOT_H,
			LEFT + (PLOT_W - LEFT) * idle_at / seconds + 5);
}

static void print_over_time(FILE *f, const struct run *run)
{
	const struct call **sorted;
	uint64_t *values[LINES + 1];
	size_t count, slots = 1;
	double top = 1;

	sorted = by_count(run, &count);
	for (size_t i = 0; i < count; i++)
		if (json_object_array_length(sorted[i]->timeline) > slots)
			slots = json_object_array_length(sorted[i]->timeline);
	for (size_t line = 0; line <= LINES; line++)
		values[line] = calloc(slots, sizeof(uint64_t));
	for (size_t i = 0; i < count; i++)
		for (size_t s = 0; s < json_object_array_length(sorted[i]->timeline); s++)
			values[i < LINES ? i : LINES][s] += element(sorted[i]->timeline, s);
	for (size_t line = 0; line <= LINES; line++)
		for (size_t s = 0; s < slots; s++)
			top = fmax(top, height(values[line][s]));
	fprintf(f, "<figure><svg viewBox=\"0 -8 %g %g\" width=\"100%%\" role=\"img\" "
		"aria-label=\"calls over time\">\n", PLOT_W + 20, PLOT_H + BOTTOM);
	print_axes(f, run, slots, top);
	for (size_t line = 0; line <= LINES; line++) {
		if (line < count)
			print_line(f, values[line], slots, top, colors[line]);
		free(values[line]);
	}
	fprintf(f, "</svg><figcaption>Calls in each %g s.", run->timeline_ns / 1e9);
	for (size_t line = 0; line <= LINES && line < count; line++)
		fprintf(f, " <span class=\"c\"><span style=\"color:%s\">&#9632;</span> %s</span>",
			colors[line], line < LINES ? sorted[line]->name : "all others");
	fputs("</figcaption></figure>\n", f);
	free(sorted);
}

#define BAR_W	9.0
#define BAR_H	60.0

/* Bars from 2^first ns on, at least 12 of them, so that pictures of calls look alike */
static void print_histogram(FILE *f, const struct call *call)
{
	size_t length = json_object_array_length(call->histogram), first = 0, bars;
	uint64_t most = 1, calls = 0;
	char from[16], to[16];

	while (first < length && !element(call->histogram, first))
		first++;
	for (size_t i = first; i < length; i++) {
		calls += element(call->histogram, i);
		if (element(call->histogram, i) > most)
			most = element(call->histogram, i);
	}
	if (first == length)
		return;
	bars = length - first < 12 ? 12 : length - first;
	out_ns(from, sizeof(from), 1ULL << first);
	out_ns(to, sizeof(to), length < 63 ? 1ULL << length : UINT64_MAX);
	fprintf(f, "<figure><svg viewBox=\"0 0 %g %g\" width=\"100%%\" role=\"img\" aria-label=\"latency of %s\">\n",
		bars * BAR_W, BAR_H + 14, call->name);
	for (size_t i = first; i < length; i++) {
		double h = (BAR_H - 2) * element(call->histogram, i) / most;

		if (element(call->histogram, i) && h < 1)
			h = 1;
		fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#2563a8\"/>\n",
			(i - first) * BAR_W, BAR_H - h, BAR_W - 1, h);
	}
	fprintf(f, "<line x1=\"0\" x2=\"%g\" y1=\"%g\" y2=\"%g\" stroke=\"#9aa5ad\"/></svg>"
		"<figcaption><code>0x%04x</code> %s: %llu, %s to %s</figcaption></figure>\n",
		bars * BAR_W, BAR_H, BAR_H, call->code, call->name, (unsigned long long)calls, from, to);
}

static void print_run(FILE *f, const struct run *run)
{
	const struct call **sorted;
	char boot[16], idle[16];
	size_t count;

	out_ns(boot, sizeof(boot), run->boot_ns);
	out_ns(idle, sizeof(idle), run->idle_ns);
	fprintf(f, "<h2>%s: ", run->root ? "Root" : "Guest");
	text(f, run->command);
	fprintf(f, ", %llu processor%s</h2>\n<p>Boot took %s", (unsigned long long)run->vps,
		run->vps == 1 ? "" : "s", boot);
	if (run->idle_ns)
		fprintf(f, ", then it was idle for %s", idle);
	if (run->lost)
		fprintf(f, "; <b>%llu events were lost</b>", (unsigned long long)run->lost);
	fputs(".</p>\n", f);
	print_over_time(f, run);
	fputs("<h3>Time from the exit of the processor to its next entry</h3>\n<p>Each bar is twice as long a time as "
	      "the one before.</p>\n<div class=\"grid\">\n", f);
	sorted = by_count(run, &count);
	for (size_t i = 0; i < count; i++)
		print_histogram(f, sorted[i]);
	free(sorted);
	fputs("</div>\n", f);
}

static void print_page(FILE *f, const struct run *runs, size_t count)
{
	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>"
	      "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>"
	      "<title>hvpersona: hypercalls of a traced run</title>\n<style>\n", f);
	fputs(style, f);
	fputs("</style></head><body>\n<h1>Hypercalls of a traced run</h1>\n", f);
	print_table(f, runs, count);
	for (size_t i = 0; i < count; i++)
		print_run(f, &runs[i]);
	fprintf(f, "<p><small>hvctl %s, module hvpersona</small></p>\n</body></html>\n", HVCTL_VERSION);
}

static int run_report(struct args *args)
{
	struct run runs[MAX_RUNS];
	size_t count = 0;
	FILE *file;

	if (args->argc < 2)
		return usage("report: OUT.html RUN.json...");
	for (; count < MAX_RUNS && (int)count + 1 < args->argc; count++)
		if (!load(&runs[count], args->argv[count + 1]))
			return failure;
	file = fopen(args->argv[0], "we");
	if (!file)
		return fail_errno((const struct words[]) { { ENOENT, "no such directory", NULL }, { 0 } },
				  "%s", args->argv[0]);
	print_page(file, runs, count);
	if (fclose(file))
		return fail_errno(NULL, "%s", args->argv[0]);
	for (size_t i = 0; i < count; i++) {
		free(runs[i].calls);
		json_object_put(runs[i].json);
	}
	return EXIT_OK;
}

const struct object object_report = {
	"report", "a page for a browser that shows traced runs beside the paper's Table 4",
	(const struct command[]) {
		{ NULL, "OUT.html RUN.json...", "write it from what 'hvctl trace -j -o RUN.json' has written",
		  0, 1 + MAX_RUNS, false, run_report },
		{ 0 }
	}
};
