// SPDX-License-Identifier: GPL-2.0
/*
 * vtlcheck CPUS - runs code in VTL0 of each CPU through Linux's /dev/mshv, and takes its intercepts:
 * linux-clients.md §7.3 and §10. To be run in VTL2, on a machine that has memory from LOW on which
 * this Linux does not use. Says "ok - NAME" or "not ok - NAME" for each check.
 *
 * The interface is that of linux/mshv.h, and of drivers/hv/mshv_vtl.h for the run page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MSHV_CHECK_EXTENSION		_IOW(0xb8, 0x00, uint32_t)
#define MSHV_GET_VP_REGISTERS		_IOWR(0xb8, 0x05, struct vp_registers)
#define MSHV_SET_VP_REGISTERS		_IOW(0xb8, 0x06, struct vp_registers)
#define MSHV_CREATE_VTL			_IOR(0xb8, 0x1d, char)
#define MSHV_HVCALL_SETUP		_IOW(0xb8, 0x1e, struct hvcall_setup)
#define MSHV_HVCALL			_IOWR(0xb8, 0x1f, struct hvcall)
#define MSHV_ADD_VTL0_MEMORY		_IOW(0xb8, 0x21, struct memory)
#define MSHV_RETURN_TO_LOWER_VTL	_IO(0xb8, 0x27)

#define CAP_REGISTER_PAGE	1
#define CAP_DR6_SHARED		3

/* VTL0's memory: 64 MiB behind that of this Linux */
#define LOW		0xc000000ull
#define LOW_SIZE	(32ull << 20)
#define PAGE		4096ull
/* Of each CPU: a page of code, one of data, and one that is protected */
#define CPU_PAGES	4

#define REG_RIP		0x00020010
#define REG_RSP		0x00020004
#define REG_RFLAGS	0x00020011
#define REG_CR0		0x00040000
#define REG_CS		0x00060001
#define REG_DS		0x00060003
#define REG_SS		0x00060002
#define REG_LSTAR	0x00080009

struct vp_registers {
	uint32_t count, reserved;
	uint64_t regs;
};

struct hvcall_setup {
	uint64_t size, bitmap;
};

struct hvcall {
	uint64_t control, input_size, input, status, output_size, output;
};

struct memory {
	uint64_t start, end;
};

struct segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector, attributes;
};

struct assoc {
	uint32_t name, pad[3];
	union {
		uint64_t reg64;
		struct segment segment;
		uint8_t bytes[16];
	} value;
};

struct header {
	uint32_t vp;
	uint8_t length, access;
	uint16_t state;
	struct segment cs;
	uint64_t rip, rflags;
} __attribute__((packed));

struct message {
	uint32_t type;
	uint8_t size, flags;
	uint16_t reserved;
	uint64_t sender;
	struct header header;
	uint8_t rest[200];
} __attribute__((packed));

struct run {
	uint32_t cancel, action_size, pad[2];
	struct message message;
	uint64_t rax, rcx, rdx, rbx, cr2, rbp, rsi, rdi, r8to15[8];
};

#define CPUID_INTERCEPT	0x80010002
#define GPA_INTERCEPT	0x80000001

static int vtl, hvcall;
static uint8_t *low;

static bool check(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok - ", ok ? "" : "not ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	return ok;
}

static int access_register(unsigned long cmd, struct assoc *reg)
{
	struct vp_registers args = { .count = 1, .regs = (uintptr_t)reg };

	return ioctl(vtl, cmd, &args) ? errno : 0;
}

static uint64_t get(uint32_t name)
{
	struct assoc reg = { .name = name };

	return access_register(MSHV_GET_VP_REGISTERS, &reg) ? ~0ull : reg.value.reg64;
}

static int set(uint32_t name, uint64_t value)
{
	struct assoc reg = { .name = name, .value.reg64 = value };

	return access_register(MSHV_SET_VP_REGISTERS, &reg);
}

static int set_segment(uint32_t name, uint64_t base, uint16_t attributes)
{
	struct assoc reg = {
		.name = name,
		.value.segment = { base, 0xffff, 0, attributes },
	};

	return access_register(MSHV_SET_VP_REGISTERS, &reg);
}

/* HvCallModifyVtlProtectionMask for one page */
static uint64_t protect(uint64_t gpa, uint32_t flags)
{
	struct {
		uint64_t partition;
		uint32_t flags;
		uint8_t vtl, reserved[3];
		uint64_t page;
	} in = { ~0ull, flags, 0, {}, gpa / PAGE };
	struct hvcall call = {
		.control = 0x0c | 1ull << 32, .input_size = sizeof(in), .input = (uintptr_t)&in,
	};

	return ioctl(hvcall, MSHV_HVCALL, &call) ? ~0ull : call.status & 0xffff;
}

/*
 * In real mode, with CS at the page of code and DS at that of data:
 *	mov $0x4000dead, %eax; cpuid; mov %eax, 0x10; incl 0x14; mov %eax, 0x1000; jmp .
 */
static const uint8_t code[] = {
	0x66, 0xb8, 0xad, 0xde, 0x00, 0x40,
	0x0f, 0xa2,
	0x66, 0xa3, 0x10, 0x00,
	0x66, 0xff, 0x06, 0x14, 0x00,
	0x66, 0xa3, 0x00, 0x10,
	0xeb, 0xfe,
};
#define AT_CPUID	6
#define AT_STORE	17
#define BEHIND_STORE	21

static volatile uint32_t *word(uint64_t gpa)
{
	return (uint32_t *)(low + (gpa - LOW));
}

static void on_cpu(unsigned int cpu)
{
	uint64_t base = LOW + cpu * CPU_PAGES * PAGE, data = base + PAGE, guarded = base + 2 * PAGE, gpa;
	struct run *run;
	uint8_t *page;
	cpu_set_t set_of;
	int err;

	CPU_ZERO(&set_of);
	CPU_SET(cpu, &set_of);
	sched_setaffinity(0, sizeof(set_of), &set_of);
	run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vtl, cpu * PAGE);
	if (!check(run != MAP_FAILED, "CPU %u: its run page", cpu))
		return;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vtl, (cpu | 1 << 16) * PAGE);
	check(page != MAP_FAILED, "CPU %u: its register page", cpu);

	check(get(REG_RIP) == 0xfff0 && (get(REG_CR0) & ~0x60000000ull) == 0x10 && get(REG_RFLAGS) == 2,
	      "CPU %u: VTL0 has not run, and is as after reset", cpu);
	memcpy(low + (base - LOW), code, sizeof(code));
	memset(low + (data - LOW), 0, 2 * PAGE);
	err = set_segment(REG_CS, base, 0x9b) ?: set_segment(REG_DS, data, 0x93) ?: set(REG_RIP, 0) ?:
	      set(REG_LSTAR, 0x1234000 + cpu);
	check(!err, "CPU %u: private registers of VTL0 are set", cpu);
	check(get(REG_LSTAR) == 0x1234000 + cpu && get(REG_RIP) == 0, "CPU %u: and read back", cpu);
	check(protect(guarded, 1) == 0, "CPU %u: a page of VTL0 is protected", cpu);

	memset(&run->message, 0, sizeof(run->message));
	run->rdi = 0x7777000 + cpu;
	if (!check(!ioctl(vtl, MSHV_RETURN_TO_LOWER_VTL), "CPU %u: VTL0 has run", cpu))
		return;
	check(run->message.type == CPUID_INTERCEPT && run->message.header.rip == AT_CPUID &&
	      run->message.header.vp == cpu && run->message.header.length == 2,
	      "CPU %u: intercept of CPUID at its instruction (type 0x%x, RIP 0x%llx, VP %u, length %u)", cpu,
	      run->message.type, (unsigned long long)run->message.header.rip, run->message.header.vp,
	      run->message.header.length);
	check(run->rax == 0x4000dead && run->rdi == 0x7777000 + cpu,
	      "CPU %u: general registers are those of VTL0", cpu);
	if (page != MAP_FAILED)
		check(page[2] == 1 && *(uint64_t *)(page + 136) == AT_CPUID &&
		      *(uint64_t *)(page + 8) == 0x4000dead,
		      "CPU %u: the register page has RIP and RAX", cpu);

	/* Answer it: RAX by the run page, RIP by the register page if there is one */
	run->rax = 0xabcd;
	if (page != MAP_FAILED) {
		*(uint64_t *)(page + 136) = AT_CPUID + 2;
		*(uint32_t *)(page + 4) = 2;
	} else {
		set(REG_RIP, AT_CPUID + 2);
	}
	check(!ioctl(vtl, MSHV_RETURN_TO_LOWER_VTL), "CPU %u: VTL0 has gone on", cpu);
	memcpy(&gpa, run->message.rest + 16, 8);
	check(run->message.type == GPA_INTERCEPT && run->message.header.rip == AT_STORE &&
	      run->message.header.access == 1 && gpa == guarded,
	      "CPU %u: intercept of a write to the protected page (type 0x%x, RIP 0x%llx, GPA 0x%llx)", cpu,
	      run->message.type, (unsigned long long)run->message.header.rip, (unsigned long long)gpa);
	check(*word(data + 0x10) == 0xabcd && *word(data + 0x14) == 1,
	      "CPU %u: it has seen the answer to CPUID", cpu);
	check(*word(guarded) == 0, "CPU %u: the write has not been made", cpu);

	/* Let it write, and ask CPUID again */
	check(protect(guarded, 15) == 0, "CPU %u: the page is let go", cpu);
	low[base - LOW + BEHIND_STORE] = 0x90;
	low[base - LOW + BEHIND_STORE + 1] = 0x90;
	memcpy(low + (base - LOW) + BEHIND_STORE + 2, code + AT_CPUID - 6, 8);
	check(!ioctl(vtl, MSHV_RETURN_TO_LOWER_VTL), "CPU %u: the write is retried", cpu);
	check(*word(guarded) == 0xabcd && run->message.type == CPUID_INTERCEPT &&
	      run->message.header.rip == BEHIND_STORE + 8, "CPU %u: and made", cpu);
}

int main(int argc, char **argv)
{
	struct memory memory = { LOW / PAGE, (LOW + LOW_SIZE) / PAGE };
	uint8_t allowed[8192];
	struct hvcall_setup setup = { sizeof(allowed), (uintptr_t)allowed };
	uint32_t cap = CAP_REGISTER_PAGE;
	int mshv, fd, cpus = argc > 1 ? atoi(argv[1]) : 1;

	mshv = open("/dev/mshv", O_RDWR | O_CLOEXEC);
	check(ioctl(mshv, MSHV_CHECK_EXTENSION, &cap) == 1, "mshv has register pages");
	cap = CAP_DR6_SHARED;
	check(ioctl(mshv, MSHV_CHECK_EXTENSION, &cap) == 1, "mshv knows that DR6 is shared");
	vtl = ioctl(mshv, MSHV_CREATE_VTL, 0);
	if (!check(vtl >= 0, "a VTL is created"))
		return 1;
	memset(allowed, 0xff, sizeof(allowed));
	hvcall = open("/dev/mshv_hvcall", O_RDWR | O_CLOEXEC);
	check(hvcall >= 0 && !ioctl(hvcall, MSHV_HVCALL_SETUP, &setup), "hypercalls are allowed");
	check(!ioctl(vtl, MSHV_ADD_VTL0_MEMORY, &memory), "VTL0 has memory");
	fd = open("/dev/mshv_vtl_low", O_RDWR | O_CLOEXEC);
	low = mmap(NULL, LOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, LOW);
	if (!check(low != MAP_FAILED, "which is mapped"))
		return 1;
	for (int cpu = 0; cpu < cpus; cpu++)
		on_cpu(cpu);
	return 0;
}
