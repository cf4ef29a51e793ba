/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small program for a higher VTL: it does what the lower one asks for by VTL calls, counts why
 * it was entered, takes its interrupts, and returns.
 */
#ifndef GUEST_VTL_H
#define GUEST_VTL_H

#include "context.h"

#define VTLS		3

/* Registers, names and offsets as in struct hv_regs */
#define REG_VSM_CODE_PAGE	0x000d0002
#define REG_VSM_VP_STATUS	0x000d0003
#define REG_VSM_PARTITION_STATUS 0x000d0004
#define REG_VSM_VINA		0x000d0005
#define REG_VSM_CAPABILITIES	0x000d0006
#define REG_VSM_CONFIG		0x000d0007

#define ENTRY_CALL		1
#define ENTRY_INTERRUPT		2
#define ENTRY_INTERCEPT		3
#define ENTRY_REASONS		4

struct assist_page {
	u32 apic_assist, reserved0, reason;
	u8 vina, reserved1[3];
	u64 return_rax, return_rcx;
	u8 reserved2[80];
	u8 message[256];
};

_Static_assert(offsetof(struct assist_page, message) == 112, "VP assist page");

/* All general registers; rsp is not loaded. */
struct vtl_regs {
	u64 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* Loads the registers, calls the code at entry, and stores the registers that are then there. */
void vtl_switch(struct vtl_regs *regs, u64 entry);
/* Does the code at entry, called with all registers 0, raise #UD? */
bool vtl_raises_ud(u64 entry);

struct vtl {
	u8 vtl;
	unsigned int cpu;
	struct vtl_regs regs;		/* of the lower VTL, as it was when this one was entered */
	struct assist_page *assist;
	u64 page;			/* its hypercall page */
	u64 offsets;			/* of the code in it */
	u64 control;			/* of the next VTL return */
	volatile u64 entries[ENTRY_REASONS];
	/* What the lower VTL wants done by its next call */
	void (*volatile fn)(struct vtl *v, void *arg);
	void *volatile arg;
	/* Called when it was entered for something else */
	void (*volatile on_entry)(struct vtl *v, u32 reason);
};

struct vtl *vtl_of(unsigned int vtl, unsigned int cpu);

/* Input of HvCallEnableVpVtl that makes this program run. */
struct start_in vtl_start(unsigned int vtl, unsigned int cpu);
static inline u64 vtl_enable_vp(const struct start_in *in)
{
	return hv_do(MEMORY, ENABLE_VP_VTL, in, sizeof(*in), NULL, 0);
}
u64 vtl_enable(u64 partition, u8 vtl, u8 flags);

/* Makes this processor's next VTL run fn(arg), and returns when that has returned. */
void vtl_do(unsigned int vtl, void (*fn)(struct vtl *v, void *arg), void *arg);

#endif
