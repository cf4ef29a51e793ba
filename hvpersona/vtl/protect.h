/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protections that VTLs put on pages against lower ones.
 */
#ifndef HVP_VTL_PROTECT_H
#define HVP_VTL_PROTECT_H

#include "../core.h"

/* Number of pages that stands for all there are */
#define HVP_VTL_ALL_PAGES	0

u32 hvp_vtl_looked_up_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn);
bool hvp_vtl_uniform(const struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count);
u8 hvp_vtl_denies(const struct hvp_partition *pt, u8 vtl, u64 gfn, u32 wanted, u32 *denied);
enum hv_status hvp_vtl_protect(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count, u32 flags);
enum hv_status hvp_vtl_begin_protecting(struct hvp_partition *pt, u8 vtl, u64 config);
void hvp_vtl_unprotect(struct hvp_partition *pt, u8 vtl);

/* Does a VTL above @vtl protect pages? Any context */
static __always_inline bool hvp_vtl_protected(const struct hvp_partition *pt, u8 vtl)
{
	return READ_ONCE(pt->vtls.protecting) >> vtl >> 1;
}

/* What a VTL may do with a page as far as higher ones decide it: HVP_GPA_*. Any context */
static __always_inline u32 hvp_vtl_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn)
{
	return hvp_vtl_protected(pt, vtl) ? hvp_vtl_looked_up_rights(pt, vtl, gfn) : HVP_GPA_ALL;
}

#endif
