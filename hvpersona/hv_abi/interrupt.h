/* SPDX-License-Identifier: GPL-2.0 */
/* Operands of the virtual interrupt calls; the sheet's entries for 0x0094 and 0x0056. */
#ifndef HVP_ABI_INTERRUPT_H
#define HVP_ABI_INTERRUPT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/* HV_INTERRUPT_TYPE */
#define HV_INTERRUPT_FIXED		0
#define HV_INTERRUPT_LOWEST_PRIORITY	1
#define HV_INTERRUPT_SMI		2
#define HV_INTERRUPT_REMOTE_READ	3
#define HV_INTERRUPT_NMI		4
#define HV_INTERRUPT_INIT		5
#define HV_INTERRUPT_SIPI		6
#define HV_INTERRUPT_EXTINT		7
#define HV_INTERRUPT_LINT0		8
#define HV_INTERRUPT_LINT1		9

/* HV_INTERRUPT_CONTROL */
#define HV_INTERRUPT_TYPE		GENMASK_ULL(31, 0)
#define HV_INTERRUPT_LEVEL		BIT_ULL(32)
#define HV_INTERRUPT_LOGICAL		BIT_ULL(33)
#define HV_INTERRUPT_RESERVED		GENMASK_ULL(63, 34)

#define HV_INTERRUPT_VECTOR_NONE	0xffffffffU

/* HvCallAssertVirtualInterrupt */
struct hv_assert_virtual_interrupt {
	u64 partition;
	u64 control;
	u64 destination;
	u32 vector;
	u8 vtl;
	u8 rsvd;
	u16 rsvd2;
};
static_assert(sizeof(struct hv_assert_virtual_interrupt) == 32);

#endif
