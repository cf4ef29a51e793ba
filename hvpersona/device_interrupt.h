/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of a machine's devices, which its guest maps by hypercall. */
#ifndef HVP_DEVICE_INTERRUPT_H
#define HVP_DEVICE_INTERRUPT_H

#include "core.h"
#include "hv_abi/device.h"

/**
 * struct hvp_device_interrupt - What a guest asks for, checked
 * @device: HV_DEVICE_ID of a PCI device or an IOAPIC
 * @vector: Vector, 16 to 255
 * @level: Level triggered
 */
struct hvp_device_interrupt {
	u64 device;
	u32 vector;
	bool level;
};

bool hvp_device_id_valid(u64 device);
bool hvp_device_id_known(const struct hvp_partition *pt, u64 device);
enum hv_status hvp_device_interrupt_map(struct hvp_partition *pt,
					const struct hvp_device_interrupt *irq,
					const struct hvp_vp_set *targets,
					struct hvp_interrupt_entry *entry);
enum hv_status hvp_device_interrupt_unmap(struct hvp_partition *pt, u64 device,
					  const struct hvp_interrupt_entry *entry);
enum hv_status hvp_device_interrupt_retarget(struct hvp_partition *pt, u64 device,
					     const struct hvp_interrupt_entry *entry,
					     const struct hvp_vp_set *targets, u8 vector,
					     bool multicast);
void hvp_device_interrupts_clear(struct hvp_partition *pt);

#endif
