/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of a machine's own guest pages: deposited, handed out, lent to children,
 * restricted by the machine itself. The monitor enforces it: it asks hvp_space_rights() when
 * it maps a page and is told of changes (struct hvp_backend_ops.space_changed).
 */
#ifndef HVP_SPACE_H
#define HVP_SPACE_H

#include <linux/bits.h>
#include <linux/maple_tree.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct hvp_partition;

/* A physical address has 52 bits at most */
#define HVP_SPACE_PAGES		BIT_ULL(40)

/* State of a page, the value in struct hvp_space.pages: rights of HVP_GPA_*, and why */
#define HVP_SPACE_RIGHTS	0x7
#define HVP_SPACE_DEPOSITED	0x8	/* in a pool: no access */
#define HVP_SPACE_IN_USE	0x10	/* overlaid or handed out by the hypervisor */

/**
 * struct hvp_space - A machine's own guest pages
 * @lock: Protects changes, from the decision until the monitor has been told
 * @pages: Pages that are not simply the machine's, by page number; read without @lock
 * @restricted: Number of pages in @pages whose rights are not HVP_GPA_ALL. Read without
 *	@lock: while it is 0, nothing needs to be looked up
 * @lent: How often a page is mapped accessibly into children: chunks of u16 counters
 * @own_runs: Runs of @pages that the machine has restricted itself, as charged to its pool;
 *	under struct hvp_partition.op_lock
 */
struct hvp_space {
	struct mutex lock;
	struct maple_tree pages;
	unsigned long restricted;
	struct xarray lent;
	u64 own_runs;
};

void hvp_space_init(struct hvp_space *space);
void hvp_space_destroy(struct hvp_space *space);

u32 hvp_space_state(const struct hvp_partition *pt, u64 gfn);
u32 hvp_space_rights(const struct hvp_partition *pt, u64 gfn);
bool hvp_space_any(const struct hvp_partition *pt, u64 gfn, u64 count);
int hvp_space_set(struct hvp_partition *pt, u64 gfn, u64 count, u32 state);
int hvp_space_restrict(struct hvp_partition *pt, u64 gfn, u64 count, u32 rights);
void hvp_space_clear(struct hvp_partition *pt, u64 gfn, u64 count);
int hvp_space_deposit(struct hvp_partition *pt, u64 gfn);
int hvp_space_overlay(struct hvp_partition *pt, u64 gfn, u32 rights);
void hvp_space_clear_all(struct hvp_partition *pt);

int hvp_space_lend(struct hvp_partition *pt, u64 gfn, u64 count);
void hvp_space_return(struct hvp_partition *pt, u64 gfn, u64 count);
bool hvp_space_is_lent(struct hvp_partition *pt, u64 gfn);

#endif
