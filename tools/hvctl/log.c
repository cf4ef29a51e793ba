// SPDX-License-Identifier: GPL-2.0
/* hvctl log: the event log of an instance, as it is written. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../hvpersona/event_list.h"
#include "hvctl.h"

static const struct source {
	const char *name;
	unsigned int bit;
} sources[] = {
	{ "hypercall", HVP_SOURCE_HYPERCALL }, { "intercept", HVP_SOURCE_INTERCEPT },
	{ "vp", HVP_SOURCE_VP }, { "synic", HVP_SOURCE_SYNIC }, { "mapping", HVP_SOURCE_MAPPING },
	{ "partition", HVP_SOURCE_PARTITION }, { "memory", HVP_SOURCE_MEMORY },
};

/* What a detail and arguments are; NULL: nothing */
static const struct event {
	uint16_t type;
	const char *name;
	const char *text;
} events[] = {
#define EVENT(_name, _source, _number, _text)	{ HVP_EVENT_##_name, #_name, _text },
	HVP_EVENTS(EVENT)
	{ HVPERSONA_LOG_LOST, "LOST", "; events" },
};

struct reading {
	uint64_t left;		/* entries to print */
	uint64_t end_ns;	/* 0: none */
};

/* "hypercall,vp" or "all" */
static bool parse_sources(const char *list, uint64_t *mask)
{
	char copy[256], *word, *save;

	*mask = 0;
	for (size_t i = 0; i < ARRAY_SIZE(sources) && (!list || !strcmp(list, "all")); i++)
		/* Every hypercall, every page would bury the rest */
		if (list || (sources[i].bit != HVP_SOURCE_HYPERCALL &&
			     sources[i].bit != HVP_SOURCE_MAPPING))
			*mask |= BIT(sources[i].bit);
	if (*mask)
		return true;
	snprintf(copy, sizeof(copy), "%s", list);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		size_t i = 0;

		while (i < ARRAY_SIZE(sources) && strcmp(sources[i].name, word))
			i++;
		if (i == ARRAY_SIZE(sources)) {
			usage("--sources: '%s' is none of hypercall, intercept, vp, synic, mapping, partition, memory, all",
			      word);
			return false;
		}
		*mask |= BIT(sources[i].bit);
	}
	if (!*mask)
		usage("--sources: which?");
	return *mask;
}

static const struct event *find_event(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].type == type)
			return &events[i];
	return NULL;
}

/* The next word of a description, up to a comma; "" at its end */
static const char *next_word(const char *text, char *word, size_t size)
{
	size_t length = strcspn(text, ",");

	snprintf(word, size, "%.*s", (int)length, text);
	text += length;
	return text + strspn(text, ", ");
}

static void print_text(const struct hvpersona_log_entry *entry, const struct event *event)
{
	const char *text = event ? event->text : "", *semicolon = strchr(text, ';');
	char word[40];

	printf("%12.6f ", entry->time / 1e7);
	if (event)
		printf("%-21s", event->name);
	else
		printf("0x%04x               ", entry->type);
	if (entry->partition)
		printf(" p%llu", (unsigned long long)entry->partition);
	if (entry->vp != UINT32_MAX)
		printf("%svp%u", entry->partition ? "" : " ", entry->vp);
	if (*text && *text != ';')
		printf(" %.*s 0x%x", (int)strcspn(text, ";"), text, entry->detail);
	text = semicolon ? semicolon + 1 + strspn(semicolon + 1, " ") : "";
	for (int i = 0; i < 2 && *text; i++) {
		text = next_word(text, word, sizeof(word));
		printf("%s %s 0x%llx", i ? "," : "", word, (unsigned long long)entry->args[i]);
	}
	if (entry->context != UINT32_MAX && entry->context != entry->vp)
		printf(" by vp%u", entry->context);
	putchar('\n');
}

static void print_json(const struct hvpersona_log_entry *entry, const struct event *event)
{
	struct json_object *obj = json_object_new_object(), *args = json_object_new_array();

	json_object_object_add(obj, "time", json_object_new_double(entry->time / 1e7));
	add_number(obj, "type", entry->type);
	add_string(obj, "event", event ? event->name : NULL);
	add_number(obj, "partition_id", entry->partition);
	json_object_object_add(obj, "vp", entry->vp == UINT32_MAX ? NULL :
			       json_object_new_uint64(entry->vp));
	json_object_object_add(obj, "by_vp", entry->context == UINT32_MAX ? NULL :
			       json_object_new_uint64(entry->context));
	add_number(obj, "detail", entry->detail);
	for (int i = 0; i < 2; i++)
		json_object_array_add(args, json_object_new_uint64(entry->args[i]));
	json_object_object_add(obj, "args", args);
	out_json(stdout, "entry", obj);
}

static int follow(int fd, struct reading *reading)
{
	struct hvpersona_log_entry entries[64];
	ssize_t size;

	while (reading->left && wait_readable(fd, reading->end_ns) > 0) {
		size = read(fd, entries, sizeof(entries));
		if (size < 0)
			return fail_errno(NULL, "reading the log");
		for (size_t i = 0; i < size / sizeof(*entries) && reading->left; i++, reading->left--) {
			const struct event *event = find_event(entries[i].type);

			(format == FORMAT_TEXT ? print_text : print_json)(&entries[i], event);
		}
		if (fflush(stdout))
			return fail_errno(NULL, "cannot write");
	}
	return EXIT_OK;
}

static int run_log(struct args *args)
{
	static const struct words words[] = {
		{ ENODEV, "it is gone", "hvctl partition list" },
		{ ENOTTY, "the module that is loaded has no event log", "hvctl version" },
		{ 0 }
	};
	struct hvpersona_log_open open = { .size = sizeof(open) };
	struct reading reading = { .left = UINT64_MAX };
	struct hvpersona_partition_info info;
	uint64_t entries = 0, ns = 0, sources_mask;
	int dev, fd;

	if (!parse_sources(args->opt[OPT_SOURCES], &sources_mask) ||
	    (args->opt[OPT_MESSAGES] &&
	     !parse_number("--count", args->opt[OPT_MESSAGES], UINT64_MAX, &reading.left)) ||
	    (args->opt[OPT_BUFFER] &&
	     !parse_number("--buffer", args->opt[OPT_BUFFER], 65536, &entries)) ||
	    (args->opt[OPT_DURATION] &&
	     !parse_seconds("--duration", args->opt[OPT_DURATION], &ns)))
		return failure;
	dev = device_open();
	if (dev < 0)
		return failure;
	if (args->argc && strcmp(args->argv[0], "host")) {
		fd = partition_find(dev, args->argv[0]);
		if (fd < 0)
			return failure;
		if (partition_info(fd, &info) < 0)
			return fail_errno(words, "partition %s", args->argv[0]);
		open.handle = info.out_handle;
		close(fd);
	}
	open.sources = sources_mask;
	open.entries = entries;
	reading.end_ns = args->opt[OPT_DURATION] ? now_ns() + ns : 0;
	fd = device_ioctl(dev, HVPERSONA_LOG_OPEN, &open);
	if (fd < 0)
		return fail_errno(words, "the log");
	return follow(fd, &reading);
}

const struct object object_log = {
	"log", "what happens to partitions, processors, memory and messages",
	(const struct command[]) {
		{ NULL, "[PARTITION|host]", "follow the event log of a partition's instance",
		  BIT(OPT_SOURCES) | BIT(OPT_MESSAGES) | BIT(OPT_DURATION) | BIT(OPT_BUFFER), 1, false,
		  run_log },
		{ 0 }
	}
};
