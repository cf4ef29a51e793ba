// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl [OPTIONS] OBJECT COMMAND [ARGUMENTS]
 *
 * The tables below and those of the objects are the grammar: parsing, help and
 * bash completion are made from them.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "hvctl.h"

static const struct option_desc {
	const char *name;
	char letter;		/* 0: none */
	const char *arg;	/* NULL: a flag */
	const char *help;
} options[OPT_COUNT] = {
	[OPT_JSON]	= { "json", 'j', NULL, "write JSON" },
	[OPT_PRETTY]	= { "pretty", 'p', NULL, "write JSON with line breaks" },
	[OPT_DEBUG]	= { "debug", 'd', NULL, "report each ioctl on stderr" },
	[OPT_HELP]	= { "help", 'h', NULL, "show this help" },
	[OPT_VERSION]	= { "version", 'V', NULL, "as hvctl version" },
	[OPT_ROLE]	= { "role", 'r', "guest|root", "what the virtual machine becomes (guest)" },
	[OPT_PRIVILEGES] = { "privileges", 'P', "LIST", "privileges to add or remove: +NAME,-NAME,..." },
	[OPT_VSM]	= { "vsm", 0, NULL, "offer virtual trust levels" },
	[OPT_VTL]	= { "vtl", 0, "0|2", "the level in which the machine begins; 2 implies --vsm" },
	[OPT_EVERY_VM]	= { "every-vm", 0, NULL, "each VM of the program becomes a partition" },
	[OPT_PID]	= { "pid", 0, "PID", "the process of the VMM" },
	[OPT_FD]	= { "fd", 0, "FD", "which VM, if the process has more than one" },
	[OPT_SERVED]	= { "served", 's', NULL, "only calls that are answered" },
	[OPT_ALL]	= { "all", 'a', NULL, "also calls that were not made" },
	[OPT_PHASES]	= { "phases", 0, NULL, "statuses and latency of each phase in text" },
	[OPT_IDLE_AFTER] = { "idle-after", 0, "SEC", "idle begins after this time" },
	[OPT_DURATION]	= { "duration", 0, "SEC", "stop after this time" },
	[OPT_NO_KEY]	= { "no-key", 0, NULL, "do not read the keyboard" },
	[OPT_OUTPUT]	= { "output", 'o', "FILE", "write the result to this file" },
	[OPT_BUFFER]	= { "buffer", 0, "NUMBER", "trace: KiB per CPU (4096); log: entries (1024)" },
	[OPT_PARENT]	= { "parent", 0, "PARTITION", "a handle: the child's parent (the host)" },
	[OPT_MEMORY]	= { "memory", 0, "FILE|SIZE", "what stands for the host's pages in gpa map" },
	[OPT_FLAGS]	= { "flags", 'f', "LIST", "flags by name: r,w,x,... or lapic,x2apic,..." },
	[OPT_COMPATIBILITY] = { "compatibility", 0, "VERSION", "compatibility version (0x0609)" },
	[OPT_HIDE_FEATURES] = { "hide-features", 0, "MASKS", "processor features to hide" },
	[OPT_HIDE_XSAVE] = { "hide-xsave", 0, "MASK", "XSAVE features to hide" },
	[OPT_FORCE]	= { "force", 0, NULL, "in any state, with all that it has" },
	[OPT_SOURCE]	= { "source", 0, "ADDRESS", "first page of the parent" },
	[OPT_ARGUMENT]	= { "argument", 0, "NUMBER", "qualifier of the property" },
	[OPT_TYPE]	= { "type", 0, "TYPE", "message, event, monitor, doorbell; of a message its number;\n"
			    "                               of statistics hypervisor, lp, partition, vp" },
	[OPT_FROM]	= { "from", 0, "PARTITION|host", "who may connect" },
	[OPT_SINT]	= { "sint", 0, "NUMBER", "interrupt source at which it is received" },
	[OPT_VP]	= { "vp", 0, "VP|any", "virtual processor that receives (any)" },
	[OPT_EVENT_FLAGS] = { "event-flags", 0, "[FIRST+]COUNT", "flags of an event port" },
	[OPT_ADDRESS]	= { "address", 0, "ADDRESS", "of a monitor page or a doorbell" },
	[OPT_MESSAGES]	= { "count", 0, "NUMBER", "stop after so many" },
	[OPT_TO]	= { "to", 0, "PARTITION|host", "whose port it leads to" },
	[OPT_PORT]	= { "port", 0, "PORT", "number of that port" },
	[OPT_VALUE]	= { "value", 0, "NUMBER", "only this rings the doorbell (any value)" },
	[OPT_SORT]	= { "sort", 0, "object|name|value|rate", "in this order" },
	[OPT_INTERVAL]	= { "interval", 0, "SEC", "time between two looks" },
	[OPT_FORMAT]	= { "format", 0, "prometheus|json", "how it is written (prometheus)" },
	[OPT_SOURCES]	= { "sources", 0, "LIST", "events of these sources: hypercall,vp,... or all" },
	[OPT_WIDTH]	= { "width", 0, "BYTES", "only a write of 1, 2, 4, 8 bytes does (any)" },
};

#define COMMON_OPTIONS	(BIT(OPT_JSON) | BIT(OPT_PRETTY) | BIT(OPT_DEBUG) | BIT(OPT_HELP))

static int run_help(struct args *args);
static int run_completion(struct args *args);

static const struct object object_help = {
	"help", "show the objects, or the commands of one",
	(const struct command[]) {
		{ NULL, "[OBJECT]", "show the objects, or the commands of one", 0, 2, false, run_help },
		{ 0 }
	}
};

/* Not shown: the build calls it */
static const struct object object_completion = {
	"completion", NULL,
	(const struct command[]) {
		{ NULL, "", "write the bash completion", 0, 0, false, run_completion },
		{ 0 }
	}
};

static const struct object *const objects[] = {
	&object_run, &object_attach, &object_detach, &object_partition, &object_memory, &object_gpa,
	&object_vp, &object_port, &object_connection, &object_message, &object_event, &object_calls,
	&object_stats, &object_log, &object_trace, &object_report,
	&object_features, &object_version, &object_help, &object_completion,
};

#define for_each_object(o)							\
	for (const struct object *const *o##_p = objects, *o;			\
	     o##_p < objects + ARRAY_SIZE(objects) && (o = *o##_p); o##_p++)
#define for_each_command(c, object)						\
	for (const struct command *c = (object)->commands; c->run; c++)

/* Options */

static void set_option(struct args *args, enum option_id id, const char *value)
{
	args->opt[id] = value ?: "";
	if (id == OPT_JSON && format == FORMAT_TEXT)
		format = FORMAT_JSON;
	else if (id == OPT_PRETTY)
		format = FORMAT_PRETTY;
	else if (id == OPT_DEBUG)
		debug = true;
}

/* Parse the options in @allowed, which may stand between arguments unless @first_only */
static int parse_options(struct args *args, int argc, char **argv, uint64_t allowed, bool first_only)
{
	struct option longs[OPT_COUNT + 1] = { 0 };
	char shorts[2 * OPT_COUNT + 3] = "", *s = shorts;
	int n = 0, c;

	if (first_only)
		*s++ = '+';
	*s++ = ':';
	for (int id = 0; id < OPT_COUNT; id++) {
		const struct option_desc *o = &options[id];

		if (!(allowed & BIT(id)))
			continue;
		longs[n++] = (struct option){ o->name, o->arg ? required_argument : no_argument,
					      NULL, 256 + id };
		if (o->letter)
			*s++ = o->letter;
		if (o->letter && o->arg)
			*s++ = ':';
	}
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int id = c - 256;

		if (c == ':')
			return usage("option %s needs a value", argv[optind - 1]);
		if (c == '?')
			return usage("unknown option %s", argv[optind - 1]);
		for (int i = 0; c < 256 && i < OPT_COUNT; i++)
			if (options[i].letter == c && allowed & BIT(i))
				id = i;
		set_option(args, id, optarg);
	}
	args->argc = argc - optind;
	args->argv = argv + optind;
	return 0;
}

/* Help */

static void print_options(uint64_t ids)
{
	for (int id = 0; id < OPT_COUNT; id++) {
		const struct option_desc *o = &options[id];
		char left[40];

		if (!(ids & BIT(id)))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
			 o->letter ?: ' ', o->letter ? "," : " ", o->name, o->arg ? " " : "",
			 o->arg ?: "");
		printf("  %-28s %s\n", left, o->help);
	}
}

static void print_command(const struct object *object, const struct command *command)
{
	printf("  hvctl %s%s%s%s%s%s\n      %s\n", object->name, command->name ? " " : "",
	       command->name ?: "", command->options ? " [OPTIONS]" : "", *command->args ? " " : "",
	       command->args, command->help);
}

static int object_usage(const struct object *object)
{
	uint64_t ids = COMMON_OPTIONS;

	puts("Usage:");
	for_each_command(c, object) {
		print_command(object, c);
		ids |= c->options;
	}
	puts("\nOptions:");
	print_options(ids);
	for_each_command(c, object)
		if (strstr(c->args, "PARTITION"))
			return puts("\nPARTITION is a handle from 'hvctl partition list' or pid:PID;\n"
				    "it may be omitted if there is only one."), EXIT_OK;
	return EXIT_OK;
}

static int main_usage(void)
{
	puts("hvctl [OPTIONS] OBJECT [COMMAND] [ARGUMENTS]\n\nObjects:");
	for_each_object(o) {
		char commands[80] = "";

		if (!o->help)
			continue;
		for_each_command(c, o)
			if (c->name)
				snprintf(commands + strlen(commands), sizeof(commands) - strlen(commands),
					 "%s%s", *commands ? "|" : "", c->name);
		printf("  %-10s %s\n", o->name, o->help);
		if (*commands)
			printf("  %-10s   %s\n", "", commands);
	}
	puts("\nOptions:");
	print_options(COMMON_OPTIONS | BIT(OPT_VERSION));
	puts("\n'hvctl help OBJECT' tells more, and so do the manual pages hvctl-OBJECT(8).");
	return EXIT_OK;
}

static const struct object *find_object(const char *name)
{
	for_each_object(o)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

static int run_help(struct args *args)
{
	const struct object *object;

	if (!args->argc)
		return main_usage();
	object = find_object(args->argv[0]);
	return object ? object_usage(object) : usage("unknown object '%s'", args->argv[0]);
}

/* Completion */

static void print_words(uint64_t ids)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (ids & BIT(id))
			printf("--%s ", options[id].name);
}

static void print_names(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		printf("%s ", names->row[i].name);
}

/* A case of the completion script: the words that may follow OBJECT [COMMAND] */
static void print_case(const struct object *object, const struct command *command)
{
	if (command->name)
		printf("\t'%s %s'*) words='", object->name, command->name);
	else
		printf("\t%s|'%s '*) words='", object->name, object->name);
	print_words(command->options | COMMON_OPTIONS);
	if (strstr(command->args, "PORT-PROPERTY"))
		print_names(&port_properties);
	else if (strstr(command->args, "PROPERTY"))
		print_names(&property_names);
	if (strstr(command->args, "|host"))
		printf("host ");
	if (strstr(command->args, "REGISTER")) {
		printf("get set ");
		print_names(&register_names);
	}
	printf("'%s ;;\n", strstr(command->args, "PARTITION") ? "; partitions=1" : "");
}

static void print_privileges(void)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		if (privilege_known(bit))
			printf("+%s -%s ", privilege_name(bit), privilege_name(bit));
}

static void print_flags(void)
{
	print_names(&map_flags);
	print_names(&creation_flags);
}

static void print_sources(void)
{
	printf("all hypercall intercept vp synic mapping partition memory ");
}

/* A case for the value of an option that is a list with commas */
static void print_list_case(const char *options_pattern, void (*print)(void))
{
	printf("\t%s)\n\t\twords='", options_pattern);
	print();
	puts("'\n"
	     "\t\tCOMPREPLY=($(compgen -P \"${cur%\"${cur##*,}\"}\" -W \"$words\" -- \"${cur##*,}\"))\n"
	     "\t\treturn ;;");
}

static int run_completion(struct args *args)
{
	(void)args;
	printf("# bash completion for hvctl(8), made by 'hvctl completion'\n"
	     "_hvctl()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tlocal words= partitions= object= command= i\n\tCOMPREPLY=()\n"
	     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tcase ${COMP_WORDS[i]} in\n"
	     "\t\t--)\n\t\t\tif declare -F _command_offset >/dev/null; then\n"
	     "\t\t\t\t_command_offset $((i + 1))\n\t\t\telse\n"
	     "\t\t\t\tCOMPREPLY=($(compgen -c -f -- \"$cur\"))\n\t\t\tfi\n\t\t\treturn ;;\n"
	     "\t\t");
	for (int id = 0; id < OPT_COUNT; id++)
		if (options[id].arg)
			printf("%s--%s%s%c", id == OPT_ROLE ? "" : "|", options[id].name,
			       options[id].letter ? "|-" : "", options[id].letter ?: ' ');
	puts(") i=$((i + 1)) ;;\n\t\t-*) ;;\n"
	     "\t\t*)\n\t\t\tif [ -z \"$object\" ]; then object=${COMP_WORDS[i]}\n"
	     "\t\t\telif [ -z \"$command\" ]; then command=${COMP_WORDS[i]}; fi ;;\n"
	     "\t\tesac\n\tdone");
	puts("\tcase $prev in\n\t--role|-r) words='guest root' ;;\n\t--output|-o|--memory)\n"
	     "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\treturn ;;\n"
	     "\t--parent) partitions=1 ;;\n"
	     "\t--from|--to) words=host partitions=1 ;;\n"
	     "\t--type) words='message event monitor doorbell hypervisor lp partition vp' ;;\n"
	     "\t--vp) words=any ;;\n"
	     "\t--width) words='1 2 4 8' ;;\n"
	     "\t--sort) words='object name value rate' ;;\n"
	     "\t--format) words='prometheus json' ;;\n"
	     "\t--pid) words=$(pgrep -f qemu) ;;");
	print_list_case("--flags|-f", print_flags);
	print_list_case("--privileges|-P", print_privileges);
	print_list_case("--sources", print_sources);
	printf("\t--fd|--idle-after|--duration|--buffer|--interval) return ;;\n"
	       "\t--source|--argument|--compatibility|--hide-features|--hide-xsave) return ;;\n"
	       "\t--sint|--event-flags|--address|--count|--port|--value) return ;;\n\t*)\n"
	       "\tcase \"$object${command:+ $command}\" in\n\t'') words='");
	print_words(COMMON_OPTIONS | BIT(OPT_VERSION));
	for_each_object(o)
		if (o->help)
			printf("%s ", o->name);
	puts("' ;;");
	for_each_object(o) {
		if (!o->help)
			continue;
		if (o->commands->name) {
			printf("\t%s) words='", o->name);
			for_each_command(c, o)
				printf("%s ", c->name);
			puts("help' ;;");
		}
		if (o == &object_help) {
			printf("\thelp) words='");
			for_each_object(other)
				if (other->help)
					printf("%s ", other->name);
			puts("' ;;");
			continue;
		}
		for_each_command(c, o)
			print_case(o, c);
	}
	puts("\tesac ;;\n\tesac\n"
	     "\tif [ -n \"$partitions\" ] && [[ $cur != -* ]]; then\n"
	     "\t\twords+=\" $(hvctl partition list 2>/dev/null | awk 'NR > 1 { print $1 }')\"\n\tfi\n"
	     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
	     "complete -o default -F _hvctl hvctl");
	return EXIT_OK;
}

/* Dispatch */

static int run_command(const struct object *object, struct args *args, int argc, char **argv)
{
	const struct command *command = object->commands;
	int ret, end = 1;

	usage_object = object->name;
	if (argc > 1 && !strcmp(argv[1], "help"))
		return object_usage(object);
	if (command->name) {
		if (argc > 1 && argv[1][0] == '-')
			return parse_options(args, argc, argv, COMMON_OPTIONS, true) ?:
			       args->opt[OPT_HELP] ? object_usage(object) :
			       usage("%s: the command comes before its options", object->name);
		if (argc < 2)
			return usage("%s: which command? (hvctl help %s)", object->name, object->name);
		while (command->run && strcmp(command->name, argv[1]))
			command++;
		if (!command->run)
			return usage("%s: unknown command '%s'", object->name, argv[1]);
		argc--;
		argv++;
	}
	while (end < argc && strcmp(argv[end], "--"))
		end++;
	if (end < argc - 1)
		args->program = argv + end + 1;
	ret = parse_options(args, end, argv, command->options | COMMON_OPTIONS, false);
	if (ret)
		return ret;
	if (args->opt[OPT_HELP])
		return object_usage(object);
	if (end < argc && !command->program)
		return usage("%s takes no program", object->name);
	if (end == argc - 1)
		return usage("%s: which program? (after --)", object->name);
	if (args->argc > command->max_args)
		return usage("%s: '%s' is one argument too many%s", object->name,
			     args->argv[command->max_args],
			     command->program ? " (a program comes after --)" : "");
	return command->run(args);
}

int main(int argc, char **argv)
{
	struct args args = { 0 };
	const struct object *object;
	int ret;

	ret = parse_options(&args, argc, argv, COMMON_OPTIONS | BIT(OPT_VERSION), true);
	if (ret)
		return ret;
	if (args.opt[OPT_VERSION])
		return object_version.commands->run(&args);
	if (args.opt[OPT_HELP])
		return main_usage();
	if (!args.argc)
		return usage("which object? (run, partition, calls, trace, ...)");
	object = find_object(args.argv[0]);
	if (!object)
		return usage("unknown object '%s'", args.argv[0]);
	ret = run_command(object, &args, args.argc, args.argv);
	if (fflush(stdout) && !ret)
		ret = fail(NULL, "cannot write the result: %s", strerror(errno));
	return ret;
}
