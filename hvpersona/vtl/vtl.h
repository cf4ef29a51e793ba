/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual trust levels of a machine and of its VPs.
 */
#ifndef HVP_VTL_H
#define HVP_VTL_H

#include <linux/types.h>
#include <linux/xarray.h>

#include "../hv_abi/hypercall.h"

struct hvp_initial_vp_context;
struct hvp_partition;
struct hvp_vp;

/* Number of VTLs; core.h has it, too, for those who need no more */
#define HVP_MAX_VTL		2

/**
 * struct hvp_partition_vtls - VTLs of a machine
 * @first: The one in which its VPs begin: VTL0 or VTL2, which has a VTL0 below it
 * @enabled: Bit v is set if VTL v is enabled; written under struct hvp_partition.op_lock
 * @on_any_vp: Likewise, if it is or was enabled on any VP
 * @protecting: Likewise, if it protects pages, see protect.c; written under struct hvp_space.lock
 * @lower_vps: Number of VPs that are known to have the VTL0 below @first
 * @config: HvRegisterVsmPartitionConfig of each VTL above 0; written under both
 * @pages: Pages for which a VTL has other masks than for the rest
 */
struct hvp_partition_vtls {
	u8 first;
	u16 enabled;
	u16 on_any_vp;
	u16 protecting;
	u32 lower_vps;
	u64 config[HVP_MAX_VTL + 1];
	struct xarray pages[HVP_MAX_VTL + 1];
};

/**
 * struct hvp_register_intercepts - Secure register intercepts of a VTL, see register_intercept.c
 * @control: CrInterceptControl
 * @cr0_mask: CrInterceptCr0Mask: bits a change of which is intercepted
 * @cr4_mask: CrInterceptCr4Mask, likewise
 * @misc_enable_mask: CrInterceptIa32MiscEnableMask, likewise
 */
struct hvp_register_intercepts {
	u64 control;
	u64 cr0_mask;
	u64 cr4_mask;
	u64 misc_enable_mask;
};

/**
 * struct hvp_vp_vtls - VTLs of a VP that has had more than one
 * @enabled: Bit v is set if the VP has the state of VTL v besides that of the first; written under
 *	struct hvp_partition.op_lock
 * @ran: Likewise, if it has been returned to; written by the VP's thread
 * @register_page: HvX64RegisterRegPage of each VTL, see register_page.c
 * @vina: HvRegisterVsmVina of each VTL, see vina.c
 * @intercepts: What each VTL intercepts of lower ones
 */
struct hvp_vp_vtls {
	u16 enabled;
	u16 ran;
	u64 register_page[HVP_MAX_VTL + 1];
	u64 vina[HVP_MAX_VTL + 1];
	struct hvp_register_intercepts intercepts[HVP_MAX_VTL + 1];
};

bool hvp_vsm_offered(const struct hvp_partition *pt);
u16 hvp_vtls_of(const struct hvp_partition *pt);
u16 hvp_vtls_of_vp(const struct hvp_vp *vp);
enum hv_status hvp_vtl_enable(struct hvp_vp *vp, u8 vtl, u8 flags);
enum hv_status hvp_vtl_disable(struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_vtl_enable_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				 const struct hvp_initial_vp_context *context);
enum hv_status hvp_vtl_need(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl);
struct hvp_vp_vtls *hvp_vp_vtls_alloc(struct hvp_vp *vp);
enum hv_status hvp_vtl_startable(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl);
enum hv_status hvp_vtl_start_below(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				   const struct hvp_initial_vp_context *context);
bool hvp_vtl_has_state(const struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_vtl_disable_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl);
bool hvp_vtl_call(struct hvp_vp *vp, u64 input);
enum hv_status hvp_vtl_return(struct hvp_vp *vp, u64 input);
enum hv_status hvp_vsm_get(struct hvp_vp *vp, u8 vtl, u32 name, u64 *value);
enum hv_status hvp_vsm_set(struct hvp_vp *vp, u8 vtl, u32 name, u64 value);

/* Where the code sequences of VTL call and return are in the hypercall page */
#define HVP_VTL_CALL_OFFSET	0x20
#define HVP_VTL_RETURN_OFFSET	0x30
void hvp_vtls_init(struct hvp_partition *pt);
void hvp_vtls_destroy(struct hvp_partition *pt);
void hvp_vtls_reset(struct hvp_partition *pt);

#endif
