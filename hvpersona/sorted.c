// SPDX-License-Identifier: GPL-2.0
/* Sorted lists that a pool pays for. */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pool.h"
#include "sorted.h"

static u64 key_at(const struct hvp_sorted *list, size_t size, u32 at)
{
	return *(const u64 *)(list->entries + at * size);
}

/* Where @key is or would be */
static u32 place(const struct hvp_sorted *list, size_t size, u64 key)
{
	u32 low = 0, high = list->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (key_at(list, size, middle) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Move what there is to a piece of @bytes */
static int resize(struct hvp_pool *pool, struct hvp_sorted *list, size_t bytes)
{
	size_t more = bytes > list->bytes ? bytes - list->bytes : 0;
	void *entries = NULL;

	if (!hvp_pool_charge(pool, more))
		return -ENOSPC;
	if (bytes) {
		entries = kzalloc(bytes, GFP_KERNEL_ACCOUNT);
		if (!entries) {
			hvp_pool_uncharge(pool, more);
			return -ENOMEM;
		}
		memcpy(entries, list->entries, min_t(size_t, bytes, list->bytes));
	}
	kfree(list->entries);
	hvp_pool_uncharge(pool, list->bytes + more - bytes);
	list->entries = entries;
	list->bytes = bytes;
	return 0;
}

/**
 * hvp_sorted_find - Find an entry
 * @list: List
 * @size: Size of an entry
 * @key: Its key
 *
 * Return: the entry, or NULL.
 */
void *hvp_sorted_find(const struct hvp_sorted *list, size_t size, u64 key)
{
	u32 at = place(list, size, key);

	return at < list->count && key_at(list, size, at) == key ? list->entries + at * size : NULL;
}

/**
 * hvp_sorted_add - Find an entry or make it
 * @pool: Pool that pays for the list
 * @list: List
 * @size: Size of an entry
 * @key: Its key
 *
 * Return: the entry, zeros after the key if it is new; ERR_PTR(-ENOSPC) if the pool has too
 * little, ERR_PTR(-ENOMEM) if the host has or the list is full.
 */
void *hvp_sorted_add(struct hvp_pool *pool, struct hvp_sorted *list, size_t size, u64 key)
{
	u32 at = place(list, size, key);
	void *entry;
	int err;

	if (at < list->count && key_at(list, size, at) == key)
		return list->entries + at * size;
	if (list->count >= HVP_SORTED_MAX)
		return ERR_PTR(-ENOMEM);
	if ((list->count + 1) * size > list->bytes) {
		err = resize(pool, list, hvp_pool_cost((list->count + 1) * size));
		if (err)
			return ERR_PTR(err);
	}
	entry = list->entries + at * size;
	memmove(entry + size, entry, (list->count - at) * size);
	memset(entry, 0, size);
	*(u64 *)entry = key;
	list->count++;
	return entry;
}

/**
 * hvp_sorted_remove - Remove an entry
 * @pool: Pool that pays for the list
 * @list: List
 * @size: Size of an entry
 * @key: Its key
 *
 * Return: whether there was one.
 */
bool hvp_sorted_remove(struct hvp_pool *pool, struct hvp_sorted *list, size_t size, u64 key)
{
	void *entry = hvp_sorted_find(list, size, key);
	size_t bytes;

	if (!entry)
		return false;
	list->count--;
	memmove(entry, entry + size, list->entries + list->count * size - entry);
	bytes = hvp_pool_cost(list->count * size);
	/* A piece that cannot be had smaller stays as it is, and charged, until it can */
	if (bytes < list->bytes)
		resize(pool, list, bytes);
	return true;
}

/**
 * hvp_sorted_clear - Empty a list
 * @pool: Pool that pays for it
 * @list: List
 */
void hvp_sorted_clear(struct hvp_pool *pool, struct hvp_sorted *list)
{
	kfree(list->entries);
	hvp_pool_uncharge(pool, list->bytes);
	*list = (struct hvp_sorted) {};
}
