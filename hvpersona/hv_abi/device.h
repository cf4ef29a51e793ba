/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices and their interrupts: the sheet's section "Devices, device domains and interrupts".
 */
#ifndef HVP_ABI_DEVICE_H
#define HVP_ABI_DEVICE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/* HV_DEVICE_ID */
#define HVP_DEVICE_TYPE			GENMASK_ULL(63, 62)
#define HVP_DEVICE_LOGICAL		0
#define HVP_DEVICE_PCI			1
#define HVP_DEVICE_IOAPIC		2
#define HVP_DEVICE_ACPI			3
#define HVP_DEVICE_PCI_RESERVED		GENMASK_ULL(61, 51)
#define HVP_DEVICE_IOAPIC_RESERVED	GENMASK_ULL(61, 8)

/* HV_INTERRUPT_ENTRY */
#define HVP_INTERRUPT_MSI		1
#define HVP_INTERRUPT_IOAPIC		2

struct hvp_interrupt_entry {
	u32 source;
	u32 rsvd;
	u64 data;	/* MSI: address in the lower, data in the upper half; IOAPIC: RTE */
};
static_assert(sizeof(struct hvp_interrupt_entry) == 16);

#define HVP_MSI_ADDRESS			0xfee00000U
#define HVP_MSI_BASE			GENMASK(31, 20)
#define HVP_MSI_DESTINATION		GENMASK(19, 12)
#define HVP_MSI_LOGICAL			BIT(2)
#define HVP_MSI_DATA			GENMASK_ULL(63, 32)
#define HVP_MSI_DATA_VECTOR		GENMASK_ULL(32 + 7, 32)
#define HVP_MSI_DATA_MODE		GENMASK_ULL(32 + 10, 32 + 8)
#define HVP_MSI_LEVEL			BIT_ULL(32 + 15)
#define HVP_MSI_ASSERT			BIT_ULL(32 + 14)
#define HVP_RTE_VECTOR			GENMASK_ULL(7, 0)
#define HVP_RTE_MODE			GENMASK_ULL(10, 8)
#define HVP_RTE_LOGICAL			BIT_ULL(11)
#define HVP_RTE_LEVEL			BIT_ULL(15)
#define HVP_RTE_DESTINATION		GENMASK_ULL(63, 56)

/* HV_DEVICE_INTERRUPT_TARGET; with a set the mask is its format, and the banks follow */
#define HVP_TARGET_MULTICAST		BIT(0)
#define HVP_TARGET_SET			BIT(1)

struct hvp_interrupt_target {
	u32 vector;
	u32 flags;
	u64 mask_or_format;
};
static_assert(sizeof(struct hvp_interrupt_target) == 16);

/* 0x007c */
struct hvp_map_device_interrupt {
	u64 partition_id;
	u64 device_id;
	u32 flags;
	u32 base_irt_index;
	struct hvp_interrupt_entry logical_entry;
	u32 type;
	u32 trigger;
	u32 vector_count;
	u32 rsvd;
	struct hvp_interrupt_target target;
};
static_assert(sizeof(struct hvp_map_device_interrupt) == 72);

#define HVP_TRIGGER_LEVEL		1

/* 0x007d */
struct hvp_unmap_device_interrupt {
	u64 partition_id;
	u64 device_id;
	struct hvp_interrupt_entry entry;
	u32 flags;
} __packed;
static_assert(sizeof(struct hvp_unmap_device_interrupt) == 36);

/* 0x007e, and 0x007f, whose layout is the project's own */
struct hvp_retarget_device_interrupt {
	u64 partition_id;
	u64 device_id;
	struct hvp_interrupt_entry entry;
	u64 rsvd;
	struct hvp_interrupt_target target;
};
static_assert(sizeof(struct hvp_retarget_device_interrupt) == 56);

/* 0x0082. Most of it describes the device, and matters only to an IOMMU */
struct hvp_attach_device {
	u64 partition_id;
	u64 device_id;
	u32 flags;
	u8 vtl;
	u8 rsvd;
	u16 rsvd2;
	u64 logical_id;
	u32 pci_capabilities;
	u16 pf_rid;
	u16 rsvd3;
};
static_assert(sizeof(struct hvp_attach_device) == 40);

#define HVP_ATTACH_LOGICAL_ID		BIT(0)
#define HVP_ATTACH_FLAGS		(BIT(0) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7))

/* 0x0083 */
struct hvp_detach_device {
	u64 partition_id;
	u64 logical_id;
};
static_assert(sizeof(struct hvp_detach_device) == 16);

/* 0x00aa and 0x00ab, the project's own */
struct hvp_device_property {
	u64 device_id;
	u32 property;
	u32 rsvd;
	u64 value[2];		/* 0x00ab only */
};
static_assert(sizeof(struct hvp_device_property) == 32);

enum hvp_device_property_code {
	HVP_DEVICE_PARTITION = 1,
	HVP_DEVICE_DMA_REMAPPED = 2,
	HVP_DEVICE_INTERRUPTS_REMAPPED = 3,
};

/* Device domain ids: bits 3:0 are the type, of which only 0 (stage 2) needs no tables of the guest's */
#define HVP_DOMAIN_NUMBER		GENMASK_ULL(63, 32)
#define HVP_DOMAIN_DEFAULT		0U
#define HVP_DOMAIN_NULL			U32_MAX

/* 0x00b1 */
struct hvp_create_device_domain {
	u64 partition_id;
	u8 owner_vtl;
	u8 padding[7];
	u64 domain_id;
	u32 flags;
} __packed;
static_assert(sizeof(struct hvp_create_device_domain) == 28);

#define HVP_DOMAIN_FLAGS		(BIT(0) | BIT(1))

/* 0x00b2 */
struct hvp_attach_device_domain {
	u64 partition_id;
	u8 owner_vtl;
	u8 padding[7];
	u64 domain_id;
	u64 device_id;
};
static_assert(sizeof(struct hvp_attach_device_domain) == 32);

/* 0x00b3 */
struct hvp_map_device_gpa {
	u64 partition_id;
	u8 owner_vtl;
	u8 padding[7];
	u64 domain_id;
	u8 target_vtl;
	u8 padding2[3];
	u32 flags;
	u64 base;		/* bytes */
};
static_assert(sizeof(struct hvp_map_device_gpa) == 40);

/* 0x00b4 */
struct hvp_unmap_device_gpa {
	u64 partition_id;
	u8 owner_vtl;
	u8 padding[7];
	u64 domain_id;
	u64 base;
};
static_assert(sizeof(struct hvp_unmap_device_gpa) == 32);

/* 0x00c4 */
struct hvp_detach_device_domain {
	u64 partition_id;
	u64 device_id;
};
static_assert(sizeof(struct hvp_detach_device_domain) == 16);

/* 0x00c5 */
struct hvp_delete_device_domain {
	u64 partition_id;
	u8 owner_vtl;
	u8 padding[7];
	u64 domain_id;
};
static_assert(sizeof(struct hvp_delete_device_domain) == 24);

/* 0x00ed, the project's own */
struct hvp_persist_device_interrupt {
	u64 partition_id;
	u64 device_id;
	struct hvp_interrupt_entry entry;
};
static_assert(sizeof(struct hvp_persist_device_interrupt) == 32);

#endif
