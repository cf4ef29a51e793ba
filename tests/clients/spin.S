/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that does nothing but exit: CPUID, port writes, and an unknown hypercall, for ever.
 *
 * It is a 64 KB firmware image (qemu -bios), so that the first instruction is already ours and no
 * other code runs. One '.' goes to the debug console (port 0xe9) for every ROUNDS rounds: the
 * test's heartbeat. The guest is not told what to expect: it notes the answers of its first round
 * and compares all others with them; when they change it says '!' and notes the new ones. So an
 * unattached guest must never say '!', and a guest that is detached while it runs must say it once.
 * Under the personality no hypercall is made: one from real mode raises #UD (TLFS 3.3).
 *
 * Build: gcc -c -m32 spin.S; ld -m elf_i386 -Ttext 0 --oformat binary
 */
#define ROUNDS		100
#define LEAF_BASE	0x40000000	/* hypervisor vendor */
#define LEAF_FEATURES	0x40000003
#define NO_SUCH_CALL	0x7fff
#define VENDOR_EBX	0x7263694d	/* "Micr" */

	.code16
	.text
	.globl _start
_start:
	movw	%cs, %ax
	movw	%ax, %ds
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7000, %sp

	call	answers
	movl	%esi, %ebp		/* the checksum every round must give */
beat:
	movw	$ROUNDS, %di
round:
	call	answers
	cmpl	%esi, %ebp
	jne	changed
	decw	%di
	jnz	round
	movb	$'.', %al
	outb	%al, $0xe9
	jmp	beat
changed:
	call	answers			/* again: the change may have come in the middle */
	movl	%esi, %ebp
	movb	$'!', %al
	outb	%al, $0xe9
	jmp	beat

/* %esi = checksum of two hypervisor leaves and of the answer to an unknown hypercall */
answers:
	movl	$LEAF_BASE, %eax
	call	leaf
	movl	%ebx, %esi
	roll	$7, %esi
	addl	%ecx, %esi
	roll	$7, %esi
	addl	%edx, %esi
	movl	$LEAF_FEATURES, %eax
	call	leaf
	roll	$7, %esi
	addl	%eax, %esi
	roll	$7, %esi
	addl	%ebx, %esi
	outb	%al, $0x80
	movl	$LEAF_BASE, %eax
	call	leaf
	cmpl	$VENDOR_EBX, %ebx
	je	1f
	movl	$NO_SUCH_CALL, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	.byte	0x0f, 0x01, 0xd9	/* vmmcall */
	roll	$7, %esi
	addl	%eax, %esi
1:	ret

leaf:
	xorl	%ecx, %ecx
	cpuid
	ret

	.org	0xfff0
	ljmp	$0xf000, $_start
	.org	0x10000
