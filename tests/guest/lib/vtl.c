// SPDX-License-Identifier: GPL-2.0
#include "vtl.h"

static struct vtl vtls[VTLS][MAX_CPUS];
static u8 stacks[VTLS][MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static u8 pages[VTLS][PAGE_SIZE] PAGE_ALIGNED;
static u8 assist_pages[VTLS][MAX_CPUS][PAGE_SIZE] PAGE_ALIGNED;

struct vtl *vtl_of(unsigned int vtl, unsigned int cpu)
{
	return &vtls[vtl][cpu];
}

struct segment segment_here(u16 selector, u64 base)
{
	u32 attributes = 0, limit = 0;

	asm volatile("lar %1, %0" : "+r"(attributes) : "r"((u32)selector));
	asm volatile("lsl %1, %0" : "+r"(limit) : "r"((u32)selector));
	return (struct segment){ base, limit, selector, attributes >> 8 & 0xf0ff };
}

static u64 descriptor_base(const u64 *desc)
{
	return (desc[0] >> 16 & 0xffffff) | (desc[0] >> 56) << 24 | desc[1] << 32;
}

struct start_in vtl_start(unsigned int vtl, unsigned int cpu)
{
	extern u8 vtl_entry[];
	struct segment data = segment_here(SEL_DATA, 0);
	u16 tr = SEL_TSS + 16 * cpu;
	struct start_in in = {
		.partition = SELF, .vp = cpu, .vtl = vtl,
		.context = {
			.rip = (u64)vtl_entry,
			.rsp = (u64)(stacks[vtl][cpu] + STACK_SIZE - 16),
			.rflags = 2,
			.cs = segment_here(SEL_CODE64, 0), .ds = data, .es = data, .fs = data,
			.gs = data, .ss = data,
			.tr = { descriptor_base((u64 *)(gdt + tr)), 103, tr, 0x8b },
			.ldtr = { .attributes = 0x82 },
			.idtr = { {}, read_idtr().limit, read_idtr().base },
			.gdtr = { {}, read_gdtr().limit, read_gdtr().base },
			.efer = rdmsr(0xc0000080), .cr0 = read_cr0(), .cr3 = read_cr3(),
			.cr4 = read_cr4(), .pat = rdmsr(0x277),
		},
	};
	struct vtl *v = vtl_of(vtl, cpu);

	v->vtl = vtl;
	v->cpu = cpu;
	/* Where vtl_entry finds it */
	*(u64 *)(in.context.rsp + 8) = (u64)v;
	return in;
}

u64 vtl_enable(u64 partition, u8 vtl, u8 flags)
{
	return hv_fast(ENABLE_VTL, partition, vtl | flags << 8);
}

static void raw_switch(void *entry)
{
	struct vtl_regs regs = {};

	vtl_switch(&regs, (u64)entry);
}

bool vtl_raises_ud(u64 entry)
{
	struct fault f;

	return catch(&f, raw_switch, (void *)entry) && f.vector == VEC_UD;
}

void vtl_do(unsigned int vtl, void (*fn)(struct vtl *v, void *arg), void *arg)
{
	struct vtl_regs regs = {};
	struct hv_value offsets;
	struct vtl *v = vtl_of(vtl, cpu_index());

	v->arg = arg;
	v->fn = fn;
	hv_get_register(REG_VSM_CODE_PAGE, &offsets);
	vtl_switch(&regs, (u64)hv_page + (offsets.u[0] & 0xfff));
}

/* Entered for the first time; the registers of the lower VTL are in v->regs. */
void vtl_main(struct vtl *v)
{
	struct vtl_regs regs;
	struct hv_value offsets;
	u32 reason;

	wrmsr(MSR_GUEST_OS_ID, GUEST_OS_ID);
	wrmsr(MSR_HYPERCALL, (u64)pages[v->vtl] | 1);
	v->page = (u64)pages[v->vtl];
	v->assist = (struct assist_page *)assist_pages[v->vtl][v->cpu];
	/* This page was not there when the VTL was entered: it was by a call */
	wrmsr(MSR_VP_ASSIST_PAGE, (u64)v->assist | 1);
	v->assist->reason = ENTRY_CALL;
	apic[APIC_SPIV] = 0x100 | VEC_SPURIOUS;
	hv_get_register(REG_VSM_CODE_PAGE, &offsets);
	v->offsets = offsets.u[0];
	for (;;) {
		reason = v->assist->reason;
		v->entries[reason % ENTRY_REASONS]++;
		if (reason == ENTRY_CALL && v->fn) {
			v->fn(v, v->arg);
		} else {
			if (reason == ENTRY_INTERRUPT) {
				irq_enable();
				irq_disable();
			}
			if (v->on_entry)
				v->on_entry(v, reason);
		}
		v->assist->return_rax = v->regs.rax;
		v->assist->return_rcx = v->regs.rcx;
		regs = v->regs;
		regs.rcx = v->control;
		v->control = 0;
		vtl_switch(&regs, v->page + (v->offsets >> 12 & 0xfff));
		v->regs = regs;
	}
}
