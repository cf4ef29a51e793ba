/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hvctl: what its files share.
 *
 * main.c holds the grammar (objects, commands, options) from which help and
 * completion are made; each object has a file of its own. Results go through
 * out.c, which writes the same JSON objects as text or as JSON, so both always
 * show the same. Commands return an exit status.
 */
#ifndef HVCTL_H
#define HVCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>
#include <linux/hvpersona.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
#define NSEC_PER_SEC	1000000000ULL
#define PAGE_BYTES	4096

/* Exit statuses */
enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,		/* by the kernel, or failed */
	EXIT_USAGE = 2,
	EXIT_CANNOT_EXEC = 126,
	EXIT_NO_PROGRAM = 127,
};

/* main.c: grammar */

enum option_id {
	OPT_JSON, OPT_PRETTY, OPT_DEBUG, OPT_HELP, OPT_VERSION,
	OPT_ROLE, OPT_PRIVILEGES, OPT_VSM, OPT_VTL, OPT_EVERY_VM, OPT_PID, OPT_FD, OPT_SERVED, OPT_ALL,
	OPT_PHASES, OPT_IDLE_AFTER, OPT_DURATION, OPT_NO_KEY, OPT_OUTPUT, OPT_BUFFER,
	OPT_PARENT, OPT_MEMORY, OPT_FLAGS, OPT_COMPATIBILITY, OPT_HIDE_FEATURES, OPT_HIDE_XSAVE,
	OPT_FORCE, OPT_SOURCE, OPT_ARGUMENT,
	OPT_TYPE, OPT_FROM, OPT_SINT, OPT_VP, OPT_EVENT_FLAGS, OPT_ADDRESS, OPT_MESSAGES,
	OPT_TO, OPT_PORT, OPT_VALUE, OPT_WIDTH,
	OPT_SORT, OPT_INTERVAL, OPT_FORMAT, OPT_SOURCES,
	OPT_COUNT
};

/* What was typed after OBJECT COMMAND. A flag that was given has the value "". */
struct args {
	const char *opt[OPT_COUNT];
	int argc;
	char **argv;
	char **program;		/* what follows "--", or NULL */
};

#define MANY	1000	/* arguments */

struct command {
	const char *name;	/* NULL: the object is the command */
	const char *args;	/* for the usage line */
	const char *help;
	uint64_t options;	/* BIT(enum option_id), besides the common ones */
	int max_args;
	bool program;		/* takes -- PROGRAM */
	int (*run)(struct args *args);
};

struct object {
	const char *name;
	const char *help;
	const struct command *commands;	/* ends with a zero row */
};

extern const struct object object_run, object_attach, object_detach, object_partition, object_memory,
			   object_gpa, object_vp, object_port, object_connection, object_message,
			   object_event, object_calls, object_trace, object_features, object_version,
			   object_stats, object_log, object_report;

/* parse.c: numbers of options and arguments; false after a message */

bool parse_number(const char *what, const char *text, uint64_t max, uint64_t *value);
bool parse_size(const char *what, const char *text, uint64_t *bytes);
bool parse_pages(const char *what, const char *text, uint64_t *pages);
bool parse_seconds(const char *what, const char *text, uint64_t *ns);
bool parse_bytes(const char *digits, uint8_t *data, uint32_t max, uint32_t *count);

/* clock.c; end_ns is a time of now_ns(), 0 for never */
uint64_t now_ns(void);
int wait_readable(int fd, uint64_t end_ns);

/* out.c: results and messages */

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_PRETTY };
extern enum format format;
extern bool debug;
extern const char *usage_object;	/* whose help a usage error points at, or NULL */
extern int failure;	/* exit status that goes with the last message */

/* How the value of a key looks in text; in JSON, codes and times are plain numbers */
enum look { LOOK_PLAIN, LOOK_CODE, LOOK_NS };

struct field {
	const char *key;
	enum look look;
	const char *head;	/* of its column, if not made from the key */
};

#define FIELDS(f)	(f), ARRAY_SIZE(f)

void out_list(const char *name, struct json_object *rows, const struct field *fields, size_t count);
void out_show(const char *name, struct json_object *value, const struct field *fields, size_t count);
void out_json(FILE *file, const char *name, struct json_object *value);
void out_ns(char *buf, size_t size, uint64_t ns);

struct table;
struct table *table_new(const char *const *heads, const char *align, size_t columns);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *fmt, ...);
void table_print(struct table *table, FILE *file);	/* frees it */

void add_string(struct json_object *obj, const char *key, const char *value);	/* NULL: null */
void add_number(struct json_object *obj, const char *key, uint64_t value);
void add_hex(struct json_object *obj, const char *key, uint64_t value);		/* a string */
void add_bool(struct json_object *obj, const char *key, bool value);

/* A name for an errno in a given context, with a remedy or NULL */
struct words {
	int err;
	const char *words;
	const char *remedy;
};

__attribute__((format(printf, 2, 3))) int fail(const char *remedy, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) int fail_errno(const struct words *own, const char *fmt, ...);
__attribute__((format(printf, 1, 2))) int usage(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void note(const char *fmt, ...);

/* device.c: the module */

int device_open(void);			/* -1 after a message */
int device_open_quiet(void);		/* -1 and errno */
int device_ioctl(int fd, unsigned long request, void *arg);
bool module_loaded(void);
bool read_line(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* partition.c */

int partition_open(int dev, uint32_t handle);		/* -1 and errno */
int partition_find(int dev, const char *name);		/* descriptor, or -1 after a message */
int partition_info(int fd, struct hvpersona_partition_info *info);
const char *role_name(uint32_t role);

int partition_named(const char *name);			/* the same, opening the device too */
/* Open the first partition with a handle above *handle; -1 and ENOENT after the last */
int partition_next(int dev, uint32_t *handle);

/* child.c: the commands of hvctl partition that act on children */

int partition_create(struct args *args);
int partition_initialize(struct args *args);
int partition_finalize(struct args *args);
int partition_delete(struct args *args);
int partition_get(struct args *args);
int partition_set(struct args *args);

/* port.c: what ports and connections have in common. A partition may be called "host" */

int port_owner_open(const char *name);
bool port_peer_parse(const char *name, uint32_t *handle);
bool port_id_parse(const char *what, const char *text, uint32_t *id);
bool port_type_parse(const char *text, uint32_t *type);
/* What every port has: its number, who may connect, what it is for */
bool port_channel_parse(const struct args *args, const char *id,
			struct hvpersona_port_create *create);
int port_delete(struct args *args, const char *what, unsigned long request);
void add_partition(struct json_object *obj, const char *key, uint32_t handle);
/* Add a row for each that the descriptor's partition has; false with errno */
typedef bool port_list_fn(int fd, uint32_t handle, struct json_object *rows);
int port_list(struct args *args, const char *name, port_list_fn *add, const struct field *fields,
	      size_t count);

/* port_read.c */

int port_read(struct args *args);

/* vp.c: the next VP with an index of at least *vp_index; 0, or -1 and errno */
int vp_next(int fd, uint32_t vp_index, struct hvpersona_vp_info *info);

/* calls.c: the rows of the hypercall table */

struct calls {
	struct hvpersona_call_info *row;
	uint32_t count;
};

int calls_load(int dev, struct calls *calls);		/* -1 after a message */
const struct hvpersona_call_info *calls_find(const struct calls *calls, uint16_t code);
const char *calls_mark(const struct hvpersona_call_info *row, enum hvpersona_seen seen);

/* run.c */

/* Role, first VTL and privileges from the options; 0, or an exit status after a message */
int parse_personality(const struct args *args, uint32_t *role, uint32_t *flags, uint64_t *set,
		      uint64_t *clear);
int claim(const struct args *args, int *dev);	/* partition descriptor, or -1 after a message */
int exec_program(char **program);		/* an exit status if it cannot */

/* names.c: names of the specification. A message has been written where false is returned */

struct name {
	uint32_t number;
	uint32_t mask;		/* of a flag: bits that decide whether it is set */
	const char *name;
};

struct names {
	const char *what;
	const struct name *row;
	size_t count;
};

extern const struct names register_names, property_names, map_flags, unmap_flags, creation_flags,
			  port_types, port_properties;

const char *name_of(const struct names *names, uint32_t number);	/* or NULL */
bool name_parse(const struct names *names, const char *text, uint32_t *number);
bool flags_parse(const struct names *names, const char *list, uint32_t *flags);
void flags_text(const struct names *names, uint32_t flags, char *buf, size_t size);
void flags_json(struct json_object *obj, const char *key, const struct names *names,
		uint32_t flags);

/* registers.c */

void register_text(const struct hvpersona_register *reg, char *buf, size_t size);
bool register_parse(const char *text, struct hvpersona_register *reg);

/* status.c, privileges.c */

const char *status_name(uint16_t status);		/* NULL if unknown */

/* An ioctl failed, by an HV_STATUS if @status is not 0, otherwise with errno */
__attribute__((format(printf, 3, 4)))
int fail_status(uint32_t status, const struct words *own, const char *fmt, ...);
const char *privilege_name(unsigned int bit);
bool privilege_known(unsigned int bit);
struct json_object *privileges_json(uint64_t mask);
int privileges_parse(const char *list, uint64_t *set, uint64_t *clear);

#endif
