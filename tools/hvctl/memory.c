// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl memory: the pages that a partition's pool has to live on.
 */
#include <errno.h>
#include <unistd.h>

#include "hvctl.h"

/* Pages per ioctl: so long takes a look at the progress */
#define STEP	16384

static const struct words words[] = {
	{ ENOMEM, "the host has no memory left, or the cgroup's limit is reached",
	  "hvctl memory withdraw, or a higher memory.max" },
	{ 0 }
};

static void progress(const char *verb, uint64_t done, uint64_t count)
{
	if (count <= STEP || format != FORMAT_TEXT || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s %llu of %llu pages (%.0f %%)%s", verb, (unsigned long long)done,
		(unsigned long long)count, 100.0 * done / count, done < count ? "" : "\n");
}

static int change_pool(struct args *args, const char *verb, unsigned long request, uint64_t count)
{
	struct hvpersona_memory memory;
	uint64_t done = 0;
	int fd, ret;

	fd = partition_named(args->argv[0]);
	if (fd < 0)
		return failure;
	do {
		memory = (struct hvpersona_memory) { .size = sizeof(memory) };
		memory.count = count - done < STEP ? count - done : STEP;
		ret = device_ioctl(fd, request, &memory);
		done += memory.out_done;
		progress(verb, done, count);
	} while (!ret && done < count && memory.out_done);
	if (ret < 0)
		return fail_status(memory.out_status, words, "partition %s: %llu of %llu pages %s",
				   args->argv[0], (unsigned long long)done,
				   (unsigned long long)count, verb);
	if (format != FORMAT_TEXT)
		out_json(stdout, verb, json_object_new_uint64(done));
	else
		printf("%llu\n", (unsigned long long)done);
	return EXIT_OK;
}

static int deposit(struct args *args)
{
	uint64_t count;

	if (args->argc < 2)
		return usage("memory deposit: PARTITION PAGES");
	if (!parse_pages("pages", args->argv[1], &count))
		return failure;
	return change_pool(args, "deposited", HVPERSONA_MEMORY_DEPOSIT, count);
}

static int withdraw(struct args *args)
{
	uint64_t count = UINT64_MAX;

	if (!args->argc)
		return usage("memory withdraw: which partition?");
	if (args->argc > 1 && !parse_pages("pages", args->argv[1], &count))
		return failure;
	return change_pool(args, "withdrawn", HVPERSONA_MEMORY_WITHDRAW, count);
}

static int balance(struct args *args)
{
	static const struct field fields[] = {
		{ "available" }, { "in_use" }, { "host_pages" }, { "guest_pages" },
	};
	struct hvpersona_memory_balance balance = { .size = sizeof(balance) };
	const char *name = args->argv[0];
	struct json_object *obj;
	int fd;

	fd = partition_named(name);
	if (fd < 0)
		return failure;
	if (device_ioctl(fd, HVPERSONA_MEMORY_BALANCE, &balance) < 0)
		return fail_errno(NULL, "partition %s", name ?: "");
	obj = json_object_new_object();
	add_number(obj, "available", balance.out_available);
	add_number(obj, "in_use", balance.out_in_use);
	add_number(obj, "host_pages", balance.out_host_pages);
	add_number(obj, "guest_pages", balance.out_guest_pages);
	out_show("balance", obj, FIELDS(fields));
	return EXIT_OK;
}

const struct object object_memory = {
	"memory", "memory pools of partitions",
	(const struct command[]) {
		{ "deposit", "PARTITION PAGES", "lend pages of the host (208, or 4M) to a pool",
		  0, 2, false, deposit },
		{ "withdraw", "PARTITION [PAGES]", "take the host's unused pages back, all by default",
		  0, 2, false, withdraw },
		{ "balance", "[PARTITION]", "how many pages are free and used", 0, 1, false, balance },
		{ 0 }
	}
};
