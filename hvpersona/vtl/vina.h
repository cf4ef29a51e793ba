/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual interrupt notification assist.
 */
#ifndef HVP_VTL_VINA_H
#define HVP_VTL_VINA_H

#include "../core.h"

u64 hvp_vina(const struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_vina_set(struct hvp_vp *vp, u8 vtl, u64 value);

#endif
