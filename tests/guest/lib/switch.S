/* SPDX-License-Identifier: GPL-2.0 */
/* Entry of the program in vtl.c, and what loads and stores all registers around a VTL switch. */

	.macro	LOAD ptr
	mov	0x00(\ptr), %rax
	mov	0x08(\ptr), %rcx
	mov	0x10(\ptr), %rdx
	mov	0x18(\ptr), %rbx
	mov	0x28(\ptr), %rbp
	mov	0x30(\ptr), %rsi
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	8 * \n(\ptr), %r\n
	.endr
	mov	0x38(\ptr), %rdi		/* the pointer itself last */
	.endm

	.macro	STORE ptr			/* all but rdi and rsp */
	mov	%rax, 0x00(\ptr)
	mov	%rcx, 0x08(\ptr)
	mov	%rdx, 0x10(\ptr)
	mov	%rbx, 0x18(\ptr)
	mov	%rbp, 0x28(\ptr)
	mov	%rsi, 0x30(\ptr)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, 8 * \n(\ptr)
	.endr
	.endm

	.text
	.code64
/* void vtl_switch(struct vtl_regs *regs, u64 entry) */
	.global vtl_switch, vtl_switched
vtl_switch:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	LOAD	%rdi
	call	*(%rsp)
vtl_switched:
	xchg	%rdi, 8(%rsp)			/* pointer here, its rdi there */
	STORE	%rdi
	pop	%rsi
	popq	0x38(%rdi)
	cld
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* The stack begins with a free word; above it is the struct vtl, whose regs lie at VTL_REGS */
#define VTL_REGS	8
	.global vtl_entry
vtl_entry:
	xchg	%rdi, 8(%rsp)
	add	$VTL_REGS, %rdi
	STORE	%rdi
	mov	8(%rsp), %rax
	mov	%rax, 0x38(%rdi)
	sub	$VTL_REGS, %rdi
	cld
	call	vtl_main
	ud2
