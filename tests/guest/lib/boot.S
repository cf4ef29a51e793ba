/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What C cannot say: the multiboot entry and the way to long mode, the
 * real-mode entry of application processors, trap stubs, and the hypercall
 * entries of 64-bit, 32-bit, real and user mode.
 *
 * Memory below 4 GiB is mapped 1:1 with 2 MiB supervisor pages. TR tells which
 * processor runs (cpu_index()), so FS and GS are free for the tests.
 */
#include "layout.h"

#define CR0_PE		0x1
#define CR0_WP		0x10000
#define CR0_PG		0x80000000
#define CR4_BOOT	0x620		/* PAE, OSFXSR, OSXMMEXCPT */
#define EFER		0xc0000080
#define EFER_BOOT	0x900		/* LME, NXE */

#define MB_MAGIC	0x1badb002
#define MB_FLAGS	0x3

	.section .multiboot, "a"
	.align 4
	.long MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)

	.text
	.code32
	.global _start
_start:
	cli
	cld
	mov	%ebx, multiboot_info
	lgdt	gdt_pointer
	ljmp	$SEL_CODE32, $start32

start32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$CR4_BOOT, %eax
	mov	%eax, %cr4
	mov	$boot_pml4, %eax
	mov	%eax, %cr3
	mov	$EFER, %ecx
	mov	$EFER_BOOT, %eax
	xor	%edx, %edx
	wrmsr
	mov	$(CR0_PG | CR0_WP | CR0_PE | 0x32), %eax
	mov	%eax, %cr0
	ljmp	$SEL_CODE64, $start64

	.code64
start64:
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$1, %eax
	cpuid
	shr	$24, %ebx			/* APIC id = processor index */
	mov	%ebx, %edi
	imul	$STACK_SIZE, %ebx, %eax
	lea	stacks + STACK_SIZE(%rax), %rsp
	call	cpu_init			/* (cpu) */
	mov	%ebx, %edi
	call	cpu_main			/* (cpu); does not return */
	ud2

/* Copied to LOW_AP; SIPI vector LOW_AP >> 12. */
	.global ap_trampoline, ap_trampoline_end
	.code16
ap_trampoline:
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	ap_gdt_pointer - ap_trampoline
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $start32
	.align 4
ap_gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
ap_trampoline_end:

	.code64
/* u64 hv_call_regs(struct hv_regs *): every register in, every register out. */
	.global hv_call_regs
hv_call_regs:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	.irp	n, 0, 1, 2, 3, 4, 5
	movups	R_XMM + 16 * \n(%rdi), %xmm\n
	.endr
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	R_R8 + 8 * (\n - 8)(%rdi), %r\n
	.endr
	pushq	R_ENTRY(%rdi)
	lea	-8(%rsp), %rax			/* call pushes 8 bytes */
	mov	%rax, R_RSP(%rdi)
	mov	R_RAX(%rdi), %rax
	mov	R_RCX(%rdi), %rcx
	mov	R_RDX(%rdi), %rdx
	mov	R_RBX(%rdi), %rbx
	mov	R_RBP(%rdi), %rbp
	mov	R_RSI(%rdi), %rsi
	mov	R_RDI(%rdi), %rdi
	call	*(%rsp)
	lea	8(%rsp), %rsp
	xchg	%rdi, (%rsp)			/* struct in RDI, its RDI on the stack */
	pushfq
	popq	R_RFLAGS(%rdi)
	mov	%rax, R_RAX(%rdi)
	mov	%rcx, R_RCX(%rdi)
	mov	%rdx, R_RDX(%rdi)
	mov	%rbx, R_RBX(%rdi)
	mov	%rbp, R_RBP(%rdi)
	mov	%rsi, R_RSI(%rdi)
	popq	R_RDI(%rdi)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, R_R8 + 8 * (\n - 8)(%rdi)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5
	movups	%xmm\n, R_XMM + 16 * \n(%rdi)
	.endr
	cld
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* void halt(void): halts with interrupts enabled, and none is taken before HLT: see trap() */
	.global halt, halt_insn
halt:
	sti
halt_insn:
	hlt
	ret

	.global insn_vmcall, insn_vmmcall
insn_vmcall:
	vmcall
	ret
insn_vmmcall:
	vmmcall
	ret

/* Code for user mode: RCX.. are set by user_enter(). Position independent. */
	.global user_vmcall, user_vmmcall, user_end
user_vmcall:
	vmcall
	int	$VEC_USER
user_vmmcall:
	vmmcall
	int	$VEC_USER
user_end:

/* void user_enter(u64 rip, u64 rsp, u64 rcx): leaves by a trap only. */
	.global user_enter
user_enter:
	mov	%rdx, %rcx
	xor	%edx, %edx
	xor	%r8d, %r8d
	mov	$-1, %rax
	push	$SEL_USER_DATA
	push	%rsi
	push	$0x2
	push	$SEL_USER_CODE
	push	%rdi
	iretq

/*
 * bool catch(struct fault *, void (*fn)(void *), void *arg): runs fn(arg) and
 * returns true if it trapped. catch_return is where trap() resumes with RSP
 * as it was when fn was called.
 */
	.global catch, catch_return
catch:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	push	%rdx
	push	%rdi
	mov	%rsp, %rsi
	call	catch_begin			/* (fault, rsp) */
	mov	8(%rsp), %rdi
	call	*16(%rsp)
	call	catch_end
	xor	%eax, %eax
	jmp	1f
catch_return:
	mov	$1, %eax
1:	add	$24, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* Trap stubs, 16 bytes apart: [error code], vector, registers. */
	.align 16
	.global trap_stubs
trap_stubs:
	.set	vec, 0
	.rept	256
	.align	16
	.if	!(vec == 8 || (vec >= 10 && vec <= 14) || vec == 17 || vec == 21)
	push	$0
	.endif
	pushq	$vec
	jmp	trap_common
	.set	vec, vec + 1
	.endr

trap_common:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$-16, %rsp
	call	trap
	mov	%rbp, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

/*
 * void hv_call_mode(unsigned mode): the call of low_regs in compatibility
 * mode, in protected mode or in real mode. Interrupts are off meanwhile.
 */
	.global hv_call_mode
hv_call_mode:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushfq
	cli
	mov	%rsp, saved_rsp
	lea	low_stack_end, %rsp
	pushq	$SEL_CODE32
	lea	mode32, %rax
	push	%rax
	lretq
	.code32
mode32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%edi, low_mode
	cmp	$MODE_COMPAT, %edi
	jne	1f
	call	call32
	jmp	2f
1:	call	leave_long
	cmpl	$MODE_REAL, low_mode
	je	3f
	call	call32
	jmp	4f
3:	ljmp	$SEL_CODE16, $(LOW_REAL + real_entry - low_real)
back32:
	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	saved_esp, %esp
4:	mov	$EFER, %ecx
	rdmsr
	or	$0x100, %eax			/* LME */
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
2:	ljmp	$SEL_CODE64, $5f
	.code64
5:	mov	saved_rsp, %rsp
	lidt	idt_pointer
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.code32
leave_long:
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$EFER, %ecx
	rdmsr
	and	$~0x100, %eax
	wrmsr
	mov	%esp, saved_esp
	ret

call32:
	.irp	n, 0, 1, 2, 3, 4, 5
	movups	low_regs + R_XMM + 16 * \n, %xmm\n
	.endr
	mov	low_regs + R_RAX, %eax
	mov	low_regs + R_RCX, %ecx
	mov	low_regs + R_RDX, %edx
	mov	low_regs + R_RBX, %ebx
	mov	low_regs + R_RSI, %esi
	mov	low_regs + R_RDI, %edi
	call	*low_regs + R_ENTRY
	mov	%eax, low_regs + R_RAX
	mov	%ecx, low_regs + R_RCX
	mov	%edx, low_regs + R_RDX
	mov	%ebx, low_regs + R_RBX
	mov	%esi, low_regs + R_RSI
	mov	%edi, low_regs + R_RDI
	.irp	n, 0, 1, 2, 3, 4, 5
	movups	%xmm\n, low_regs + R_XMM + 16 * \n
	.endr
	ret

/*
 * Copied to LOW_REAL. Executes the instruction that real_insn was patched to;
 * the vector of the exception it raises (0: none) is left in real_vector.
 */
	.code16
	.global low_real, low_real_end, real_insn, real_vector
low_real:
real_idt:
	.rept	16
	.word	real_trap_other - low_real, LOW_REAL >> 4
	.endr
real_entry:				/* 16-bit protected mode */
	mov	$SEL_DATA16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	%cr0, %eax
	and	$~CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$(LOW_REAL >> 4), $(real_mode - low_real)
real_mode:
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$(low_real_end - low_real + 0x100), %esp
	lidtl	real_idt_pointer - low_real
	movw	$0, real_vector - low_real
	movw	$(real_trap_ud - low_real), real_idt - low_real + 6 * 4
	mov	$0x10008, %ecx			/* fast 0x0008 */
	xor	%edx, %edx
	mov	$-1, %eax
real_insn:
	vmmcall
	jmp	real_done
real_trap_ud:
	movw	$VEC_UD, real_vector - low_real
	add	$6, %sp
	jmp	real_done
real_trap_other:
	movw	$0xffff, real_vector - low_real
	add	$6, %sp
real_done:
	mov	%eax, real_result - low_real
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmpl	$SEL_CODE32, $back32
real_idt_pointer:
	.word	16 * 4 - 1
	.long	LOW_REAL
real_vector:
	.word	0
real_result:
	.long	0
low_real_end:

	.data
	.align 16
	.global gdt, gdt_end, gdt_pointer, idt_pointer
gdt:
	.quad 0
	.quad 0x00af9b000000ffff		/* SEL_CODE64 */
	.quad 0x00cf93000000ffff		/* SEL_DATA */
	.quad 0x00cf9b000000ffff		/* SEL_CODE32 */
	.quad 0x00009b000000ffff		/* SEL_CODE16 */
	.quad 0x000093000000ffff		/* SEL_DATA16 */
	.quad 0x00cff3000000ffff		/* SEL_USER_DATA */
	.quad 0x00affb000000ffff		/* SEL_USER_CODE */
	.fill MAX_CPUS * 2, 8, 0		/* SEL_TSS, filled by cpu_init() */
gdt_end:
	.align 8
	.word 0, 0, 0
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt
	.align 8
	.word 0, 0, 0
idt_pointer:
	.word 256 * 16 - 1
	.quad idt

/* 4 GiB of 2 MiB pages; upper levels allow user access, the leaves do not. */
	.align 4096
	.global boot_pml4
boot_pml4:
	.quad boot_pdpt + 7
	.fill 511, 8, 0
boot_pdpt:
	.set	i, 0
	.rept	4
	.quad boot_pd + 4096 * i + 7
	.set	i, i + 1
	.endr
	.fill 508, 8, 0
boot_pd:
	.set	i, 0
	.rept	2048
	.quad (i << 21) + 0x83
	.set	i, i + 1
	.endr

	.bss
	.align 16
	.global multiboot_info, low_regs, stacks, idt
stacks:		.skip MAX_CPUS * STACK_SIZE
idt:		.skip 256 * 16
low_regs:	.skip 0x100
		.skip 0x1000
low_stack_end:
saved_rsp:	.skip 8
saved_esp:	.skip 4
low_mode:	.skip 4
multiboot_info:	.skip 4

	.section .note.GNU-stack, "", @progbits
