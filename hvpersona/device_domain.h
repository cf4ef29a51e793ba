/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces that a root makes for its devices. */
#ifndef HVP_DEVICE_DOMAIN_H
#define HVP_DEVICE_DOMAIN_H

#include "core.h"

void hvp_domains_init(struct hvp_device_domains *domains);
void hvp_domains_clear(struct hvp_partition *pt);
enum hv_status hvp_domain_create(struct hvp_partition *pt, u64 id);
enum hv_status hvp_domain_delete(struct hvp_partition *pt, u64 id);
enum hv_status hvp_domain_attach(struct hvp_partition *pt, u64 id, u64 device);
enum hv_status hvp_domain_detach(struct hvp_partition *pt, u64 device);
bool hvp_domain_exists(struct hvp_partition *pt, u64 id);
enum hv_status hvp_domain_map(struct hvp_partition *pt, u64 id, u64 page, u64 gfn, u32 rights);
enum hv_status hvp_domain_unmap(struct hvp_partition *pt, u64 id, u64 page);

#endif
