/* SPDX-License-Identifier: GPL-2.0 */
/* PCI bus 0, by its ports. */
#ifndef GUEST_PCI_H
#define GUEST_PCI_H

#include "guest.h"

#define PCI_COMMAND	0x04
#define PCI_BAR0	0x10
#define PCI_CAPS	0x34
#define PCI_LINE	0x3c
#define PCI_ENABLE	0x06	/* memory, bus master */
#define PCI_NO_INTX	0x400

#define PCI_SLOTS	32
#define PCI_EDU		0x11e81234u	/* QEMU's device for exercises */

static inline void outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" :: "a"(v), "Nd"(port));
}

static inline u32 inl(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32 pci_read(u32 slot, u32 reg)
{
	outl(0xcf8, 0x80000000u | slot << 11 | reg);
	return inl(0xcfc);
}

static inline void pci_write(u32 slot, u32 reg, u32 v)
{
	outl(0xcf8, 0x80000000u | slot << 11 | reg);
	outl(0xcfc, v);
}

/* The slot of the device with this device and vendor; PCI_SLOTS if there is none */
static inline u32 pci_find(u32 id)
{
	u32 slot = 0;

	while (slot < PCI_SLOTS && pci_read(slot, 0) != id)
		slot++;
	return slot;
}

/* HV_DEVICE_ID */
static inline u64 pci_device_id(u32 slot)
{
	return 1ull << 62 | slot << 3;
}

#endif
