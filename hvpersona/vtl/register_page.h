/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Register pages of VTLs.
 */
#ifndef HVP_VTL_REGISTER_PAGE_H
#define HVP_VTL_REGISTER_PAGE_H

#include "../core.h"

bool hvp_vtl_register_page(const struct hvp_vp *vp, u8 vtl, u64 *gpa);
u64 hvp_register_page_get(const struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_register_page_set(struct hvp_vp *vp, u8 vtl, u64 value);
void hvp_register_page_show(struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_register_page_take(struct hvp_vp *vp, u8 lower);

#endif
