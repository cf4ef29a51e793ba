// SPDX-License-Identifier: GPL-2.0
/*
 * The writer of results and messages. Commands hand over JSON objects and a list
 * of their keys; text is made from the same objects.
 *
 * stdout carries results, stderr messages. With -j or -p an error is a result too:
 * {"format_version": 1, "error": …, "remedy": …}.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

#define FORMAT_VERSION	1

enum format format = FORMAT_TEXT;
bool debug;
const char *usage_object;
int failure;

void add_string(struct json_object *obj, const char *key, const char *value)
{
	json_object_object_add(obj, key, value ? json_object_new_string(value) : NULL);
}

void add_number(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

void add_hex(struct json_object *obj, const char *key, uint64_t value)
{
	char hex[24];

	snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)value);
	add_string(obj, key, hex);
}

void add_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

/* {"format_version": 1, NAME: value}; takes over value */
void out_json(FILE *file, const char *name, struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *top = json_object_new_object();

	if (format == FORMAT_PRETTY)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	add_number(top, "format_version", FORMAT_VERSION);
	json_object_object_add(top, name, value);
	fprintf(file, "%s\n", json_object_to_json_string_ext(top, flags));
	json_object_put(top);
}

/* Three significant digits and a unit */
void out_ns(char *buf, size_t size, uint64_t ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 } };
	size_t i = 0;
	double value;

	while (i < ARRAY_SIZE(units) - 1 && ns < units[i].ns)
		i++;
	value = ns / units[i].ns;
	snprintf(buf, size, "%.*f%s", value >= 100 || units[i].ns == 1 ? 0 : value >= 10 ? 1 : 2,
		 value, units[i].name);
}

static void print_value(char *buf, size_t size, struct json_object *value, enum look look)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
	case json_type_array:	/* an empty one, see show() */
		snprintf(buf, size, "-");
		return;
	case json_type_boolean:
		snprintf(buf, size, json_object_get_boolean(value) ? "yes" : "no");
		return;
	case json_type_int:
		if (look == LOOK_NS)
			out_ns(buf, size, json_object_get_uint64(value));
		else
			snprintf(buf, size, look == LOOK_CODE ? "0x%04llx" : "%llu",
				 (unsigned long long)json_object_get_uint64(value));
		return;
	default:
		snprintf(buf, size, "%s", json_object_get_string(value));
	}
}

/* A key as text calls it: "partition id", "uptime" for uptime_ns */
static const char *title(const struct field *field, int (*convert)(int))
{
	static char text[40];
	size_t i;

	for (i = 0; field->key[i] && i < sizeof(text) - 1; i++)
		text[i] = convert(field->key[i] == '_' ? ' ' : field->key[i]);
	text[i] = '\0';
	if (field->look == LOOK_NS && i > 3)
		text[i - 3] = '\0';
	return text;
}

/* One line per row; nothing at all if there are none */
void out_list(const char *name, struct json_object *rows, const struct field *fields, size_t count)
{
	size_t n = json_object_array_length(rows);
	const char *heads[count];
	char align[count + 1], buf[1024];
	struct table *table;

	if (format != FORMAT_TEXT)
		return out_json(stdout, name, rows);
	if (!n) {
		note("no %s", name);
		json_object_put(rows);
		return;
	}
	for (size_t c = 0; c < count; c++) {
		struct json_object *first = json_object_object_get(
			json_object_array_get_idx(rows, 0), fields[c].key);

		heads[c] = strdup(fields[c].head ?: title(&fields[c], toupper));
		align[c] = json_object_is_type(first, json_type_int) && fields[c].look != LOOK_CODE ?
			   'r' : 'l';
	}
	table = table_new(heads, align, count);
	for (size_t r = 0; r < n; r++)
		for (size_t c = 0; c < count; c++) {
			print_value(buf, sizeof(buf), json_object_object_get(
				json_object_array_get_idx(rows, r), fields[c].key), fields[c].look);
			table_cell(table, "%s", buf);
		}
	table_print(table, stdout);
	for (size_t c = 0; c < count; c++)
		free((char *)heads[c]);
	json_object_put(rows);
}

static void show(struct json_object *obj, const struct field *fields, size_t count)
{
	char buf[512];

	for (size_t c = 0; c < count; c++) {
		struct json_object *value = json_object_object_get(obj, fields[c].key);
		bool list = json_object_is_type(value, json_type_array);
		size_t i = 0, n = list ? json_object_array_length(value) : 0;

		/* A list has a line for each of its elements */
		do {
			print_value(buf, sizeof(buf), i < n ? json_object_array_get_idx(value, i) : value,
				    fields[c].look);
			printf("%-18s %s\n", i ? "" : title(&fields[c], tolower), buf);
		} while (++i < n);
	}
}

/* One line per key of an object, or of each object of an array */
void out_show(const char *name, struct json_object *value, const struct field *fields, size_t count)
{
	if (format != FORMAT_TEXT)
		return out_json(stdout, name, value);
	if (!json_object_is_type(value, json_type_array))
		show(value, fields, count);
	else
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			fputs(i ? "\n" : "", stdout);
			show(json_object_array_get_idx(value, i), fields, count);
		}
	json_object_put(value);
}

/* Columns as wide as their widest cell, two blanks apart; no blanks end a line */
struct table {
	const char *align;	/* 'l' or 'r' per column */
	size_t columns, cells;
	char **cell;		/* the headings come first */
};

struct table *table_new(const char *const *heads, const char *align, size_t columns)
{
	struct table *table = calloc(1, sizeof(*table));

	table->align = align;
	table->columns = columns;
	for (size_t c = 0; c < columns; c++)
		table_cell(table, "%s", heads[c]);
	return table;
}

void table_cell(struct table *table, const char *fmt, ...)
{
	va_list ap;

	table->cell = reallocarray(table->cell, table->cells + 1, sizeof(*table->cell));
	va_start(ap, fmt);
	if (vasprintf(&table->cell[table->cells++], fmt, ap) < 0)
		abort();
	va_end(ap);
}

void table_print(struct table *table, FILE *file)
{
	int width[table->columns], blanks = 0;

	memset(width, 0, sizeof(width));
	for (size_t i = 0; i < table->cells; i++) {
		int len = strlen(table->cell[i]), *w = &width[i % table->columns];

		*w = len > *w ? len : *w;
	}
	for (size_t i = 0; i < table->cells; i++) {
		size_t c = i % table->columns;
		int len = strlen(table->cell[i]), pad = width[c] - len;

		if (!c)
			blanks = 0;
		/* Blanks are owed until something follows them */
		if (len)
			fprintf(file, "%*s%s", blanks + (table->align[c] == 'r' ? pad : 0), "",
				table->cell[i]);
		blanks = (len ? table->align[c] == 'r' ? 0 : pad : blanks + pad) + 2;
		if (c == table->columns - 1)
			fputc('\n', file);
		free(table->cell[i]);
	}
	free(table->cell);
	free(table);
}

/* The general meaning of each errno, as in the UAPI header */
static const struct words general[] = {
	{ ENOTTY, "not known to this version of the module",
	  "hvctl version (module and hvctl should be of the same version)" },
	{ E2BIG, "asks for something that this version of the module does not know",
	  "hvctl version (module and hvctl should be of the same version)" },
	{ EINVAL, "a value is out of range", NULL },
	{ EOPNOTSUPP, "not offered by this kernel, CPU or version of the module", "hvctl features" },
	{ EBADF, "not an open descriptor", NULL },
	{ EBUSY, "attached or claimed already", "hvctl partition list" },
	{ ENOENT, "no such object", "hvctl partition list" },
	{ ENODEV, "the virtual machine is gone, or the child is deleted", NULL },
	{ ENOSPC, "a limit is reached", "hvctl features (limits), hvctl partition list" },
	{ ENOMEM, "the kernel has no memory left", NULL },
	{ EINTR, "interrupted by a signal", NULL },
	{ EPERM, "permission denied", "run hvctl as root" },
	{ EACCES, "permission denied", "run hvctl as root" },
	{ ESRCH, "no such process", NULL },
	{ 0 }
};

static void vfail(const char *remedy, const char *tail, const char *fmt, va_list ap)
{
	char message[1024];
	size_t len;

	vsnprintf(message, sizeof(message), fmt, ap);
	len = strlen(message);
	snprintf(message + len, sizeof(message) - len, "%s", tail);
	if (format != FORMAT_TEXT) {
		struct json_object *top = json_object_new_object();

		add_number(top, "format_version", FORMAT_VERSION);
		add_string(top, "error", message);
		add_string(top, "remedy", remedy);
		printf("%s\n", json_object_to_json_string_ext(top, JSON_C_TO_STRING_NOSLASHESCAPE |
			(format == FORMAT_PRETTY ? JSON_C_TO_STRING_PRETTY : 0)));
		json_object_put(top);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "hvctl: %s\n", message);
	if (remedy)
		fprintf(stderr, "       try: %s\n", remedy);
}

int fail(const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfail(remedy, "", fmt, ap);
	va_end(ap);
	return failure = EXIT_REFUSED;
}

static const struct words *find_words(const struct words *words, int err)
{
	for (; words && words->err; words++)
		if (words->err == err)
			return words;
	return NULL;
}

/* Adds errno by name and in words: those of the caller, the general ones, or libc's */
int fail_errno(const struct words *own, const char *fmt, ...)
{
	int err = errno;
	const struct words *words = find_words(own, err) ?: find_words(general, err);
	const char *name = strerrorname_np(err);
	char tail[256];
	va_list ap;

	snprintf(tail, sizeof(tail), ": %s: %s", name ? name : "errno",
		 words ? words->words : strerror(err));
	va_start(ap, fmt);
	vfail(words ? words->remedy : NULL, tail, fmt, ap);
	va_end(ap);
	return failure = EXIT_REFUSED;
}

int usage(const char *fmt, ...)
{
	char remedy[32];
	va_list ap;

	snprintf(remedy, sizeof(remedy), "hvctl help%s%s", usage_object ? " " : "", usage_object ?: "");
	va_start(ap, fmt);
	vfail(remedy, "", fmt, ap);
	va_end(ap);
	return failure = EXIT_USAGE;
}

void note(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("hvctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
