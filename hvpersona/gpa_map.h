/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest physical address space of a child partition: ranges of its pages that map to
 * pages of its parent, with rights and attributes.
 *
 * A maple tree holds for each range one packed value, made of the distance from target to
 * source page and of flags, so that a run of pages with consecutive sources is one entry
 * however long it is, and splitting a range takes no thought. Neighbours that agree are
 * merged when they are stored. Each entry is charged HVP_GPA_RANGE_COST bytes.
 */
#ifndef HVP_GPA_MAP_H
#define HVP_GPA_MAP_H

#include <linux/bits.h>
#include <linux/maple_tree.h>
#include <linux/types.h>

#include "hv_abi/hypercall.h"

struct hvp_partition;

/* A half-filled leaf of 256 bytes has eight entries, a hole beside each counts too */
#define HVP_GPA_RANGE_COST	96

/**
 * struct hvp_gpa_range - A run of mapped pages with one meaning
 * @gfn: First page in the child's space
 * @count: Number of pages
 * @source: First source page in the parent's space; meaningless without a source
 * @flags: Of HV_MAP_GPA_*: rights (R, W, KX, UX), ADJUSTABLE, NO_OVERLAY, NOT_CACHED,
 *	LARGE_PAGE, and the kind (0, NO_ACCESS, ZEROED, ONES)
 * @accessed: Accessed, as far as known
 * @dirty: Written to, as far as known
 * @device: The source is no RAM of the parent but a device's, and never counts as lent
 */
struct hvp_gpa_range {
	u64 gfn;
	u64 count;
	u64 source;
	u32 flags;
	bool accessed;
	bool dirty;
	bool device;
};

/**
 * struct hvp_gpa_map - A child's address space
 * @tree: Ranges; changed and read under the child's op_lock, read in any context by
 *	mtree_load() (RCU)
 * @ranges: Number of entries, as charged
 * @pages: Mapped pages, not counting NO_ACCESS
 * @large: Of these, pages that were mapped as large pages
 * @limit: First page number beyond the space
 */
struct hvp_gpa_map {
	struct maple_tree tree;
	u64 ranges;
	u64 pages;
	u64 large;
	u64 limit;
};

/* Page numbers of 52-bit addresses: no space is larger */
#define HVP_GPA_MAX_PAGES	BIT_ULL(52 - 12)

/* gpa_map.c. All act on the map of a child and need its op_lock */
void hvp_gpa_map_init(struct hvp_gpa_map *map);
bool hvp_gpa_map_teardown(struct hvp_partition *pt, u64 max_pages);
enum hv_status hvp_gpa_map_set(struct hvp_partition *pt, const struct hvp_gpa_range *range);
enum hv_status hvp_gpa_map_clear(struct hvp_partition *pt, u64 gfn, u64 count);
bool hvp_gpa_map_find(struct hvp_partition *pt, u64 gfn, struct hvp_gpa_range *range);
bool hvp_gpa_map_next(struct hvp_partition *pt, u64 gfn, struct hvp_gpa_range *range);
/* Does every page of a range have an entry? Needs no lock */
bool hvp_gpa_map_covers(struct hvp_gpa_map *map, u64 gfn, u64 count);

/*
 * gpa_rules.c: the calls that change it, with all their checks; one element. That is one
 * page, with the flag for large pages HV_LARGE_PAGE_PAGES
 */
enum hv_status hvp_gpa_check_flags(u32 flags);
enum hv_status hvp_gpa_check_pages(u64 limit, u64 gfn, u64 count);
enum hv_status hvp_gpa_map_page(struct hvp_partition *pt, u64 gfn, u64 source, u32 flags);
enum hv_status hvp_gpa_modify_page(struct hvp_partition *pt, u64 gfn, u32 flags);
enum hv_status hvp_gpa_unmap_page(struct hvp_partition *pt, u64 gfn, u32 unmap_flags);
enum hv_status hvp_gpa_access_state(struct hvp_partition *pt, u64 gfn, u64 flags, u8 *state);

#endif
