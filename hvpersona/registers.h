/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the registers that HvCallGetVpRegisters and HvCallSetVpRegisters name are kept.
 */
#ifndef HVP_REGISTERS_H
#define HVP_REGISTERS_H

#include "core.h"

/**
 * enum hvp_reg_kind - Where a register is kept
 * @HVP_REG_GPR: General purpose register, struct hvp_reg.arg in the processor's encoding
 * @HVP_REG_RIP: Instruction pointer
 * @HVP_REG_RFLAGS: Flags
 * @HVP_REG_CR: Control register CRn
 * @HVP_REG_XFEM: XCR0
 * @HVP_REG_DR: Debug register DRn
 * @HVP_REG_SEGMENT: Segment, arg 0 to 7 as ES CS SS DS FS GS LDTR TR
 * @HVP_REG_TABLE: arg 0 IDTR, 1 GDTR
 * @HVP_REG_MSR: An MSR, also a synthetic one
 * @HVP_REG_XMM: XMMn
 * @HVP_REG_FPMMX: x87 register n
 * @HVP_REG_FP_CONTROL: x87 control and status, last opcode and instruction pointer
 * @HVP_REG_XMM_CONTROL: Last data pointer, MXCSR and its mask
 * @HVP_REG_APIC: Local APIC register at offset arg
 * @HVP_REG_INTERRUPT_STATE: Interrupt shadow and NMI mask
 * @HVP_REG_CONST: Not in the backend: arg is the value
 * @HVP_REG_CPUID: Not in the backend: the four registers of CPUID leaf arg
 * @HVP_REG_INDEX: Not in the backend: VP index
 * @HVP_REG_PENDING_EVENT: Not in the backend: what a higher VTL has on its way to a lower one
 * @HVP_REG_VSM: Not in the backend: VTLs, see vtl/
 */
enum hvp_reg_kind {
	HVP_REG_GPR,
	HVP_REG_RIP,
	HVP_REG_RFLAGS,
	HVP_REG_CR,
	HVP_REG_XFEM,
	HVP_REG_DR,
	HVP_REG_SEGMENT,
	HVP_REG_TABLE,
	HVP_REG_MSR,
	HVP_REG_XMM,
	HVP_REG_FPMMX,
	HVP_REG_FP_CONTROL,
	HVP_REG_XMM_CONTROL,
	HVP_REG_APIC,
	HVP_REG_INTERRUPT_STATE,
	HVP_REG_CONST,
	HVP_REG_CPUID,
	HVP_REG_INDEX,
	HVP_REG_PENDING_EVENT,
	HVP_REG_VSM,
};

#define HVP_REG_READ	BIT(0)
#define HVP_REG_WRITE	BIT(1)

/**
 * struct hvp_reg - A register
 * @kind: Where it is kept
 * @access: HVP_REG_READ and HVP_REG_WRITE
 * @arg: Which one of its kind
 * @name: HV_REGISTER_NAME
 */
struct hvp_reg {
	u8 kind;
	u8 access;
	u32 arg;
	u32 name;
};

bool hvp_reg_lookup(u32 name, struct hvp_reg *reg);
bool hvp_reg_shared(const struct hvp_reg *reg);

#endif
