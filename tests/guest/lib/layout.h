/* SPDX-License-Identifier: GPL-2.0 */
/* Selectors, sizes and fixed addresses shared by boot.S, guest.ld and C. */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define MAX_CPUS	4
#define STACK_SIZE	0x4000

#define SEL_CODE64	0x08
#define SEL_DATA	0x10
#define SEL_CODE32	0x18
#define SEL_CODE16	0x20
#define SEL_DATA16	0x28
#define SEL_USER_DATA	0x33	/* RPL 3 */
#define SEL_USER_CODE	0x3b
#define SEL_TSS		0x40	/* one 16-byte descriptor per processor */

#define LOW_AP		0x8000	/* real-mode entry of application processors */
#define LOW_REAL	0x9000	/* real-mode hypercall */

/* Vectors that are traps of the programs rather than interrupts. */
#define VEC_UD		6
#define VEC_GP		13
#define VEC_PF		14
#define VEC_USER	0x80	/* user mode is done */
#define VEC_WORK	0xf0	/* wakes an idle processor */
#define VEC_SPURIOUS	0xff

#define MODE_COMPAT	0	/* long mode, 32-bit code segment */
#define MODE_PROTECTED	1	/* 32-bit protected mode, paging off */
#define MODE_REAL	2

/* struct hv_regs */
#define R_RAX		0x00
#define R_RCX		0x08
#define R_RDX		0x10
#define R_RBX		0x18
#define R_RSP		0x20	/* at the hypercall instruction; output only */
#define R_RBP		0x28
#define R_RSI		0x30
#define R_RDI		0x38
#define R_R8		0x40
#define R_XMM		0x80
#define R_ENTRY		0xe0	/* code to call */
#define R_RFLAGS	0xe8	/* after the call */

#endif
