// SPDX-License-Identifier: GPL-2.0
/*
 * Names of the specification for registers, properties and flags, and back.
 */
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"
#include "names.h"

#define ROW(number, name)	{ number, UINT32_MAX, #name },

/* Ascending by number */
static const struct name registers[] = { HV_REGISTERS(ROW) };
static const struct name properties[] = { HV_PROPERTIES(ROW) };

/* HV_MAP_GPA_FLAGS; the first that fits is the one that is shown */
static const struct name map[] = {
	{ 0x1, 0x1, "r" },
	{ 0x2, 0x2, "w" },
	{ 0xc, 0xc, "x" },
	{ 0x4, 0x4, "kernel-x" },
	{ 0x8, 0x8, "user-x" },
	{ 0x8000, 0x8000, "adjustable" },
	{ 0x10000, 0x30000, "no-access" },
	{ 0x20000, 0x30000, "zeroed" },
	{ 0x30000, 0x30000, "ones" },
	{ 0x100000, 0x100000, "no-overlay" },
	{ 0x200000, 0x200000, "not-cached" },
	{ 0x1000000, 0x1000000, "clear-accessed" },
	{ 0x2000000, 0x2000000, "set-accessed" },
	{ 0x4000000, 0x4000000, "clear-dirty" },
	{ 0x8000000, 0x8000000, "set-dirty" },
	{ 0x10000000, 0x10000000, "dont-set-accessed" },
	{ 0x80000000, 0x80000000, "large" },
};

static const struct name unmap[] = {
	{ 0x1, 0x1, "keep-precommitted" },
	{ 0x2, 0x2, "large" },
};

/* HV_PARTITION_CREATION_FLAGS */
static const struct name creation[] = {
	{ 1 << 0, 1 << 0, "smt" },
	{ 1 << 1, 1 << 1, "nested" },
	{ 1 << 4, 1 << 4, "super-pages" },
	{ 1 << 8, 1 << 8, "exo" },
	{ 1 << 9, 1 << 9, "vtl1-override" },
	{ 1 << 10, 1 << 10, "vtl2-override" },
	{ 1 << 13, 1 << 13, "lapic" },
	{ 1 << 15, 1 << 15, "pmu" },
	{ 1 << 16, 1 << 16, "lbr" },
	{ 1 << 19, 1 << 19, "intercept-page" },
	{ 1 << 20, 1 << 20, "doorbell-page" },
	{ 1 << 22, 1 << 22, "x2apic" },
};

static const struct name types[] = {
	{ HVPERSONA_PORT_MESSAGE, UINT32_MAX, "message" },
	{ HVPERSONA_PORT_EVENT, UINT32_MAX, "event" },
	{ HVPERSONA_PORT_MONITOR, UINT32_MAX, "monitor" },
	{ HVPERSONA_PORT_DOORBELL, UINT32_MAX, "doorbell" },
};

/* HV_PORT_PROPERTY_CODE */
static const struct name of_port[] = {
	{ 0, UINT32_MAX, "PostCount" },
	{ 1, UINT32_MAX, "PreferredTargetVp" },
};

const struct names register_names = { "register", registers, ARRAY_SIZE(registers) };
const struct names property_names = { "property", properties, ARRAY_SIZE(properties) };
const struct names map_flags = { "flag", map, ARRAY_SIZE(map) };
const struct names unmap_flags = { "flag", unmap, ARRAY_SIZE(unmap) };
const struct names creation_flags = { "flag", creation, ARRAY_SIZE(creation) };
const struct names port_types = { "type of port", types, ARRAY_SIZE(types) };
const struct names port_properties = { "property of a port", of_port, ARRAY_SIZE(of_port) };

const char *name_of(const struct names *names, uint32_t number)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->row[i].number == number)
			return names->row[i].name;
	return NULL;
}

bool name_parse(const struct names *names, const char *text, uint32_t *number)
{
	char *end;

	for (size_t i = 0; i < names->count; i++)
		if (!strcasecmp(names->row[i].name, text)) {
			*number = names->row[i].number;
			return true;
		}
	*number = strtoul(text, &end, 0);
	if (*text >= '0' && *text <= '9' && !*end)
		return true;
	usage("'%s' is not a %s", text, names->what);
	return false;
}

/* "r,w,x", or numbers, or both */
bool flags_parse(const struct names *names, const char *list, uint32_t *flags)
{
	char *copy = strdup(list), *save = NULL, *item;
	uint32_t one;
	bool ok = true;

	*flags = 0;
	for (item = strtok_r(copy, ",", &save); item && ok; item = strtok_r(NULL, ",", &save)) {
		ok = name_parse(names, item, &one);
		*flags |= ok ? one : 0;
	}
	free(copy);
	return ok;
}

/* The names of all flags in a list; what has no name as a number */
void flags_text(const struct names *names, uint32_t flags, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < names->count && used < size; i++) {
		const struct name *row = &names->row[i];

		if ((flags & row->mask) != row->number)
			continue;
		flags &= ~row->mask;
		used += snprintf(buf + used, size - used, "%s%s", used ? "," : "", row->name);
	}
	if (flags && used < size)
		snprintf(buf + used, size - used, "%s0x%x", used ? "," : "", flags);
}

void flags_json(struct json_object *obj, const char *key, const struct names *names, uint32_t flags)
{
	char text[256];

	flags_text(names, flags, text, sizeof(text));
	add_string(obj, key, *text ? text : NULL);
}
