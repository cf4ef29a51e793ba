// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl gpa: the guest physical address space of a child. Addresses and sizes are bytes.
 */
#include <errno.h>

#include "hvctl.h"

#define STEP		(1ULL << 18)	/* pages per ioctl: 1 GiB */
#define NO_SOURCE	0x30000		/* no-access, zeroed, ones */

static const struct words words[] = {
	{ EOPNOTSUPP, "only a child has such an address space", "hvctl partition create" },
	{ EPERM, "the parent does not have this memory, or has deposited it",
	  "another --source; hvctl partition create --memory" },
	{ EINVAL, "addresses that do not exist, or large pages that are not whole ones", NULL },
	{ 0 }
};

/* PARTITION ADDRESS SIZE */
static bool parse_range(struct args *args, struct hvpersona_gpa_map *map)
{
	uint64_t start, bytes;

	if (args->argc < 3) {
		usage("gpa: PARTITION ADDRESS SIZE");
		return false;
	}
	if (!parse_size("address", args->argv[1], &start) || !parse_size("size", args->argv[2], &bytes))
		return false;
	map->gpa_page = start / PAGE_BYTES;
	map->count = bytes / PAGE_BYTES;
	return true;
}

/* Do @all step by step; what is done already stays if it fails */
static int change_map(const char *name, unsigned long request, const struct hvpersona_gpa_map *all,
		      const char *verb)
{
	uint64_t done = 0;
	int fd, ret;

	fd = partition_named(name);
	if (fd < 0)
		return failure;
	do {
		struct hvpersona_gpa_map map = *all;

		map.gpa_page += done;
		map.source_page += done;
		map.count = all->count - done < STEP ? all->count - done : STEP;
		ret = device_ioctl(fd, request, &map);
		done += map.out_done;
		if (ret < 0)
			return fail_status(map.out_status, words, "partition %s: address 0x%llx", name,
					   (unsigned long long)(all->gpa_page + done) * PAGE_BYTES);
	} while (done < all->count);
	if (format != FORMAT_TEXT)
		out_json(stdout, verb, json_object_new_uint64(done * PAGE_BYTES));
	return EXIT_OK;
}

static int map(struct args *args)
{
	struct hvpersona_gpa_map map = { .size = sizeof(map) };
	uint64_t source = 0;

	if (!parse_range(args, &map))
		return failure;
	if (!args->opt[OPT_FLAGS])
		return usage("gpa map: with which rights? (--flags r,w,x, or no-access)");
	if (!flags_parse(&map_flags, args->opt[OPT_FLAGS], &map.flags))
		return failure;
	if (!args->opt[OPT_SOURCE] && !(map.flags & NO_SOURCE))
		return usage("gpa map: to which pages of the parent? (--source ADDRESS)");
	if (args->opt[OPT_SOURCE] && !parse_size("--source", args->opt[OPT_SOURCE], &source))
		return failure;
	map.source_page = source / PAGE_BYTES;
	return change_map(args->argv[0], HVPERSONA_GPA_MAP, &map, "mapped");
}

static int unmap(struct args *args)
{
	struct hvpersona_gpa_map map = { .size = sizeof(map) };

	if (!parse_range(args, &map))
		return failure;
	if (args->opt[OPT_FLAGS] && !flags_parse(&unmap_flags, args->opt[OPT_FLAGS], &map.flags))
		return failure;
	return change_map(args->argv[0], HVPERSONA_GPA_UNMAP, &map, "unmapped");
}

static struct json_object *range_json(const struct hvpersona_gpa_next *next)
{
	struct json_object *obj = json_object_new_object();

	add_hex(obj, "address", next->out_gpa_page * PAGE_BYTES);
	add_hex(obj, "size", next->out_count * PAGE_BYTES);
	/* Without access, zeros and ones come from nowhere */
	if (next->out_flags & NO_SOURCE)
		add_string(obj, "source", NULL);
	else
		add_hex(obj, "source", next->out_source_page * PAGE_BYTES);
	flags_json(obj, "flags", &map_flags, next->out_flags);
	add_bool(obj, "accessed", next->out_state & HVPERSONA_GPA_ACCESSED);
	add_bool(obj, "dirty", next->out_state & HVPERSONA_GPA_DIRTY);
	return obj;
}

static int list(struct args *args)
{
	static const struct field fields[] = {
		{ "address" }, { "size" }, { "source" }, { "flags" }, { "accessed" }, { "dirty" },
	};
	struct hvpersona_gpa_next next = { .size = sizeof(next) };
	struct json_object *rows;
	int fd;

	fd = partition_named(args->argv[0]);
	if (fd < 0)
		return failure;
	rows = json_object_new_array();
	while (!device_ioctl(fd, HVPERSONA_GPA_NEXT, &next)) {
		json_object_array_add(rows, range_json(&next));
		next.gpa_page = next.out_gpa_page + next.out_count;
	}
	if (errno != ENOENT)
		return fail_errno(words, "partition %s", args->argv[0] ?: "");
	out_list("ranges", rows, FIELDS(fields));
	return EXIT_OK;
}

const struct object object_gpa = {
	"gpa", "guest physical address spaces of children",
	(const struct command[]) {
		{ "map", "PARTITION ADDRESS SIZE", "let pages of the child be pages of its parent",
		  BIT(OPT_FLAGS) | BIT(OPT_SOURCE), 3, false, map },
		{ "unmap", "PARTITION ADDRESS SIZE", "take pages away", BIT(OPT_FLAGS), 3, false,
		  unmap },
		{ "list", "[PARTITION]", "the ranges that are mapped", 0, 1, false, list },
		{ 0 }
	}
};
