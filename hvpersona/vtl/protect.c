// SPDX-License-Identifier: GPL-2.0
/*
 * What a VTL lets the ones below it do with each page: TLFS, "Memory Access Protections".
 *
 * A VTL has a mask for all pages, given when it begins to protect, and others for single pages,
 * kept in chunks of as many pages as a large one has. A chunk whose pages have all become like the
 * rest goes. Masks are read in any context; they are changed under struct hvp_space.lock, so that
 * the monitor learns of changes in the order in which they were made.
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "../core.h"
#include "../hv_abi/gpa.h"
#include "../hv_abi/vtl.h"
#include "protect.h"

#define CHUNK_PAGES	512

/* Two pages in a byte; @other is the number of those whose mask is not the VTL's default */
struct chunk {
	struct rcu_head rcu;
	u32 other;
	u8 masks[CHUNK_PAGES / 2];
};

static u8 default_mask(const struct hvp_partition *pt, u8 vtl)
{
	return FIELD_GET(HV_VSM_DEFAULT_PROTECTION, READ_ONCE(pt->vtls.config[vtl]));
}

static bool protects(const struct hvp_partition *pt, u8 vtl)
{
	return READ_ONCE(pt->vtls.config[vtl]) & HV_VSM_ENABLE_PROTECTION;
}

static u8 chunk_get(const struct chunk *chunk, u32 page)
{
	return READ_ONCE(chunk->masks[page / 2]) >> page % 2 * 4 & HV_MAP_GPA_PERMISSIONS;
}

static void chunk_put(struct chunk *chunk, u32 page, u8 mask)
{
	u8 both = chunk->masks[page / 2];

	both &= ~(HV_MAP_GPA_PERMISSIONS << page % 2 * 4);
	WRITE_ONCE(chunk->masks[page / 2], both | mask << page % 2 * 4);
}

/* The mask of a page. Any context */
static u8 mask_of(const struct hvp_partition *pt, u8 vtl, u64 gfn)
{
	const struct chunk *chunk;
	u8 mask;

	rcu_read_lock();
	chunk = xa_load((struct xarray *)&pt->vtls.pages[vtl], gfn / CHUNK_PAGES);
	mask = chunk ? chunk_get(chunk, gfn % CHUNK_PAGES) : default_mask(pt, vtl);
	rcu_read_unlock();
	return mask;
}

/* Without mode-based execution control KMX is for both modes */
static u32 rights_of(u8 mask)
{
	return mask & (HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | HV_MAP_GPA_KERNEL_EXECUTABLE);
}

static_assert(HVP_GPA_READ == HV_MAP_GPA_READABLE && HVP_GPA_WRITE == HV_MAP_GPA_WRITABLE &&
	      HVP_GPA_EXECUTE == HV_MAP_GPA_KERNEL_EXECUTABLE);

/**
 * hvp_vtl_looked_up_rights - hvp_vtl_rights() of a machine with VTLs that protect pages
 * @pt: Machine
 * @vtl: VTL
 * @gfn: Page number
 */
u32 hvp_vtl_looked_up_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn)
{
	u32 rights = HVP_GPA_ALL, higher;

	for (higher = vtl + 1; higher <= HVP_MAX_VTL; higher++)
		if (protects(pt, higher))
			rights &= rights_of(mask_of(pt, higher, gfn));
	return rights;
}

/**
 * hvp_vtl_uniform - Does a VTL have the same rights to all pages of a range?
 * @pt: Machine
 * @vtl: VTL
 * @gfn: First page
 * @count: Number of pages, not 0
 *
 * Any context. What is tracked page by page counts as different.
 */
bool hvp_vtl_uniform(const struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count)
{
	unsigned long index;
	u32 higher;

	for (higher = vtl + 1; higher <= HVP_MAX_VTL; higher++) {
		index = gfn / CHUNK_PAGES;
		if (protects(pt, higher) &&
		    xa_find((struct xarray *)&pt->vtls.pages[higher], &index,
			    (gfn + count - 1) / CHUNK_PAGES, XA_PRESENT))
			return false;
	}
	return true;
}

/**
 * hvp_vtl_denies - Which VTL denies an access that another one makes?
 * @pt: Machine
 * @vtl: The VTL that accesses
 * @gfn: Page number
 * @wanted: HVP_GPA_*
 * @denied: Result: those that are denied by that VTL; or NULL
 *
 * TLFS, "Nested Intercepts": the lowest one comes first.
 *
 * Return: the VTL, or 0 if none does.
 */
u8 hvp_vtl_denies(const struct hvp_partition *pt, u8 vtl, u64 gfn, u32 wanted, u32 *denied)
{
	u32 higher, missing;

	for (higher = vtl + 1; higher <= HVP_MAX_VTL; higher++) {
		missing = protects(pt, higher) ? wanted & ~rights_of(mask_of(pt, higher, gfn)) : 0;
		if (missing) {
			if (denied)
				*denied = missing;
			return higher;
		}
	}
	return 0;
}

/* Is this a kind of protection that there is? TLFS, "Memory Access Protections" */
static bool is_valid(u8 mask)
{
	return (mask & HV_MAP_GPA_READABLE) || !(mask & HV_MAP_GPA_PERMISSIONS);
}

static struct chunk *new_chunk(u8 mask)
{
	struct chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);

	if (chunk)
		memset(chunk->masks, mask | mask << 4, sizeof(chunk->masks));
	return chunk;
}

/* Change pages of one chunk; -ENOMEM without a change */
static int change_chunk(struct hvp_partition *pt, u8 vtl, u64 gfn, u32 count, u8 mask)
{
	u8 rest = default_mask(pt, vtl);
	u64 index = gfn / CHUNK_PAGES;
	struct chunk *chunk;
	u32 page;
	int err;

	lockdep_assert_held(&pt->space.lock);
	chunk = xa_load(&pt->vtls.pages[vtl], index);
	if (!chunk) {
		if (mask == rest)
			return 0;
		chunk = new_chunk(rest);
		if (!chunk)
			return -ENOMEM;
		err = xa_err(xa_store(&pt->vtls.pages[vtl], index, chunk, GFP_KERNEL_ACCOUNT));
		if (err) {
			kfree(chunk);
			return err;
		}
	}
	for (page = gfn % CHUNK_PAGES; count--; page++) {
		chunk->other -= chunk_get(chunk, page) != rest;
		chunk->other += mask != rest;
		chunk_put(chunk, page, mask);
	}
	if (!chunk->other) {
		xa_erase(&pt->vtls.pages[vtl], index);
		kfree_rcu(chunk, rcu);
	}
	return 0;
}

static int change(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count, u8 mask)
{
	u64 now, done;
	int err = 0, told;

	for (done = 0; !err && done < count; done += now) {
		now = min_t(u64, count - done, CHUNK_PAGES - (gfn + done) % CHUNK_PAGES);
		err = change_chunk(pt, vtl, gfn + done, now, mask);
	}
	/* Also after an error, of what has been changed until then */
	told = done ? pt->ops->vtl_space_changed(pt, vtl, gfn, done) : 0;
	return err ?: told;
}

/**
 * hvp_vtl_protect - A VTL changes what lower ones may do with pages
 * @pt: Machine
 * @vtl: VTL that protects
 * @gfn: First page, from a guest
 * @count: Number of pages, not 0
 * @flags: HV_MAP_GPA_* from a guest
 *
 * Effective on all VPs on return.
 *
 * Return: SUCCESS; INVALID_VTL_STATE if the VTL does not protect yet; INVALID_PARAMETER for flags
 * that make no sense, and for what is no RAM; OPERATION_DENIED if the host cannot;
 * INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_vtl_protect(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count, u32 flags)
{
	int err;

	if (!protects(pt, vtl))
		return HV_STATUS_INVALID_VTL_STATE;
	if ((flags & ~HV_MAP_GPA_PERMISSIONS) || !is_valid(flags) || gfn >= HVP_SPACE_PAGES ||
	    !pt->ops->space_is_ram(pt, gfn, count))
		return HV_STATUS_INVALID_PARAMETER;
	vtl = array_index_nospec(vtl, HVP_MAX_VTL + 1);
	scoped_guard(mutex, &pt->space.lock)
		err = change(pt, vtl, gfn, count, flags);
	if (!err)
		return HV_STATUS_SUCCESS;
	return err == -ENOMEM ? HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_OPERATION_DENIED;
}

/**
 * hvp_vtl_begin_protecting - EnableVtlProtection
 * @pt: Machine; its op_lock is held
 * @vtl: VTL above 0
 * @config: HvRegisterVsmPartitionConfig, with the default mask for all pages
 *
 * Return: SUCCESS, INVALID_REGISTER_VALUE, OPERATION_DENIED, INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_vtl_begin_protecting(struct hvp_partition *pt, u8 vtl, u64 config)
{
	u8 mask = FIELD_GET(HV_VSM_DEFAULT_PROTECTION, config);
	u64 old = pt->vtls.config[vtl];
	int err;

	lockdep_assert_held(&pt->op_lock);
	if (!is_valid(mask))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	guard(mutex)(&pt->space.lock);
	WRITE_ONCE(pt->vtls.config[vtl], config);
	WRITE_ONCE(pt->vtls.protecting, pt->vtls.protecting | BIT(vtl));
	err = pt->ops->vtl_space_changed(pt, vtl, 0, HVP_VTL_ALL_PAGES);
	if (!err)
		return HV_STATUS_SUCCESS;
	WRITE_ONCE(pt->vtls.protecting, pt->vtls.protecting & ~BIT(vtl));
	WRITE_ONCE(pt->vtls.config[vtl], old);
	return err == -ENOMEM ? HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_OPERATION_DENIED;
}

/**
 * hvp_vtl_unprotect - All pages are as if the VTL had never protected any
 * @pt: Machine, or one that is gone
 * @vtl: VTL above 0
 */
void hvp_vtl_unprotect(struct hvp_partition *pt, u8 vtl)
{
	struct chunk *chunk;
	unsigned long index;

	guard(mutex)(&pt->space.lock);
	WRITE_ONCE(pt->vtls.config[vtl], 0);
	if (!(pt->vtls.protecting & BIT(vtl)))
		return;
	WRITE_ONCE(pt->vtls.protecting, pt->vtls.protecting & ~BIT(vtl));
	xa_for_each(&pt->vtls.pages[vtl], index, chunk) {
		xa_erase(&pt->vtls.pages[vtl], index);
		kfree_rcu(chunk, rcu);
	}
	if (READ_ONCE(pt->backend))
		pt->ops->vtl_space_changed(pt, vtl, 0, HVP_VTL_ALL_PAGES);
}
