/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The logical processors that a root partition sees: the vCPUs of its machine. LP 0 is the boot
 * processor and always there; the root adds the others (0x0076) before it creates the VPs that
 * they back (0x004e). All vCPUs exist from the beginning, so this is bookkeeping.
 */
#ifndef HVP_LP_H
#define HVP_LP_H

#include "core.h"

enum hv_status hvp_lp_add(struct hvp_partition *pt, u32 index, u32 apic_id, u64 proximity);
enum hv_status hvp_lp_remove(struct hvp_partition *pt, u32 index);
enum hv_status hvp_lp_bind(struct hvp_partition *pt, u32 vp_index, u64 lp_index);
struct hvp_vp *hvp_lp_vp(struct hvp_partition *pt, u32 index);
u32 hvp_lp_domain(struct hvp_partition *pt, u32 index);
u32 hvp_lp_count(struct hvp_partition *pt);
void hvp_lps_clear(struct hvp_partition *pt);

#endif
