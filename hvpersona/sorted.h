/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Short lists sorted by a number, which a guest makes us keep: one piece of memory, charged to
 * a pool, that grows and shrinks with the list. For lists that are looked at much more often
 * than they change.
 */
#ifndef HVP_SORTED_H
#define HVP_SORTED_H

#include <linux/types.h>

struct hvp_pool;

/* Entries of one list. The longest entry has 48 bytes: no list needs more than 32 KiB */
#define HVP_SORTED_MAX	512

/**
 * struct hvp_sorted - A list; zeros are an empty one
 * @entries: Entries of one size, each of which begins with its key, a u64
 * @count: Their number
 * @bytes: Size of @entries, as charged
 *
 * Every function is told the size of an entry. A change may move all entries.
 */
struct hvp_sorted {
	void *entries;
	u32 count;
	u32 bytes;
};

void *hvp_sorted_find(const struct hvp_sorted *list, size_t size, u64 key);
void *hvp_sorted_add(struct hvp_pool *pool, struct hvp_sorted *list, size_t size, u64 key);
bool hvp_sorted_remove(struct hvp_pool *pool, struct hvp_sorted *list, size_t size, u64 key);
void hvp_sorted_clear(struct hvp_pool *pool, struct hvp_sorted *list);

#endif
