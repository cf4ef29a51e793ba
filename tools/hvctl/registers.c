// SPDX-License-Identifier: GPL-2.0
/*
 * Values of registers as text: numbers of up to 128 bits, seg:{...} for segments and table:{...}
 * for GDTR and IDTR. What is shown can be typed again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

/* A part of HV_REGISTER_VALUE: the sheet's section "Value formats" */
struct part {
	const char *name;
	unsigned int offset;	/* bytes */
	unsigned int size;
};

/* The registers first to first + 7 whose values have parts */
static const struct form {
	uint32_t first;
	const char *name;
	struct part parts[5];
} forms[] = {
	{ 0x60000, "seg", { { "base", 0, 8 }, { "limit", 8, 4 }, { "selector", 12, 2 },
			    { "attributes", 14, 2 } } },
	{ 0x70000, "table", { { "base", 8, 8 }, { "limit", 6, 2 } } },
};

static const struct form *form_of(uint32_t name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (name >= forms[i].first && name < forms[i].first + 8)
			return &forms[i];
	return NULL;
}

static uint64_t get_part(const struct hvpersona_register *reg, const struct part *part)
{
	uint64_t number = 0;

	memcpy(&number, (const char *)reg->value + part->offset, part->size);
	return number;
}

void register_text(const struct hvpersona_register *reg, char *buf, size_t size)
{
	const struct form *form = form_of(reg->name);
	size_t used;

	if (!form) {
		if (reg->value[1])
			snprintf(buf, size, "0x%llx%016llx", (unsigned long long)reg->value[1],
				 (unsigned long long)reg->value[0]);
		else
			snprintf(buf, size, "0x%llx", (unsigned long long)reg->value[0]);
		return;
	}
	used = snprintf(buf, size, "%s:{", form->name);
	for (const struct part *part = form->parts; part->name && used < size; part++)
		used += snprintf(buf + used, size - used, "%s%s=0x%llx",
				 part == form->parts ? "" : ",", part->name,
				 (unsigned long long)get_part(reg, part));
	if (used < size)
		snprintf(buf + used, size - used, "}");
}

static const struct part *find_part(const struct form *form, const char *name, size_t len)
{
	for (const struct part *part = form->parts; part->name; part++)
		if (strlen(part->name) == len && !strncmp(part->name, name, len))
			return part;
	return NULL;
}

/* "base=0,limit=0xffff}"; what is not named is zero */
static bool parse_parts(const struct form *form, char *text, struct hvpersona_register *reg)
{
	size_t len = strlen(text);
	char *save = NULL, *item;

	if (!len || text[len - 1] != '}')
		return usage("'%s:{%s' does not end with }", form->name, text), false;
	text[len - 1] = '\0';
	for (item = strtok_r(text, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		size_t name = strcspn(item, "=");
		const struct part *part = find_part(form, item, name);
		uint64_t max, number;

		if (!part || !item[name])
			return usage("'%s' is no part of %s:{...}", item, form->name), false;
		max = part->size == 8 ? UINT64_MAX : (1ULL << 8 * part->size) - 1;
		if (!parse_number(part->name, item + name + 1, max, &number))
			return false;
		memcpy((char *)reg->value + part->offset, &number, part->size);
	}
	return true;
}

/* A number; more than 64 bits of it in hexadecimal */
static bool parse_wide(const char *what, const char *text, __u64 value[2])
{
	size_t len = strlen(text), digits = len - 2;
	char high[17] = "";
	uint64_t number;

	if (len <= 18 || len > 34 || strncmp(text, "0x", 2) ||
	    strspn(text + 2, "0123456789abcdefABCDEF") != digits) {
		if (!parse_number(what, text, UINT64_MAX, &number))
			return false;
		value[0] = number;
		return true;
	}
	memcpy(high, text + 2, digits - 16);
	value[1] = strtoull(high, NULL, 16);
	value[0] = strtoull(text + len - 16, NULL, 16);
	return true;
}

/* "NAME=VALUE" */
bool register_parse(const char *text, struct hvpersona_register *reg)
{
	char *copy = strdup(text), *value = strchr(copy, '=');
	const struct form *form;
	size_t prefix;
	bool ok = false;

	memset(reg, 0, sizeof(*reg));
	if (!value) {
		usage("'%s' is not REGISTER=VALUE", text);
		goto out;
	}
	*value++ = '\0';
	if (!name_parse(&register_names, copy, &reg->name))
		goto out;
	form = form_of(reg->name);
	prefix = form ? strlen(form->name) : 0;
	if (form && !strncmp(value, form->name, prefix) && !strncmp(value + prefix, ":{", 2))
		ok = parse_parts(form, value + prefix + 2, reg);
	else
		ok = parse_wide(copy, value, reg->value);
out:
	free(copy);
	return ok;
}
