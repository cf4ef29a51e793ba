/* SPDX-License-Identifier: GPL-2.0 */
/* The book of devices that a root has attached to itself. */
#ifndef HVP_DEVICE_H
#define HVP_DEVICE_H

#include "core.h"

enum hv_status hvp_device_attach(struct hvp_partition *pt, u64 id, u64 logical_id);
enum hv_status hvp_device_detach(struct hvp_partition *pt, u64 logical_id);
bool hvp_device_attached(struct hvp_partition *pt, u64 id);
void hvp_devices_clear(struct hvp_partition *pt);

#endif
