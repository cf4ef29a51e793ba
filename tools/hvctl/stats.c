// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl stats: the counters of the hypervisor, of logical processors, partitions and VPs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../hvpersona/stats/counters.h"
#include "hvctl.h"

#define INTERVAL_NS	(1 * NSEC_PER_SEC)
/* Lines that watch shows if the terminal does not tell how many it has */
#define LINES		24
#define MAX_LPS		4096

struct counter {
	const char *name;
	const char *text;	/* "" if it stays zero */
};

#define COUNTER(_number, _name, _text)	\
	[_number] = { #_name, _text },
static const struct counter hypervisor_counters[] = { HVP_HYPERVISOR_COUNTERS(COUNTER) };
static const struct counter lp_counters[] = { HVP_LP_COUNTERS(COUNTER) };
static const struct counter partition_counters[] = { HVP_PARTITION_COUNTERS(COUNTER) };
static const struct counter vp_counters[] = { HVP_VP_COUNTERS(COUNTER) };

static const struct kind {
	const char *name;
	uint32_t type;
	const struct counter *counters;
	size_t count;
} kinds[] = {
	{ "hypervisor", HVPERSONA_STATS_HYPERVISOR, FIELDS(hypervisor_counters) },
	{ "lp", HVPERSONA_STATS_LP, FIELDS(lp_counters) },
	{ "partition", HVPERSONA_STATS_PARTITION, FIELDS(partition_counters) },
	{ "vp", HVPERSONA_STATS_VP, FIELDS(vp_counters) },
};

/* An object whose page is read */
struct source {
	const struct kind *kind;
	uint32_t handle, index;
	int fd;
	uint64_t time_ns, before_ns;
	uint64_t value[HVPERSONA_STATS_COUNTERS], before[HVPERSONA_STATS_COUNTERS];
};

struct sources {
	struct source *source;
	size_t count;
};

static const struct words words[] = {
	{ ENODEV, "it is gone", "hvctl partition list" },
	{ ENOTTY, "the module that is loaded has no statistics", "hvctl version" },
	{ 0 }
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!name || !strcmp(kinds[i].name, name))
			return &kinds[i];
	usage("--type: '%s' is none of hypervisor, lp, partition, vp", name);
	return NULL;
}

/* Add the page of an object; false, with errno, if it cannot be opened */
static bool add(struct sources *s, int dev, uint32_t type, uint32_t handle, uint32_t index)
{
	struct hvpersona_stats_open open = {
		.size = sizeof(open), .type = type, .handle = handle, .index = index,
	};
	struct source *source;
	int fd = device_ioctl(dev, HVPERSONA_STATS_OPEN, &open);

	if (fd < 0)
		return false;
	s->source = reallocarray(s->source, s->count + 1, sizeof(*s->source));
	source = &s->source[s->count++];
	*source = (struct source){ .handle = handle, .index = index, .fd = fd };
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			source->kind = &kinds[i];
	return true;
}

/* A partition with what belongs to it. What goes away meanwhile is left out */
static bool add_partition_tree(struct sources *s, int dev, uint32_t handle, int fd)
{
	struct hvpersona_partition_info info;
	struct hvpersona_vp_info vp;
	uint32_t lps = 0;

	if (partition_info(fd, &info) < 0)
		return false;
	if (info.out_state == HVPERSONA_STATE_CLAIMED || info.out_state == HVPERSONA_STATE_GONE) {
		errno = ENODEV;
		return false;
	}
	if (info.out_role == HVPERSONA_ROLE_ROOT) {
		add(s, dev, HVPERSONA_STATS_HYPERVISOR, handle, 0);
		for (uint32_t i = 0; i < MAX_LPS && lps < info.out_logical_processors; i++)
			lps += add(s, dev, HVPERSONA_STATS_LP, handle, i);
	}
	if (!add(s, dev, HVPERSONA_STATS_PARTITION, handle, 0))
		return false;
	for (uint32_t index = 0; !vp_next(fd, index, &vp); index = vp.out_vp_index + 1)
		add(s, dev, HVPERSONA_STATS_VP, handle, vp.out_vp_index);
	return true;
}

static bool open_all(struct sources *s, int dev)
{
	uint32_t handle = 0;
	int fd;

	if (!add(s, dev, HVPERSONA_STATS_HYPERVISOR, 0, 0)) {
		fail_errno(words, "statistics of the host");
		return false;
	}
	while ((fd = partition_next(dev, &handle)) >= 0) {
		add_partition_tree(s, dev, handle, fd);
		close(fd);
	}
	return true;
}

static void keep_only(struct sources *s, const char *type)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!type || !strcmp(s->source[i].kind->name, type))
			s->source[kept++] = s->source[i];
		else
			close(s->source[i].fd);
	s->count = kept;
}

/* Everything, or one partition with its VPs; false after a message */
static bool open_sources(struct sources *s, const struct args *args)
{
	const char *type = args->opt[OPT_TYPE];
	struct hvpersona_partition_info info;
	int dev, fd;

	*s = (struct sources){};
	if (type && !find_kind(type))
		return false;
	dev = device_open();
	if (dev < 0)
		return false;
	if (args->argc) {
		fd = partition_find(dev, args->argv[0]);
		if (fd < 0)
			return false;
		if (partition_info(fd, &info) < 0 || !add_partition_tree(s, dev, info.out_handle, fd)) {
			fail_errno(words, "partition %s", args->argv[0]);
			return false;
		}
		close(fd);
	} else if (!open_all(s, dev)) {
		return false;
	}
	close(dev);
	keep_only(s, type);
	return true;
}

static void close_sources(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		close(s->source[i].fd);
	free(s->source);
}

/* Objects that are gone are dropped */
static void read_sources(struct sources *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct source *source = &s->source[i];

		memcpy(source->before, source->value, sizeof(source->value));
		source->before_ns = source->time_ns;
		source->time_ns = now_ns();
		if (pread(source->fd, source->value, sizeof(source->value), 0) ==
		    sizeof(source->value)) {
			if (kept != i)
				s->source[kept] = *source;
			kept++;
		} else {
			close(source->fd);
		}
	}
	s->count = kept;
}

static bool is_time(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 4, "Time");
}

/* A number that says how something is, not how often it happened */
static bool is_gauge(const struct source *source, const char *name)
{
	switch (source->kind->type) {
	case HVPERSONA_STATS_HYPERVISOR:
		return strcmp(name, "HvMonitoredNotifications");
	case HVPERSONA_STATS_PARTITION:
		return strcmp(name, "PtGpaSpaceModifications") &&
		       strcmp(name, "PtVirtualTlbFlushEntires");
	case HVPERSONA_STATS_LP:
		return !strcmp(name, "LpRootVpIndex") || !strcmp(name, "LpProximityDomainId");
	default:
		return false;
	}
}

static void object_name(const struct source *source, char *buf, size_t size)
{
	switch (source->kind->type) {
	case HVPERSONA_STATS_HYPERVISOR:
		snprintf(buf, size, source->handle ? "hypervisor of %u" : "hypervisor", source->handle);
		break;
	case HVPERSONA_STATS_LP:
		snprintf(buf, size, "%u lp %u", source->handle, source->index);
		break;
	case HVPERSONA_STATS_PARTITION:
		snprintf(buf, size, "%u", source->handle);
		break;
	default:
		snprintf(buf, size, "%u vp %u", source->handle, source->index);
	}
}

/* A counter as it is shown */
struct line {
	const struct source *source;
	const char *name;
	uint64_t value;
	double rate;		/* per second; of times 1 is a whole CPU */
	size_t order;
};

static double rate_of(const struct source *source, size_t number, const char *name)
{
	double seconds = (source->time_ns - source->before_ns) / 1e9;
	double rate = (double)(int64_t)(source->value[number] - source->before[number]) / seconds;

	if (!source->before_ns || is_gauge(source, name))
		return 0;
	return is_time(name) ? rate / 1e7 : rate;
}

enum sort { SORT_OBJECT, SORT_NAME, SORT_VALUE, SORT_RATE };
static enum sort sort;

static int compare_lines(const void *a, const void *b)
{
	const struct line *l = a, *r = b;
	int order = 0;

	if (sort == SORT_NAME)
		order = strcmp(l->name, r->name);
	else if (sort == SORT_VALUE)
		order = (l->value < r->value) - (l->value > r->value);
	else if (sort == SORT_RATE)
		order = (l->rate < r->rate) - (l->rate > r->rate);
	return order ?: (l->order > r->order) - (l->order < r->order);
}

static bool parse_sort(const char *text, enum sort otherwise)
{
	static const char *const names[] = { "object", "name", "value", "rate" };

	sort = otherwise;
	if (!text)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], text)) {
			sort = i;
			return true;
		}
	usage("--sort: '%s' is none of object, name, value, rate", text);
	return false;
}

static struct line *get_lines(const struct sources *s, bool all, size_t *count)
{
	struct line *lines = NULL;

	*count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct source *source = &s->source[i];

		lines = reallocarray(lines, *count + source->kind->count, sizeof(*lines));
		for (size_t n = 1; n < source->kind->count; n++) {
			const char *name = source->kind->counters[n].name;

			if (!name || (!all && !source->value[n]))
				continue;
			lines[*count] = (struct line){ source, name, source->value[n],
						       rate_of(source, n, name), *count };
			++*count;
		}
	}
	qsort(lines, *count, sizeof(*lines), compare_lines);
	return lines;
}

static void print_lines(const struct sources *s, bool all, bool rates, size_t most)
{
	static const char *const heads[] = { "OBJECT", "COUNTER", "VALUE", "PER SECOND" };
	struct table *table = table_new(heads, "llrr", rates ? 4 : 3);
	char object[40];
	size_t count;
	struct line *lines = get_lines(s, all, &count);

	for (size_t i = 0; i < count && i < most; i++) {
		object_name(lines[i].source, object, sizeof(object));
		table_cell(table, "%s", object);
		table_cell(table, "%s", lines[i].name);
		table_cell(table, "%llu", (unsigned long long)lines[i].value);
		if (!rates)
			continue;
		if (is_gauge(lines[i].source, lines[i].name))
			table_cell(table, "%s", "");
		else if (is_time(lines[i].name))
			table_cell(table, "%.1f%%", 100 * lines[i].rate);
		else
			table_cell(table, "%.0f", lines[i].rate);
	}
	table_print(table, stdout);
	free(lines);
}

static struct json_object *source_json(const struct source *source, bool all, bool rates)
{
	struct json_object *obj = json_object_new_object(), *values = json_object_new_object();
	struct json_object *per_second = json_object_new_object();
	bool numbered = source->kind->type == HVPERSONA_STATS_LP ||
			source->kind->type == HVPERSONA_STATS_VP;

	add_string(obj, "object", source->kind->name);
	json_object_object_add(obj, "partition", source->handle ?
			       json_object_new_uint64(source->handle) : NULL);
	json_object_object_add(obj, "index", numbered ? json_object_new_uint64(source->index) : NULL);
	for (size_t n = 1; n < source->kind->count; n++) {
		const char *name = source->kind->counters[n].name;

		if (!name || (!all && !source->value[n]))
			continue;
		add_number(values, name, source->value[n]);
		if (rates && !is_gauge(source, name))
			json_object_object_add(per_second, name,
					       json_object_new_double(rate_of(source, n, name)));
	}
	json_object_object_add(obj, "counters", values);
	if (rates)
		json_object_object_add(obj, "per_second", per_second);
	else
		json_object_put(per_second);
	return obj;
}

static void print_json(FILE *file, const struct sources *s, bool all, bool rates)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < s->count; i++)
		json_object_array_add(list, source_json(&s->source[i], all, rates));
	out_json(file, "stats", list);
}

static void pause_ns(uint64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

static int stats_show(struct args *args)
{
	bool all = args->opt[OPT_ALL], rates = args->opt[OPT_INTERVAL];
	uint64_t interval = INTERVAL_NS;
	struct sources s;

	if (!parse_sort(args->opt[OPT_SORT], SORT_OBJECT) ||
	    (rates && !parse_seconds("--interval", args->opt[OPT_INTERVAL], &interval)))
		return failure;
	if (sort == SORT_RATE && !rates)
		return usage("stats show: --sort rate needs --interval");
	if (!open_sources(&s, args))
		return failure;
	read_sources(&s);
	if (rates) {
		pause_ns(interval);
		read_sources(&s);
	}
	if (format == FORMAT_TEXT)
		print_lines(&s, all, rates, SIZE_MAX);
	else
		print_json(stdout, &s, all, rates);
	close_sources(&s);
	return EXIT_OK;
}

static size_t terminal_lines(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 4 ? size.ws_row : LINES;
}

/* Like top: the counters that change fastest, until it is interrupted */
static int stats_watch(struct args *args)
{
	uint64_t interval = INTERVAL_NS, left = UINT64_MAX;
	bool terminal = isatty(STDOUT_FILENO);
	struct sources s;
	time_t now;

	if (!parse_sort(args->opt[OPT_SORT], SORT_RATE) ||
	    (args->opt[OPT_INTERVAL] &&
	     !parse_seconds("--interval", args->opt[OPT_INTERVAL], &interval)) ||
	    (args->opt[OPT_MESSAGES] &&
	     !parse_number("--count", args->opt[OPT_MESSAGES], UINT64_MAX, &left)) ||
	    !open_sources(&s, args))
		return failure;
	read_sources(&s);
	while (left-- && s.count) {
		pause_ns(interval);
		read_sources(&s);
		if (format != FORMAT_TEXT) {
			print_json(stdout, &s, args->opt[OPT_ALL], true);
		} else {
			now = time(NULL);
			if (terminal)
				printf("\033[H\033[J");
			printf("%zu objects, every %.1f s, %s", s.count, interval / 1e9, ctime(&now));
			print_lines(&s, args->opt[OPT_ALL], true, terminal_lines() - 3);
		}
		if (fflush(stdout))
			break;
	}
	if (!s.count)
		note("nothing is left to watch");
	close_sources(&s);
	return EXIT_OK;
}

/* All objects of a counter stand together, as the format wants it */
static void print_metric(FILE *file, const struct sources *s, const struct kind *kind, size_t number)
{
	const struct counter *counter = &kind->counters[number];
	bool first = true;

	for (size_t i = 0; i < s->count; i++) {
		const struct source *source = &s->source[i];

		if (source->kind != kind)
			continue;
		if (first)
			fprintf(file, "# HELP hvpersona_%s %s%s\n# TYPE hvpersona_%s %s\n",
				counter->name, counter->text,
				is_time(counter->name) ? " (100 ns)" : "", counter->name,
				is_gauge(source, counter->name) ? "gauge" : "counter");
		first = false;
		fprintf(file, "hvpersona_%s{partition=\"%u\"", counter->name, source->handle);
		if (kind->type == HVPERSONA_STATS_LP || kind->type == HVPERSONA_STATS_VP)
			fprintf(file, ",%s=\"%u\"", kind->name, source->index);
		fprintf(file, "} %llu\n", (unsigned long long)source->value[number]);
	}
}

static void print_prometheus(FILE *file, const struct sources *s)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t n = 1; n < kinds[k].count; n++)
			if (kinds[k].counters[n].name && *kinds[k].counters[n].text)
				print_metric(file, s, &kinds[k], n);
}

/* Whoever reads the file sees the old one or the new one, never a part */
static int write_export(const struct sources *s, bool prometheus, const char *path)
{
	char name[4096];
	FILE *file = stdout;
	int fd;

	if (path) {
		snprintf(name, sizeof(name), "%s.XXXXXX", path);
		fd = mkstemp(name);
		file = fd < 0 || fchmod(fd, 0644) ? NULL : fdopen(fd, "w");
		if (!file)
			return fail_errno((const struct words[]) {
				{ ENOENT, "no such directory", NULL }, { 0 } }, "%s", path);
	}
	if (prometheus)
		print_prometheus(file, s);
	else
		print_json(file, s, true, false);
	if (!path)
		return EXIT_OK;
	if (fflush(file) || fsync(fileno(file)) || fclose(file) || rename(name, path)) {
		fail_errno(NULL, "%s", path);
		unlink(name);
		return failure;
	}
	return EXIT_OK;
}

static int stats_export(struct args *args)
{
	const char *as = args->opt[OPT_FORMAT] ?: format == FORMAT_TEXT ? "prometheus" : "json";
	struct sources s;
	int ret;

	if (strcmp(as, "prometheus") && strcmp(as, "json"))
		return usage("--format: '%s' is neither prometheus nor json", as);
	if (!open_sources(&s, args))
		return failure;
	read_sources(&s);
	ret = write_export(&s, !strcmp(as, "prometheus"), args->opt[OPT_OUTPUT]);
	close_sources(&s);
	return ret;
}

static int stats_counters(struct args *args)
{
	static const struct field fields[] = {
		{ "object" }, { "number" }, { "name" }, { "counts" },
	};
	struct json_object *rows = json_object_new_array(), *obj;

	(void)args;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t n = 1; n < kinds[k].count; n++) {
			const struct counter *counter = &kinds[k].counters[n];

			if (!counter->name || (!*counter->text && !args->opt[OPT_ALL]))
				continue;
			obj = json_object_new_object();
			add_string(obj, "object", kinds[k].name);
			add_number(obj, "number", n);
			add_string(obj, "name", counter->name);
			add_string(obj, "counts", *counter->text ? counter->text : NULL);
			json_object_array_add(rows, obj);
		}
	out_list("counters", rows, FIELDS(fields));
	return EXIT_OK;
}

#define WHICH	(BIT(OPT_TYPE) | BIT(OPT_ALL) | BIT(OPT_SORT) | BIT(OPT_INTERVAL))

const struct object object_stats = {
	"stats", "counters of the hypervisor, of processors and partitions",
	(const struct command[]) {
		{ "show", "[PARTITION]", "all that are not zero; with --interval also their rates",
		  WHICH, 1, false, stats_show },
		{ "watch", "[PARTITION]", "the fastest ones, again and again, like top",
		  WHICH | BIT(OPT_MESSAGES), 1, false, stats_watch },
		{ "export", "[PARTITION]", "for Prometheus' node exporter, or as JSON",
		  BIT(OPT_TYPE) | BIT(OPT_FORMAT) | BIT(OPT_OUTPUT), 1, false, stats_export },
		{ "counters", "", "what each of them counts", BIT(OPT_ALL), 0, false,
		  stats_counters },
		{ 0 }
	}
};
