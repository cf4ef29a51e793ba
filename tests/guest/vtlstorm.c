// SPDX-License-Identifier: GPL-2.0
/*
 * VTL0 and VTL1 of all VPs call each other, print, and have timers of their own, which are armed
 * anew by the interrupts that they raise: one that is lost ends a chain. Also until the VMM is killed,
 * while the VM is detached, and while VTL1 resets the machine.
 */
/* run: --vsm --role guest; smp 1 */
/* run: --vsm --role guest; smp 4; append four */
/* run: --vsm --role guest; smp 4; append four killed; killed */
/* run: --vsm --role guest; smp 4; append four detached; detached */
/* run: --vsm --role guest; smp 4; append four reset; qemu -action reboot=reset */
#include "vtl.h"

#define SWITCHES	5000
/* By hand, "smp 4; append four million": a million switches of all VPs */
#define MANY		125000
#define VEC_VTL0	0x62
#define VEC_VTL1	0x61
#define VEC_IPI		0x63
#define RESET_PORT	0xcf9
#define NOTE		0x766c7472657365ull

/* Outside of the image, so that it outlives the reset */
static u64 *const note = (u64 *)0x3000000;

static unsigned int cpus = 1, calls = SWITCHES;
static volatile u32 switches[MAX_CPUS], stop;

/* In the VTL whose interrupt it is: each has its own APIC at this address */
static void rearm(unsigned int vector)
{
	if (vector == VEC_VTL0 || vector == VEC_VTL1) {
		apic[APIC_TDCR] = 0xb;
		apic[APIC_LVT_TIMER] = vector;
		apic[APIC_TMICT] = vector == VEC_VTL0 ? 2000000 : 3300000;
	}
}

static void begin_chain(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	rearm(VEC_VTL1);
}

struct work {
	u64 calls, xmm, wrong, begin;
};

static void in_vtl1(struct vtl *v, void *arg)
{
	struct work *w = arg;
	u64 x[2];

	asm volatile("movups %%xmm11, %0" : "=m"(x));
	w->wrong += x[0] != w->xmm;
	w->xmm = x[0] * 6364136223846793005ull + v->cpu;
	x[0] = w->xmm;
	asm volatile("movups %0, %%xmm11" :: "m"(x));
	w->calls++;
	/* A port of the VMM, now and then */
	if (!(w->calls % 512))
		inb(0x3f8 + 5);
}

static struct work work[MAX_CPUS];

static void storm(void *arg)
{
	unsigned int cpu = cpu_index();
	struct work *w = &work[cpu];
	u64 x[2] = { cpu, ~0ull };

	vtl_do(1, begin_chain, NULL);
	rearm(VEC_VTL0);
	w->xmm = x[0];
	asm volatile("movups %0, %%xmm11" :: "m"(x));
	for (u64 i = 0; !stop && (arg || i < calls); i++) {
		u64 before = w->calls;

		vtl_do(1, in_vtl1, w);
		asm volatile("movups %%xmm11, %0" : "=m"(x));
		w->wrong += x[0] != w->xmm || x[1] != ~0ull || w->calls != before + 1;
		x[0] = w->xmm = x[0] + 1;
		asm volatile("movups %0, %%xmm11" :: "m"(x));
		switches[cpu]++;
	}
}

static void enable_others(struct vtl *v, void *arg)
{
	struct start_in *in = arg;

	(void)v;
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		vtl_enable_vp(&in[cpu]);
}

static u64 set_up(void)
{
	struct start_in in[MAX_CPUS];
	u64 status;

	irq_hook = rearm;
	vtl_enable(SELF, 1, 0);
	in[0] = vtl_start(1, 0);
	status = vtl_enable_vp(&in[0]);
	for (unsigned int cpu = 1; cpu < cpus; cpu++) {
		cpu_start(cpu);
		in[cpu] = vtl_start(1, cpu);
	}
	if (cpus > 1)
		vtl_do(1, enable_others, in);
	return status;
}

/* Does a chain of interrupts go on? */
static bool goes_on(unsigned int cpu, unsigned int vector)
{
	u64 end = rdtsc() + TIMEOUT_TICKS / 4;
	u32 before = irq_count[cpu][vector];

	while (irq_count[cpu][vector] - before < 3 && rdtsc() < end)
		halt();
	return irq_count[cpu][vector] - before >= 3;
}

static void look_at_chains(void *arg)
{
	bool *alive = arg;

	alive[0] = goes_on(cpu_index(), VEC_VTL0);
	alive[1] = goes_on(cpu_index(), VEC_VTL1);
}

static void test_storm(void)
{
	bool alive[MAX_CPUS][2];

	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		cpu_run(cpu, storm, NULL);
	storm(NULL);
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		cpu_wait(cpu);
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		struct vtl *v = vtl_of(1, cpu);

		TEST_EQUAL(0x0011, work[cpu].calls, calls, "VP %u: each VTL call was made once", cpu);
		TEST_EQUAL(0x0011, work[cpu].wrong, 0, "VP %u: XMM registers are as the other VTL left them", cpu);
		TEST(0x0012, irq_count[cpu][VEC_VTL0] > 10 && irq_count[cpu][VEC_VTL1] > 10,
		     "VP %u: interrupts came to both (%u, %u)", cpu, irq_count[cpu][VEC_VTL0],
		     irq_count[cpu][VEC_VTL1]);
		if (cpu)
			cpu_call(cpu, look_at_chains, alive[cpu]);
		else
			look_at_chains(alive[0]);
		TEST(0x0012, alive[cpu][0], "VP %u: VTL0 has lost none", cpu);
		TEST(0x0012, alive[cpu][1], "VP %u: VTL1 has lost none, also while VTL0 halts", cpu);
		TEST_EQUAL(0x0012, irq_count[cpu][VEC_SPURIOUS], 0, "VP %u: none was spurious", cpu);
		TEST(0x0012, v->entries[ENTRY_INTERRUPT] && !v->entries[ENTRY_INTERCEPT] && !v->entries[0],
		     "VP %u: entries are for calls and interrupts", cpu);
	}
}

/* VTL1 sends to VTL1 of others, which are in VTL0, and halt or not */
static void send_ipi(struct vtl *v, void *arg)
{
	u64 *result = arg;

	(void)v;
	*result = hv_fast(SEND_IPI, VEC_IPI, GENMASK(cpus - 1, 1));
}

static void test_ipis(void)
{
	u64 result;

	for (unsigned int round = 0; round < 50; round++) {
		vtl_do(1, send_ipi, &result);
		for (unsigned int cpu = 1; cpu < cpus; cpu++) {
			if (!wait_until(&irq_count[cpu][VEC_IPI], round + 1)) {
				TEST(0x000b, false, "VP %u has lost IPI %u", cpu, round);
				return;
			}
		}
	}
	TEST(0x000b, STATUS(result) == HV_SUCCESS, "50 IPIs from VTL1 to VTL1 of all others");
	/* An IPI of VTL0 stays in VTL0 */
	hv_fast(SEND_IPI, 0x66, BIT(1));
	TEST(0x000b, wait_until(&irq_count[1][0x66], 1), "an IPI of VTL0");
}

static void test_killed(void)
{
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		cpu_run(cpu, storm, (void *)1);
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		while (switches[cpu] < 100)
			pause();
	printf("# ready\n");
	storm((void *)1);
}

/* VTL1 that is entered for its timer, and stays with other values in all registers */
static void stay(struct vtl *v, u32 reason)
{
	if (v->cpu == 3 && reason == ENTRY_INTERRUPT)
		asm volatile("xor %%eax, %%eax; xor %%ebx, %%ebx; xor %%ecx, %%ecx; xor %%edx, %%edx;"
			     "xor %%esi, %%esi; xor %%edi, %%edi; xor %%r8d, %%r8d; xor %%r12d, %%r12d;"
			     "xor %%r15d, %%r15d; 1: pause; jmp 1b" ::: "rax", "rbx", "rcx", "rdx", "rsi",
			     "rdi", "r8", "r12", "r15");
}

static volatile u32 kept, lost;

/* VTL0 that it has preempted, and that notices if it does not have its registers */
static void keep_registers(void *arg)
{
	(void)arg;
	vtl_do(1, begin_chain, NULL);
	asm volatile("mov $0x1111, %%ebx; mov $0x2222, %%r8; mov $0x3333, %%r12; mov $0x4444, %%r15\n"
		     "1: incl %0; cmp $0x1111, %%ebx; jne 2f; cmp $0x2222, %%r8; jne 2f\n"
		     "cmp $0x3333, %%r12; jne 2f; cmp $0x4444, %%r15; jne 2f; cmpl $0, %2; je 1b; jmp 3f\n"
		     "2: movl $1, %1\n3:" : "+m"(kept), "+m"(lost) : "m"(stop)
		     : "rbx", "r8", "r12", "r15", "memory", "cc");
}

/* The machine goes on in VTL0. Those that were in VTL1 find their call done in some way */
static void test_detached(void)
{
	u32 before[MAX_CPUS], kept_before;

	vtl_of(1, 3)->on_entry = stay;
	cpu_run(3, keep_registers, NULL);
	cpus = 3;
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		cpu_run(cpu, storm, (void *)1);
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		while (switches[cpu] < 100)
			pause();
	while (vtl_of(1, 3)->entries[ENTRY_INTERRUPT] == 0)
		pause();
	printf("# ready\n");
	for (unsigned int i = 0; i < 600; i++) {
		struct hv_value v = {};

		if (STATUS(hv_get_register(REG_VSM_VP_STATUS, &v)))
			break;
		delay(50);
	}
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		before[cpu] = switches[cpu];
	delay(200);
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		TEST(NO_CALL, switches[cpu] != before[cpu], "VP %u goes on in VTL0", cpu);
	kept_before = kept;
	delay(200);
	TEST(NO_CALL, kept != kept_before, "VP 3, which VTL1 had preempted, goes on in VTL0");
	TEST_EQUAL(NO_CALL, lost, 0, "with its registers");
	stop = 1;
	for (unsigned int cpu = 1; cpu < 4; cpu++)
		cpu_wait(cpu);
	rearm(VEC_VTL0);
	TEST(NO_CALL, goes_on(0, VEC_VTL0), "VTL0 has its timer");
}

static void reset_machine(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	outb(RESET_PORT, 6);
	for (;;)
		pause();
}

static void test_reset(void)
{
	struct hv_value v = {};

	if (*note != NOTE) {
		set_up();
		for (unsigned int cpu = 1; cpu < cpus; cpu++)
			cpu_run(cpu, storm, (void *)1);
		for (unsigned int cpu = 1; cpu < cpus; cpu++)
			while (switches[cpu] < 100)
				pause();
		*note = NOTE;
		vtl_do(1, reset_machine, NULL);
	}
	hv_get_register(REG_VSM_VP_STATUS, &v);
	TEST_EQUAL(0x0050, v.u[0], 0x10000, "after a reset there is VTL0 alone");
	hv_get_register(REG_VSM_PARTITION_STATUS, &v);
	TEST_EQUAL(0x0050, v.u[0], 0x20001, "also on the partition");
	TEST_STATUS(0x000f, set_up(), SUCCESS, "VTL1 again");
	test_storm();
}

void test_main(void)
{
	hv_init();
	cpus = cmdline_has("four") ? 4 : 1;
	if (cmdline_has("million"))
		calls = MANY;
	if (cmdline_has("reset")) {
		test_reset();
		return;
	}
	TEST_STATUS(0x000f, set_up(), SUCCESS, "VTL1");
	if (cmdline_has("killed"))
		test_killed();
	if (cmdline_has("detached")) {
		test_detached();
		return;
	}
	test_storm();
	if (cpus > 1)
		test_ipis();
}
