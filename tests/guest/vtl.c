// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1 of a guest: enabling (0x000d, 0x000f), call and return (0x0011, 0x0012), what is private and
 * what is shared, entry reasons (sheet §8, §15.2; TLFS "Virtual Secure Mode").
 */
/* run: --vsm --role guest; smp 1 */
/* run: --vsm --role guest; smp 4; append four */
/* run: --role guest; smp 1 */
#include "vtl.h"

#define SWITCHES	1000

static unsigned int cpus = 1;

static u64 status_register(u32 name)
{
	struct hv_value v = {};

	hv_get_register(name, &v);
	return v.u[0];
}

/* Neither has a control input in which this bit is defined */
static void reserved_switch(void *entry)
{
	struct vtl_regs regs = { .rcx = 2 };

	vtl_switch(&regs, (u64)entry);
}

static bool raises_ud(u64 offset)
{
	return vtl_raises_ud((u64)hv_page + offset);
}

static u64 call_offset(void)
{
	return status_register(REG_VSM_CODE_PAGE) & 0xfff;
}

static u64 return_offset(void)
{
	return status_register(REG_VSM_CODE_PAGE) >> 12 & 0xfff;
}

static void test_before(void)
{
	struct start_in in = vtl_start(1, 0);

	TEST_EQUAL(0x0050, status_register(REG_VSM_VP_STATUS), 0x10000, "VTL0 is active and alone on the VP");
	TEST_EQUAL(0x0050, status_register(REG_VSM_PARTITION_STATUS), 0x20001,
		   "VTL0 is alone on the partition, VTL2 the maximum");
	TEST(0x0050, call_offset() && return_offset() && call_offset() != return_offset(),
	     "there is code for calls and returns");
	TEST(0x0011, raises_ud(call_offset()), "VTL call without a higher VTL: #UD");
	TEST(0x0012, raises_ud(return_offset()), "VTL return from VTL0: #UD");
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_VTL_STATE, "VTL1 is not enabled for the partition");
	TEST_STATUS(0x000d, vtl_enable(SELF, 0, 0), VTL_ALREADY_ENABLED, "VTL0 is there already");
	TEST_STATUS(0x000d, vtl_enable(SELF, 3, 0), INVALID_PARAMETER, "there is no VTL3");
	TEST_STATUS(0x000d, vtl_enable(SELF, 1, 8), INVALID_PARAMETER, "reserved flag");
	TEST_STATUS(0x000d, hv_fast(ENABLE_VTL, SELF, 1 | BIT(16)), INVALID_PARAMETER, "reserved byte");
	TEST_STATUS(0x000d, vtl_enable(0x12345, 1, 0), INVALID_PARTITION_ID, "another partition");
	TEST_STATUS(0x000e, hv_fast(DISABLE_VTL, SELF, 1), INVALID_VTL_STATE, "VTL1 is not there to be disabled");
}

static void test_enable(void)
{
	struct start_in in;

	TEST_STATUS(0x000d, vtl_enable(SELF, 1, 0), SUCCESS, "VTL1 is enabled for the partition");
	TEST_STATUS(0x000d, vtl_enable(SELF, 1, 0), VTL_ALREADY_ENABLED, "and not twice");
	TEST_STATUS(0x000d, vtl_enable(SELF, 2, 0), ACCESS_DENIED, "VTL0 is no longer the highest below VTL2");
	TEST_EQUAL(0x0050, status_register(REG_VSM_PARTITION_STATUS), 0x20003, "VTL1 is on the partition");
	TEST_EQUAL(0x0050, status_register(REG_VSM_VP_STATUS), 0x10000, "and not on the VP");
	TEST(0x0011, raises_ud(call_offset()), "VTL call without VTL1 on the VP: #UD");

	in = vtl_start(1, 0);
	in.reserved[2] = 1;
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_PARAMETER, "reserved byte");
	in = vtl_start(1, 0);
	in.vp = 77;
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_VP_INDEX, "no such VP");
	in = vtl_start(1, 0);
	in.vtl = 2;
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_VTL_STATE, "VTL2 is not enabled");
	in = vtl_start(1, 0);
	in.context.cr0 = 0x60000010;
	in.context.efer = 0;
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_REGISTER_VALUE, "real mode");
	in = vtl_start(1, 0);
	in.context.cr3 = BIT(60);
	TEST_STATUS(0x000f, vtl_enable_vp(&in), INVALID_REGISTER_VALUE, "CR3 beyond the address width");
	in = vtl_start(1, 0);
	TEST_STATUS(0x000f, vtl_enable_vp(&in), SUCCESS, "VTL1 is enabled on VP 0");
	TEST_STATUS(0x000f, vtl_enable_vp(&in), VTL_ALREADY_ENABLED, "and not twice");
	TEST_EQUAL(0x0050, status_register(REG_VSM_VP_STATUS), 0x30000, "VTL1 is on the VP and not active");
	if (cpus > 1) {
		in = vtl_start(1, 1);
		TEST_STATUS(0x000f, vtl_enable_vp(&in), ACCESS_DENIED, "from now on it is VTL1 that enables VTL1");
	}
}

struct seen {
	u64 status, reason, rip, rsp, vp_index, ran;
};

static void look(struct vtl *v, void *arg)
{
	struct seen *seen = arg;
	struct hv_value value = {};

	seen->status = status_register(REG_VSM_VP_STATUS);
	seen->reason = v->assist->reason;
	seen->vp_index = rdmsr(MSR_VP_INDEX);
	seen->rsp = (u64)&value;
	seen->ran++;
}

static void test_call(void)
{
	struct seen seen = {};
	u64 here;

	vtl_do(1, look, &seen);
	TEST_EQUAL(0x0011, seen.ran, 1, "VTL call: VTL1 ran once");
	TEST_EQUAL(0x0050, seen.status, 0x30001, "VTL1 was active");
	TEST_EQUAL(0x0011, seen.reason, ENTRY_CALL, "entry reason: VTL call");
	TEST_EQUAL(0x0011, seen.vp_index, 0, "it was this VP");
	here = (u64)&here;
	TEST(0x0011, seen.rsp - here + STACK_SIZE > 2 * STACK_SIZE, "on a stack of its own");
	TEST_EQUAL(0x0050, status_register(REG_VSM_VP_STATUS), 0x30000, "VTL0 is active again");
	vtl_do(1, look, &seen);
	TEST_EQUAL(0x0011, seen.ran, 2, "another VTL call");
	TEST_EQUAL(0x0011, vtl_of(1, 0)->entries[ENTRY_CALL], 2, "both were counted as calls");
}

static void change(struct vtl *v, void *arg)
{
	u64 *r = (u64 *)&v->regs;

	for (unsigned int i = 2; i < 16; i++)
		if (i != 4)
			r[i] += arg ? 0x1000 : 0;
}

static void fast(struct vtl *v, void *arg)
{
	(void)arg;
	v->control = 1;
}

/* Registers reach VTL1 and come back as it left them; a fast return keeps RAX and RCX. */
static void test_registers(void)
{
	struct vtl_regs in, out;
	u64 *r = (u64 *)&in, *o = (u64 *)&out, offset = call_offset();
	struct vtl *v = vtl_of(1, 0);
	bool same = true, changed = true;

	for (unsigned int i = 0; i < 16; i++)
		r[i] = 0xabcd0000 + i;
	in.rcx = 0;
	for (unsigned int round = 0; round < 2; round++) {
		out = in;
		v->fn = change;
		v->arg = round ? v : NULL;
		vtl_switch(&out, (u64)hv_page + offset);
		for (unsigned int i = 2; i < 16; i++)
			if (i != 4)
				*(round ? &changed : &same) &= o[i] == r[i] + (round ? 0x1000 : 0);
	}
	TEST(0x0011, same, "registers pass both ways unchanged");
	TEST(0x0012, changed, "and as VTL1 has changed them");
	TEST_EQUAL(0x0012, out.rcx, 0x11, "RCX of the slow return: as it was at the call");
	TEST_EQUAL(0x0012, out.rax, 0, "RAX likewise: the control input");
	out = in;
	v->fn = fast;
	vtl_switch(&out, (u64)hv_page + offset);
	TEST_EQUAL(0x0012, out.rcx, 0x12, "RCX of the fast return: VTL1's");
	TEST_EQUAL(0x0012, out.rax, 1, "RAX likewise");
}

static void return_reserved(struct vtl *v, void *arg)
{
	struct fault f = {};

	catch(&f, reserved_switch, (void *)(v->page + (v->offsets >> 12 & 0xfff)));
	*(u32 *)arg = f.vector;
}

static void test_reserved(void)
{
	struct vtl *v = vtl_of(1, 0);
	u64 calls = v->entries[ENTRY_CALL];
	struct fault f = {};
	u32 vector = 0;

	TEST(0x0011, catch(&f, reserved_switch, (void *)((u64)hv_page + call_offset())) &&
	     f.vector == VEC_UD, "reserved bit of the call's input: #UD");
	TEST_EQUAL(0x0011, v->entries[ENTRY_CALL], calls, "VTL1 was not entered");
	vtl_do(1, return_reserved, &vector);
	TEST_EQUAL(0x0012, vector, VEC_UD, "reserved bit of the return's input: #UD in VTL1");
	TEST_EQUAL(0x0011, v->entries[ENTRY_CALL], calls + 1, "which goes on, and returns");
}

static u64 other_pml4[512] PAGE_ALIGNED;

struct private {
	u64 cr3, cr4, lstar, efer, kernel_gs, os_id, assist, apic_tpr, sint, dr7, cr2, dr0;
};

static void set_private(struct vtl *v, void *arg)
{
	struct private *p = arg;

	(void)v;
	p->cr3 = read_cr3();
	p->lstar = rdmsr(0xc0000082);
	p->kernel_gs = rdmsr(0xc0000102);
	p->cr2 = read_cr2();
	p->dr0 = read_dr0();
	p->sint = rdmsr(MSR_SINT0 + 3);
	p->apic_tpr = apic[APIC_TPR];
	memcpy(other_pml4, boot_pml4, sizeof(other_pml4));
	write_cr3((u64)other_pml4);
	wrmsr(0xc0000082, 0x1111);
	wrmsr(0xc0000102, 0x2222);
	wrmsr(MSR_SINT0 + 3, 0x44);
	write_cr4(read_cr4() | BIT(2));
	write_dr7(0x500);
	apic[APIC_TPR] = 0x30;
	write_cr2(0x5555);
	write_dr0(0x6666);
	apic[APIC_TPR] = 0;
	write_dr7(0x400);
}

static void get_private(struct vtl *v, void *arg)
{
	struct private *p = arg;

	(void)v;
	p->cr3 = read_cr3();
	p->cr4 = read_cr4();
	p->lstar = rdmsr(0xc0000082);
	p->kernel_gs = rdmsr(0xc0000102);
	p->sint = rdmsr(MSR_SINT0 + 3);
}

static void test_private(void)
{
	struct private p = {};

	wrmsr(0xc0000082, 0x7777);
	wrmsr(0xc0000102, 0x8888);
	wrmsr(MSR_SINT0 + 3, 0x55);
	apic[APIC_TPR] = 0x20;
	write_cr2(0x9999);
	write_dr0(0xaaaa);
	vtl_do(1, set_private, &p);
	TEST(0x0011, p.lstar != 0x7777 && p.kernel_gs != 0x8888 && p.sint != 0x55,
	     "VTL1 does not see LSTAR, KERNEL_GS_BASE and SINT3 of VTL0");
	TEST_EQUAL(0x0011, p.apic_tpr, 0, "nor its TPR");
	TEST_EQUAL(0x0011, p.cr2, 0x9999, "but its CR2");
	TEST_EQUAL(0x0011, p.dr0, 0xaaaa, "and DR0");
	TEST(0x0012, rdmsr(0xc0000082) == 0x7777 && rdmsr(0xc0000102) == 0x8888 &&
	     rdmsr(MSR_SINT0 + 3) == 0x55 && apic[APIC_TPR] == 0x20,
	     "VTL0 has its LSTAR, KERNEL_GS_BASE, SINT3 and TPR");
	TEST(0x0012, read_cr3() == (u64)boot_pml4 && !(read_cr4() & BIT(2)), "and its CR3 and CR4");
	TEST(0x0012, read_cr2() == 0x5555 && read_dr0() == 0x6666, "but CR2 and DR0 of VTL1");
	apic[APIC_TPR] = 0;
	vtl_do(1, get_private, &p);
	TEST(0x0011, p.lstar == 0x1111 && p.kernel_gs == 0x2222 && p.sint == 0x44 &&
	     p.cr3 == (u64)other_pml4 && (p.cr4 & BIT(2)), "VTL1 has what it has set");
}

static u64 get_vtl0(u32 name, u64 *value)
{
	struct hv_value out = {};
	u64 result = hv_get_register_of(VTL0_BELOW, name, &out);

	*value = out.u[0];
	return STATUS(result);
}

static u64 set_vtl0(u32 name, u64 value)
{
	return STATUS(hv_set_register_of(VTL0_BELOW, name, (struct hv_value){ .u = { value } }));
}

struct lower {
	u64 status[8], rip, rsp, cr3, lstar, rflags, rdx, set;
};

static void look_below(struct vtl *v, void *arg)
{
	struct lower *l = arg;

	(void)v;
	l->status[0] = get_vtl0(0x00020010, &l->rip);
	l->status[1] = get_vtl0(0x00020004, &l->rsp);
	l->status[2] = get_vtl0(0x00040002, &l->cr3);
	l->status[3] = get_vtl0(0x00080009, &l->lstar);
	l->status[4] = get_vtl0(0x00020011, &l->rflags);
	l->status[5] = set_vtl0(0x00080009, 0xbbbb);
	l->status[6] = set_vtl0(0x00080002, 0xcccc);
}

static void test_lower_registers(void)
{
	u64 offset = call_offset(), here = (u64)&here;
	struct lower l = {};
	unsigned int good = 0;

	vtl_do(1, look_below, &l);
	for (unsigned int i = 0; i < 7; i++)
		good += l.status[i] == HV_SUCCESS;
	TEST_EQUAL(0x0050, good, 7, "VTL1 reads and writes registers of VTL0");
	/* The instruction itself, behind two moves of 3 and 7 bytes */
	TEST_EQUAL(0x0050, l.rip, (u64)hv_page + offset + 10, "RIP is at the VTL call");
	TEST(0x0050, here - l.rsp < PAGE_SIZE, "RSP");
	TEST_EQUAL(0x0050, l.cr3, (u64)boot_pml4, "CR3");
	TEST_EQUAL(0x0050, l.lstar, 0x7777, "LSTAR");
	TEST_EQUAL(0x0051, rdmsr(0xc0000082), 0xbbbb, "LSTAR, as VTL1 has set it");
	TEST_EQUAL(0x0051, rdmsr(0xc0000102), 0xcccc, "KERNEL_GS_BASE likewise");
	struct hv_value out;

	TEST_STATUS(0x0050, hv_get_register_of(0x11, 0x00020010, &out), ACCESS_DENIED, "VTL0 does not read those of VTL1");
}

/* XMM registers and a port of the VMM: many switches, with a pattern that must survive. */
static void scribble(struct vtl *v, void *arg)
{
	static u64 x[2];

	(void)v;
	(void)arg;
	asm volatile("movups %%xmm9, %0" : "=m"(*(u8 (*)[16])x));
	x[0]++;
	asm volatile("movups %0, %%xmm9" :: "m"(*(u8 (*)[16])x));
}

static void test_fpu(void)
{
	u64 x[2] = { 1000, ~0ull }, y[2] = { 0x123456789abcdef0, 42 }, z[2];

	asm volatile("movups %0, %%xmm9; movups %1, %%xmm15" :: "m"(*(u8 (*)[16])x), "m"(*(u8 (*)[16])y));
	for (unsigned int i = 0; i < SWITCHES; i++)
		vtl_do(1, scribble, NULL);
	asm volatile("movups %%xmm9, %0; movups %%xmm15, %1" : "=m"(*(u8 (*)[16])x), "=m"(*(u8 (*)[16])z));
	TEST(0x0011, x[0] == 1000 + SWITCHES && x[1] == ~0ull, "XMM9 is one register of both VTLs, %u times",
	     SWITCHES);
	TEST(0x0012, z[0] == y[0] && z[1] == y[1], "XMM15 has survived");
}

static void print(struct vtl *v, void *arg)
{
	(void)arg;
	printf("# this is VTL%u\n", v->vtl);
}

/* VTL1's local APIC timer, one shot; vector of its own */
#define VEC_TIMER	0x61

static void arm(struct vtl *v, void *arg)
{
	(void)v;
	apic[APIC_TDCR] = 0xb;
	apic[APIC_LVT_TIMER] = VEC_TIMER;
	apic[APIC_TMICT] = (u32)(u64)arg;
}

static bool preempted(u64 before)
{
	u64 end = rdtsc() + TIMEOUT_TICKS / 10;

	while (vtl_of(1, 0)->entries[ENTRY_INTERRUPT] == before && rdtsc() < end)
		pause();
	return vtl_of(1, 0)->entries[ENTRY_INTERRUPT] == before + 1;
}

static void test_interrupts(void)
{
	struct vtl *v = vtl_of(1, 0);
	u32 before = irq_count[0][VEC_TIMER];

	irq_disable();
	vtl_do(1, arm, (void *)20000000);
	TEST(0x0012, preempted(0), "VTL1's timer preempts VTL0, which spins with interrupts off");
	TEST_EQUAL(0x0012, irq_count[0][VEC_TIMER] - before, 1, "VTL1 has taken one interrupt");
	irq_enable();
	/* Halted: only its own timer ends that */
	for (unsigned int i = 0; i < 3; i++) {
		u32 own = irq_count[0][0x62];

		before = irq_count[0][VEC_TIMER];
		apic[APIC_TDCR] = 0xb;
		apic[APIC_LVT_TIMER] = 0x62;
		vtl_do(1, arm, (void *)20000000);
		irq_disable();
		apic[APIC_TMICT] = 100000000;
		halt();
		TEST(0x0012, irq_count[0][VEC_TIMER] == before + 1 && irq_count[0][0x62] == own + 1,
		     "VTL1's timer comes while VTL0 halts, which its own one ends");
	}
	TEST_EQUAL(0x0012, v->entries[ENTRY_INTERRUPT], 4, "entries for interrupts");
}

static volatile u32 others;

static void enable_others(struct vtl *v, void *arg)
{
	struct start_in *in = arg;

	(void)v;
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		others += STATUS(vtl_enable_vp(&in[cpu])) == HV_SUCCESS;
}

static struct seen seen_by[MAX_CPUS];
static void call_on_cpu(void *arg)
{
	for (unsigned int i = 0; i < SWITCHES; i++)
		vtl_do(1, look, arg);
}

/* A VP that is started in VTL1, and then in VTL0 */
#define VEC_IPI		0x63

static volatile u32 began[2];
static u8 stack[STACK_SIZE] __attribute__((aligned(16)));

static void began_above(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	began[1]++;
}

static void begin_below(void)
{
	apic[APIC_SPIV] = 0x100 | VEC_SPURIOUS;
	began[0]++;
	for (;;)
		halt();
}

struct starting {
	struct start_in in;
	u64 enable, start, again;
};

static u64 start_vp(const struct start_in *in)
{
	return STATUS(hv_do(MEMORY, START_VP, in, sizeof(*in), NULL, 0));
}

static void start_above(struct vtl *v, void *arg)
{
	struct starting *s = arg;

	(void)v;
	s->enable = vtl_enable_vp(&s->in);
	s->start = start_vp(&s->in);
	s->again = start_vp(&s->in);
}

static void send_ipi(struct vtl *v, void *arg)
{
	(void)v;
	*(u64 *)arg = hv_fast(SEND_IPI, VEC_IPI, BIT(3));
}

static void test_start(void)
{
	struct starting s = { .in = vtl_start(1, 3) };
	struct start_in in = vtl_start(0, 3);
	u64 result = 1;

	vtl_of(1, 3)->fn = began_above;
	TEST_STATUS(0x0099, start_vp(&s.in), INVALID_VTL_STATE, "VP 3 has no VTL1 to start in");
	vtl_do(1, start_above, &s);
	TEST_STATUS(0x000f, s.enable, SUCCESS, "VTL1 enables itself on VP 3, which has not been started");
	TEST_STATUS(0x0099, s.start, SUCCESS, "and starts it in VTL1");
	TEST_STATUS(0x0099, s.again, INVALID_VP_STATE, "once");
	TEST(0x0099, wait_until(&began[1], 1), "it begins there");
	delay(20);
	vtl_do(1, send_ipi, &result);
	TEST_STATUS(0x000b, STATUS(result), SUCCESS, "an IPI to its VTL1");
	TEST(0x000b, wait_until(&irq_count[3][VEC_IPI], 1), "arrives, though VTL0 has not been started");
	cpu_reset(3);
	apic[APIC_ICR2] = 3 << 24;
	apic[APIC_ICR] = 0x4600 | LOW_AP >> 12;
	delay(20);
	vtl_do(1, send_ipi, &result);
	TEST(0x000b, wait_until(&irq_count[3][VEC_IPI], 2), "INIT and SIPI are dropped: VTL1 goes on");
	TEST_STATUS(0x0099, start_vp(&s.in), ACCESS_DENIED, "VTL0 starts no VP in VTL1");
	TEST_EQUAL(0x0099, began[0], 0, "VTL0 does nothing yet");
	in.context.rip = (u64)begin_below;
	in.context.rsp = (u64)(stack + STACK_SIZE - 8);
	TEST_STATUS(0x0099, start_vp(&in), SUCCESS, "it is started in VTL0");
	TEST(0x0099, wait_until(&began[0], 1), "and begins there");
	TEST_STATUS(0x0099, start_vp(&in), INVALID_VP_STATE, "once");
	vtl_do(1, send_ipi, &result);
	TEST(0x000b, wait_until(&irq_count[3][VEC_IPI], 3), "an IPI to its VTL1 arrives while VTL0 halts");
	TEST_EQUAL(0x0099, began[1], 1, "VTL1 was started once");
}

/* VTL1 asserts interrupts on VP 1, in its own VTL and below */
struct assert_in {
	u64 partition, control, destination;
	u32 vector;
	u8 vtl, reserved[3];
};

struct asserts {
	u64 below, own, above;
};

static void assert_interrupts(struct vtl *v, void *arg)
{
	struct assert_in in = { SELF, 0, 1, 0x67, 0, {} };
	struct asserts *r = arg;

	(void)v;
	r->below = STATUS(hv_do(MEMORY, ASSERT_INTERRUPT, &in, sizeof(in), NULL, 0));
	in.vtl = 1;
	in.vector = 0x68;
	r->own = STATUS(hv_do(MEMORY, ASSERT_INTERRUPT, &in, sizeof(in), NULL, 0));
	in.vtl = 2;
	r->above = STATUS(hv_do(MEMORY, ASSERT_INTERRUPT, &in, sizeof(in), NULL, 0));
}

static void test_assert(void)
{
	struct assert_in in = { SELF, 0, 1, 0x69, 0, {} };
	u64 entries = vtl_of(1, 1)->entries[ENTRY_INTERRUPT];
	struct asserts r;

	TEST_STATUS(0x0094, STATUS(hv_do(MEMORY, ASSERT_INTERRUPT, &in, sizeof(in), NULL, 0)), ACCESS_DENIED,
		    "VTL0 asserts none");
	vtl_do(1, assert_interrupts, &r);
	TEST_STATUS(0x0094, r.below, SUCCESS, "VTL1 asserts one in VTL0 of VP 1");
	TEST_STATUS(0x0094, r.own, SUCCESS, "and one in VTL1");
	TEST_STATUS(0x0094, r.above, INVALID_VTL_STATE, "there is no VTL2");
	TEST(0x0094, wait_until(&irq_count[1][0x67], 1), "VTL0 takes its interrupt");
	TEST(0x0094, wait_until(&irq_count[1][0x68], 1) &&
	     vtl_of(1, 1)->entries[ENTRY_INTERRUPT] == entries + 1, "VTL1 is entered for its own");
}

/* VTL1 is told of interrupts for VTL0 */
#define VEC_VINA	0x71
#define VEC_BELOW	0x64

static u64 set_vina(u64 value)
{
	return STATUS(hv_set_register64(REG_VSM_VINA, value));
}

static volatile u32 asked, sent;

/* VP 1, in VTL0, sends as many as it is asked for */
static void send_below(void *arg)
{
	(void)arg;
	while (asked != ~0u) {
		if (sent != asked) {
			hv_fast(SEND_IPI, VEC_BELOW, BIT(0));
			sent++;
		}
		pause();
	}
}

/* What VTL1 is told of as many interrupts within a time */
static void take_below(u32 count, unsigned int ms)
{
	u32 before = irq_count[0][VEC_VINA];

	asked += count;
	wait_until(&sent, asked);
	for (; irq_count[0][VEC_VINA] == before && ms; ms--)
		delay(1);
}

struct vina {
	u64 bad[3], on, off, read;
	u32 first, second, cleared, disabled;
	u8 asserted;
};

static void with_vina(struct vtl *v, void *arg)
{
	struct vina *r = arg;

	r->bad[0] = set_vina(0x100 | 15);
	r->bad[1] = set_vina(0x500 | VEC_VINA);
	r->bad[2] = set_vina(BIT(11));
	r->on = set_vina(0x100 | VEC_VINA);
	r->read = status_register(REG_VSM_VINA);
	irq_enable();
	take_below(1, 5000);
	r->first = irq_count[0][VEC_VINA];
	r->asserted = v->assist->vina;
	take_below(3, 200);
	r->second = irq_count[0][VEC_VINA];
	v->assist->vina = 0;
	take_below(1, 5000);
	r->cleared = irq_count[0][VEC_VINA];
	r->off = set_vina(0);
	v->assist->vina = 0;
	take_below(1, 200);
	r->disabled = irq_count[0][VEC_VINA];
	irq_disable();
}

static void masked_below(struct vtl *v, void *arg)
{
	set_vina(0x300 | VEC_VINA);
	irq_enable();
	take_below(1, 200);
	irq_disable();
	*(u8 *)arg = v->assist->vina;
}

static void look_at_vina(struct vtl *v, void *arg)
{
	*(u8 *)arg = v->assist->vina;
	irq_enable();
	irq_disable();
}

static void test_vina(void)
{
	struct vina r = {};
	u8 asserted = 0xff;

	TEST_STATUS(0x0051, set_vina(0x100 | VEC_VINA), INVALID_PARAMETER, "VTL0 has no VINA");
	cpu_run(1, send_below, NULL);
	irq_enable();
	vtl_do(1, with_vina, &r);
	TEST_STATUS(0x0051, r.bad[0], INVALID_REGISTER_VALUE, "VINA: vector of the processor's own");
	TEST_STATUS(0x0051, r.bad[1], INVALID_REGISTER_VALUE, "automatic EOI, which is not there");
	TEST_STATUS(0x0051, r.bad[2], INVALID_REGISTER_VALUE, "reserved bit");
	TEST(0x0051, r.on == HV_SUCCESS && r.read == (0x100 | VEC_VINA), "VINA is enabled");
	TEST_EQUAL(0x0051, r.first, 1, "VTL1 is told of an IPI for VTL0");
	TEST_EQUAL(0x0051, r.asserted, 1, "VINA is asserted");
	TEST_EQUAL(0x0051, r.second, 1, "and not told again while it is");
	TEST_EQUAL(0x0051, r.cleared, 2, "but when it has cleared that");
	TEST_EQUAL(0x0051, r.disabled, 2, "and not when VINA is disabled");
	TEST(0x000b, wait_until(&irq_count[0][VEC_BELOW], 1), "VTL0 takes its interrupt when it runs");
	irq_disable();
	vtl_do(1, masked_below, &asserted);
	TEST(0x0051, !asserted && irq_count[0][VEC_VINA] == 2, "none of what VTL0 would not take: IF is 0");
	irq_enable();
	wait_until(&irq_count[0][VEC_BELOW], 2);
	/* Auto-reset: the next entry begins without it */
	vtl_of(1, 0)->assist->vina = 1;
	vtl_do(1, look_at_vina, &asserted);
	asked = ~0u;
	cpu_wait(1);
	TEST_EQUAL(0x0051, asserted, 0, "auto-reset: not asserted at the next entry");
}

static void test_others(void)
{
	struct start_in in[MAX_CPUS];

	for (unsigned int cpu = 1; cpu < cpus; cpu++) {
		cpu_start(cpu);
		in[cpu] = vtl_start(1, cpu);
	}
	vtl_do(1, enable_others, in);
	TEST_EQUAL(0x000f, others, cpus - 1, "VTL1 enables itself on all other VPs");
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		cpu_run(cpu, call_on_cpu, &seen_by[cpu]);
	call_on_cpu(&seen_by[0]);
	for (unsigned int cpu = 1; cpu < cpus; cpu++) {
		cpu_wait(cpu);
		TEST(0x0011, seen_by[cpu].ran == SWITCHES && seen_by[cpu].vp_index == cpu,
		     "VP %u calls its VTL1 %u times, all VPs at once", cpu, SWITCHES);
	}
}

void test_main(void)
{
	hv_init();
	if (!hv_may(PRIV_VSM)) {
		TEST_STATUS(0x000d, vtl_enable(SELF, 1, 0), ACCESS_DENIED, "not without AccessVsm");
		TEST_EQUAL(0x0050, status_register(REG_VSM_CAPABILITIES), 0, "nor are there capabilities");
		return;
	}
	cpus = cmdline_has("four") ? 4 : 1;
	test_before();
	test_enable();
	test_call();
	test_registers();
	test_reserved();
	test_private();
	test_lower_registers();
	test_fpu();
	vtl_do(1, print, NULL);
	test_interrupts();
	if (cpus > 1) {
		test_start();
		cpus = 3;
		test_others();
		test_assert();
		test_vina();
	}
}
