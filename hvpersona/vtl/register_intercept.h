/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Secure register intercepts.
 */
#ifndef HVP_VTL_REGISTER_INTERCEPT_H
#define HVP_VTL_REGISTER_INTERCEPT_H

#include "../core.h"

u64 hvp_register_intercepts_get(const struct hvp_vp *vp, u8 vtl, u32 name);
enum hv_status hvp_register_intercepts_set(struct hvp_vp *vp, u8 vtl, u32 name, u64 value);
bool hvp_watches_registers(const struct hvp_vp *vp);
bool hvp_msr_is_taken(u32 index);
u8 hvp_msr_interceptor(const struct hvp_vp *vp, u32 index, bool write, u64 changed);
u8 hvp_control_interceptor(const struct hvp_vp *vp, u32 name, u64 changed);

#endif
