/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory pool of a partition: an account of the pages that its parent (for a root: the
 * root itself) or the host has lent to the hypervisor for it.
 *
 * Deposited guest pages hold no kernel objects: they are a credit, against which the
 * kernel memory of objects made on a guest's behalf is charged, and a store of pages that
 * are handed out again when the guest is to read something (VP state, statistics, event
 * log). Each page lent gives a credit of HVP_PAGE_CREDIT bytes; the rest pays for the
 * bookkeeping of the page. Pages in use = pages handed out + charges in pages, rounded up.
 */
#ifndef HVP_POOL_H
#define HVP_POOL_H

#include <linux/list.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hv_abi/hypercall.h"

struct hvp_partition;
struct hvp_vp;

/*
 * What the bookkeeping of a deposited page costs at most. A node of a maple tree has 256 bytes
 * and at least 7 of its 16 entries in use. If every other page is deposited each takes two of
 * them, the page and the hole, in each of two trees; nodes above the leaves are some more.
 */
#define HVP_PAGE_OVERHEAD	256
#define HVP_PAGE_CREDIT		(4096 - HVP_PAGE_OVERHEAD)

/**
 * struct hvp_pool - The memory pool of a partition
 * @lock: Protects the rest
 * @donor: Machine whose pages @pages are: the parent, for a root the partition itself; NULL
 *	if the parent is the host or no machine: then only the host deposits
 * @pages: Guest pages in the pool by page number in @donor's space; the value tells whether
 *	the page is free or handed out
 * @guest_pages: Number of pages in @pages
 * @handed_out: Of these, pages that @donor may access again
 * @host_pages: Pages that the host deposited, struct page.lru
 * @host_count: Their number
 * @charged: Bytes charged for kernel objects
 * @unlimited: Charges always succeed: the host's own pool
 */
struct hvp_pool {
	struct mutex lock;
	struct hvp_partition *donor;
	struct maple_tree pages;
	u64 guest_pages;
	u64 handed_out;
	struct list_head host_pages;
	u64 host_count;
	u64 charged;
	bool unlimited;
};

void hvp_pool_init(struct hvp_pool *pool, struct hvp_partition *donor);
void hvp_pool_return(struct hvp_pool *pool);
void hvp_pool_destroy(struct hvp_pool *pool);
bool hvp_pool_empty(struct hvp_pool *pool);

/* Kernel objects. hvp_pool_zalloc() gives ERR_PTR(-ENOSPC) if the pool is too small */
bool hvp_pool_charge(struct hvp_pool *pool, size_t bytes);
void hvp_pool_uncharge(struct hvp_pool *pool, size_t bytes);
size_t hvp_pool_cost(size_t size);
void *hvp_pool_zalloc(struct hvp_pool *pool, size_t size);
void hvp_pool_free(struct hvp_pool *pool, void *object, size_t size);
enum hv_status hvp_pool_status(int err);

/* Pages */
enum hv_status hvp_pool_deposit(struct hvp_pool *pool, u64 gfn);
enum hv_status hvp_pool_withdraw(struct hvp_pool *pool, struct hvp_vp *caller, u64 *gfn);
int hvp_pool_deposit_host(struct hvp_pool *pool, u64 count, u64 *done);
u64 hvp_pool_withdraw_host(struct hvp_pool *pool, u64 count);
void hvp_pool_balance(struct hvp_pool *pool, u64 *available, u64 *in_use);

/* Pages of the pool that the donor is given to read, and back */
enum hv_status hvp_pool_hand_out(struct hvp_pool *pool, u32 rights, u64 *gfn);
void hvp_pool_take_back(struct hvp_pool *pool, u64 gfn);

/* HV_PROXIMITY_DOMAIN_INFO: there is one domain, 0 */
bool hvp_proximity_valid(u64 info);

#endif
