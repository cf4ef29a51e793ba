// SPDX-License-Identifier: GPL-2.0
/*
 * A machine that begins in VTL2, as that of a paravisor, and what it does with VTL0 and VTL1 below
 * (sheet §8, §11, §15.2; TLFS "Virtual Secure Mode"; linux-clients.md §7).
 */
/* run: --vtl 2 --role guest; smp 1 */
/* run: --vtl 2 --role guest; smp 2; append two */
#include "vtl.h"

#define LINUX_CONFIG	0x163f
#define LEAF		0x4000dead
#define VEC_TIMER	0x61

#define REG_RIP			0x00020010
#define REG_REGISTER_PAGE	0x0009001c
#define CPUID_INTERCEPT		0x80010002
#define SIPI_INTERCEPT		0x80010009

static struct assist_page *assist;
static u8 assist_pages[2][PAGE_SIZE] PAGE_ALIGNED, lower_page[PAGE_SIZE] PAGE_ALIGNED;
static u8 register_page[PAGE_SIZE] PAGE_ALIGNED;
static u8 lower_stack[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static struct vtl_regs regs;		/* of VTL0, as it was left */

static u64 get(u8 input_vtl, u32 name)
{
	struct hv_value out = {};

	hv_get_register_of(input_vtl, name, &out);
	return out.u[0];
}

static u64 set(u8 input_vtl, u32 name, u64 value)
{
	return STATUS(hv_set_register_of(input_vtl, name, (struct hv_value){ .u = { value } }));
}

static u64 start(const struct start_in *in)
{
	return STATUS(hv_do(MEMORY, START_VP, in, sizeof(*in), NULL, 0));
}

/* Return to VTL0, with its registers; the entry reason when VTL2 is back */
static u32 run_lower(void)
{
	struct vtl_regs out = regs;

	assist->return_rax = regs.rax;
	assist->return_rcx = regs.rcx;
	assist->reason = 0;
	out.rcx = 0;
	vtl_switch(&out, (u64)hv_page + (get(0, REG_VSM_CODE_PAGE) >> 12 & 0xfff));
	regs = out;
	return assist->reason;
}

/* What VTL0 is to do by itself until it calls */
enum { CALL, SPIN, CPUID, SIPI };
static volatile u32 step, steps, stop;
static volatile u64 seen_status, seen_rax;
static struct vtl_regs call_regs;

/* VTL0's first and only function */
static void lower(void)
{
	u64 rax;

	wrmsr(MSR_GUEST_OS_ID, GUEST_OS_ID);
	wrmsr(MSR_HYPERCALL, (u64)lower_page | 1);
	for (;;) {
		steps++;
		if (step == SPIN) {
			while (!stop)
				pause();
		} else if (step == CPUID) {
			asm volatile(".global vtl0_cpuid\nvtl0_cpuid: cpuid"
				     : "=a"(rax) : "a"(LEAF), "c"(7) : "rbx", "rdx");
			seen_rax = rax;
		} else if (step == SIPI) {
			apic[APIC_SPIV] = 0x100 | VEC_SPURIOUS;
			apic[APIC_ICR2] = 1 << 24;
			apic[APIC_ICR] = 0x4500;
			apic[APIC_ICR] = 0x4655;
		}
		seen_status = get(0, REG_VSM_VP_STATUS);
		call_regs = (struct vtl_regs){ .rdx = 0x1234 };
		vtl_switch(&call_regs, (u64)lower_page + (get(0, REG_VSM_CODE_PAGE) & 0xfff));
	}
}

static struct start_in lower_start(unsigned int cpu)
{
	struct start_in in = vtl_start(0, cpu);

	in.context.rip = (u64)lower;
	in.context.rsp = (u64)(lower_stack[cpu] + STACK_SIZE - 8);
	return in;
}

static void test_before(void)
{
	TEST_EQUAL(0x0050, get(0, REG_VSM_VP_STATUS), 0x50002, "VTL2 is active, VTL0 is there");
	TEST_EQUAL(0x0050, get(0, REG_VSM_PARTITION_STATUS), 0x20005, "likewise on the partition");
	TEST_EQUAL(0x0050, get(0, REG_VSM_CAPABILITIES), 0x8020001,
		   "capabilities: DR6 shared, deny lower VTL startup, intercept page");
	TEST_STATUS(0x000d, vtl_enable(SELF, 2, 0), VTL_ALREADY_ENABLED, "VTL2 is there already");
	TEST(0x0011, vtl_raises_ud((u64)hv_page + (get(0, REG_VSM_CODE_PAGE) & 0xfff)), "VTL call with nothing above: #UD");
	TEST_STATUS(0x0051, set(0, REG_VSM_CONFIG, LINUX_CONFIG), SUCCESS, "configuration that Linux writes");
	TEST_STATUS(0x0051, set(0x10, REG_REGISTER_PAGE, (u64)register_page | 1), INVALID_PARAMETER,
		    "VTL0 has no register page");
	TEST_STATUS(0x0051, set(0, REG_REGISTER_PAGE, (u64)register_page | 3), INVALID_REGISTER_VALUE,
		    "reserved bit of the register page");
	TEST_STATUS(0x0051, set(0, REG_REGISTER_PAGE, (u64)register_page | 1), SUCCESS, "register page");
}

static void test_start(void)
{
	struct start_in in = lower_start(0);

	in.vtl = 1;
	TEST_STATUS(0x0099, start(&in), INVALID_VTL_STATE, "there is no VTL1 to start in");
	in.vtl = 2;
	TEST_STATUS(0x0099, start(&in), INVALID_VP_STATE, "VP 0 has been started in VTL2");
	in.vtl = 0;
	in.context.cr3 = BIT(60);
	TEST_STATUS(0x0099, start(&in), INVALID_REGISTER_VALUE, "CR3 beyond the address width");
	in = lower_start(0);
	TEST_STATUS(0x0099, start(&in), SUCCESS, "VTL0 of VP 0 gets its context");
	TEST_STATUS(0x0099, start(&in), SUCCESS, "and another, for it has not run");
	TEST_EQUAL(0x0050, get(0x10, REG_RIP), (u64)lower, "where VTL2 sees it");
	TEST_EQUAL(0x0099, steps, 0, "it has not run");
}

static void test_run(void)
{
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL0 runs, and makes a VTL call");
	TEST_EQUAL(0x0012, steps, 1, "once");
	TEST_EQUAL(0x0050, seen_status, 0x50000, "VTL0 was active");
	TEST_EQUAL(0x0011, regs.rdx, 0x1234, "its registers are here");
	struct start_in in = lower_start(0);

	TEST_STATUS(0x0099, start(&in), INVALID_VP_STATE, "it cannot be started any more");
	step = SPIN;
	apic[APIC_TDCR] = 0xb;
	apic[APIC_LVT_TIMER] = VEC_TIMER;
	irq_disable();
	apic[APIC_TMICT] = 20000000;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_INTERRUPT, "VTL2's timer preempts VTL0 that spins");
	TEST_EQUAL(0x0012, irq_count[0][VEC_TIMER], 0, "it is pending");
	irq_enable();
	irq_disable();
	TEST_EQUAL(0x0012, irq_count[0][VEC_TIMER], 1, "and comes");
	stop = 1;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL0 goes on");
	irq_enable();
}

static void test_cpuid(void)
{
	extern u8 vtl0_cpuid[];
	u32 *message = (u32 *)assist->message;
	u64 *payload = (u64 *)(assist->message + 16 + 40);

	step = CPUID;
	TEST_EQUAL(0x0051, run_lower(), ENTRY_INTERCEPT, "VTL0 asks CPUID for a leaf that there is not");
	TEST_EQUAL(0x0051, message[0], CPUID_INTERCEPT, "the message is in the assist page");
	TEST(0x0051, payload[0] == LEAF && payload[1] == 7, "with EAX and ECX");
	TEST_EQUAL(0x0051, *(u64 *)(assist->message + 16 + 24), (u64)vtl0_cpuid, "and where it is");
	TEST_EQUAL(0x0051, assist->message[16 + 4], 2, "and how long");
	TEST(0x0051, register_page[2] == 1 && *(u64 *)(register_page + 136) == (u64)vtl0_cpuid &&
	     *(u64 *)(register_page + 8) == LEAF, "the register page has RIP and RAX");
	regs.rax = 0x7777;
	*(u64 *)(register_page + 136) += 2;
	*(u32 *)(register_page + 4) = BIT(1);
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL0 goes on behind it");
	TEST_EQUAL(0x0012, seen_rax, 0x7777, "with VTL2's answer");
	TEST(0x0012, !register_page[2] && !*(u32 *)(register_page + 4), "the register page is not valid any more");
	step = CALL;
}

/* VTL1, in the middle: VTL0 calls it, and it calls VTL2 */
static volatile u64 middle_status;

static void call_upwards(struct vtl *v, void *arg)
{
	struct vtl_regs none = {};

	(void)arg;
	middle_status = get(0, REG_VSM_VP_STATUS);
	vtl_switch(&none, v->page + (v->offsets & 0xfff));
}

static void test_three(void)
{
	struct start_in in = vtl_start(1, 0);
	struct vtl *v = vtl_of(1, 0);

	TEST_STATUS(0x000d, vtl_enable(SELF, 1, 0), SUCCESS, "VTL1 is enabled by VTL2");
	TEST_STATUS(0x000f, vtl_enable_vp(&in), SUCCESS, "also on VP 0");
	TEST_EQUAL(0x0050, get(0, REG_VSM_VP_STATUS), 0x70002, "now there are three");
	v->fn = call_upwards;
	regs.rcx = 0;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL2 returns to VTL1, which calls VTL2");
	TEST_EQUAL(0x0050, middle_status, 0x70001, "VTL1 was active");
	steps = 0;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL1 returns to VTL0, which calls VTL1, which calls VTL2");
	TEST_EQUAL(0x0012, steps, 1, "VTL0 has run");
	TEST_EQUAL(0x0011, v->entries[ENTRY_CALL], 2, "VTL1 was entered twice");
	TEST_STATUS(0x0010, STATUS(hv_fast(DISABLE_VP_VTL, SELF, (u64)1 << 32)), SUCCESS,
		    "VTL2 takes VTL1 from the VP");
	TEST_EQUAL(0x0050, get(0, REG_VSM_VP_STATUS), 0x50002, "then there are two");
	steps = 0;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL2 returns to VTL0, which calls VTL2");
	TEST_EQUAL(0x0012, steps, 1, "and nobody else");
	TEST_STATUS(0x000e, STATUS(hv_fast(DISABLE_VTL, SELF, 1)), SUCCESS, "and from the partition");
	TEST_EQUAL(0x0050, get(0, REG_VSM_PARTITION_STATUS), 0x20005, "as before");
}

/* VTL0 of VP 0 would start that of VP 1 */
static void test_sipi(void)
{
	u32 *message = (u32 *)assist->message;

	step = SIPI;
	TEST_EQUAL(0x0051, run_lower(), ENTRY_INTERCEPT, "VTL0 sends a SIPI");
	TEST_EQUAL(0x0051, message[0], SIPI_INTERCEPT, "VTL2 is told");
	TEST(0x0051, message[14] == 1 && message[15] == 0x55, "to whom, and with which vector");
	step = CALL;
	TEST_EQUAL(0x0012, run_lower(), ENTRY_CALL, "VTL0 goes on");
}

static void other(void *arg)
{
	struct start_in in = lower_start(1);
	u32 *reason = arg;

	assist = (struct assist_page *)assist_pages[1];
	wrmsr(MSR_VP_ASSIST_PAGE, (u64)assist | 1);
	regs = (struct vtl_regs){};
	start(&in);
	*reason = run_lower();
}

void test_main(void)
{
	u32 reason = 0;

	hv_init();
	assist = (struct assist_page *)assist_pages[0];
	wrmsr(MSR_VP_ASSIST_PAGE, (u64)assist | 1);
	test_before();
	test_start();
	test_run();
	test_cpuid();
	test_three();
	if (!cmdline_has("two"))
		return;
	cpu_start(1);
	test_sipi();
	steps = 0;
	cpu_call(1, other, &reason);
	TEST_EQUAL(0x0012, reason, ENTRY_CALL, "VP 1: VTL0 runs, and makes a VTL call");
	TEST_EQUAL(0x0012, steps, 1, "once");
}
