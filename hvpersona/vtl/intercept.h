/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intercepts from a VTL to a higher one.
 */
#ifndef HVP_VTL_INTERCEPT_H
#define HVP_VTL_INTERCEPT_H

#include "../core.h"
#include "../hv_abi/intercept.h"

/**
 * struct hvp_vtl_access - An access to memory that was denied
 * @type: HV_ACCESS_*
 * @gva_valid: @gva is known
 * @gva: Linear address
 * @gpa: Guest physical address
 */
struct hvp_vtl_access {
	u8 type;
	bool gva_valid;
	u64 gva;
	u64 gpa;
};

void hvp_vtl_memory_intercept(struct hvp_vp *vp, u8 vtl, const struct hvp_vtl_access *access);
void hvp_vtl_sipi_intercept(struct hvp_vp *vp, u8 vtl, u32 target, u8 vector);
void hvp_vtl_msr_intercept(struct hvp_vp *vp, u8 vtl, u32 msr, bool write);
void hvp_vtl_register_intercept(struct hvp_vp *vp, u8 vtl, u32 name, u64 value, u8 length);
u8 hvp_vtl_intercepting(const struct hvp_vp *vp, u64 what);
void hvp_vtl_cpuid_intercept(struct hvp_vp *vp, u8 vtl, const u32 result[4]);

#endif
