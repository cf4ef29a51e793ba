// SPDX-License-Identifier: GPL-2.0
/*
 * A root and its machine: logical processors, platform properties and events, interrupts of
 * devices, and the pages that the hypervisor owns (sheet §15.12, §15.13; linux-clients.md §3.4,
 * §5). The last thing it does is to switch the machine off.
 */
/* run: --role root; smp 3; off */
/* run: --role root; smp 3; cpu plain; off */
#include "parent.h"

#define CPUS	3

struct lp_in { u32 index, reserved; };

static u64 lp_call(enum hv_form form, u64 code, u32 index)
{
	struct lp_in in = { index, 0 };

	return hv_do(form, code, &in, sizeof(in), NULL, 0);
}

static u64 run_time(u32 index, u64 *out)
{
	struct lp_in in = { index, 0x5a5a5a5a /* padding */ };

	return hv_do(MEMORY, LP_RUN_TIME, &in, sizeof(in), out, 32);
}

static u64 add_lp(enum hv_form form, u32 index, u32 apic_id)
{
	u32 in[4] = { index, apic_id, 0, 0x5a5a5a5a };
	u64 out[7];

	return hv_do(form == REGISTERS ? MEMORY : form, ADD_LP, in, sizeof(in), out, sizeof(out));
}

static u64 create_own_vp(u32 vp, u64 lp)
{
	u64 in[5] = { SELF, vp, 0, 0, lp };

	return hv_do(MEMORY, CREATE_VP, in, sizeof(in), NULL, 0);
}

static u64 lp_property(u64 code, u32 index, u32 property, u64 *value)
{
	struct { u32 index, property; u64 reserved, value[2]; } in = { index, property };

	if (code == GET_LP_PROPERTY)
		return hv_do(REGISTERS, code, &in, 16, value, 16);
	return hv_do(REGISTERS, code, &in, 32, NULL, 0);
}

static void processors(void)
{
	u64 before[4], after[4], value[2];

	TEST_STATUS(0x0004, run_time(0, before), SUCCESS, "LP 0 exists");
	for (u32 i = 1; i < CPUS; i++)
		TEST_STATUS(0x0004, run_time(i, after), INVALID_LP_INDEX, "LP %u does not yet", i);
	delay(100);
	TEST_STATUS(0x0004, run_time(0, after), SUCCESS, "LP 0 still exists");
	TEST(0x0004, after[0] > before[0], "time has passed");
	TEST(0x0004, after[1] >= before[1] && after[1] <= after[0], "it ran no longer than that");

	TEST_STATUS(0x004e, create_own_vp(1, 1), INVALID_LP_INDEX, "no VP without LP");
	TEST_STATUS(0x0076, add_lp(MEMORY, 1, 77), INVALID_PARAMETER, "nobody's APIC id");
	TEST_STATUS(0x0076, add_lp(MEMORY, 1, 0), INVALID_PARAMETER, "the boot processor's");
	TEST_STATUS(0x0076, add_lp(MEMORY, 0, 1), INVALID_LP_INDEX, "its index");
	for (u32 i = 1; i < CPUS; i++) {
		TEST_STATUS(0x0076, add_lp(MEMORY, i, i), SUCCESS, "LP %u", i);
		TEST_STATUS(0x0004, run_time(i, after), SUCCESS, "LP %u exists", i);
	}
	TEST_STATUS(0x0076, add_lp(MEMORY, 1, 1), INVALID_LP_INDEX, "LP 1 is there");
	TEST_STATUS(0x0076, add_lp(MEMORY, 3, 1), INVALID_PARAMETER, "processor 1 is LP 1");
	TEST_STATUS(0x0077, lp_call(MEMORY, REMOVE_LP, 2), SUCCESS, "LP 2 goes");
	TEST_STATUS(0x0004, run_time(2, after), INVALID_LP_INDEX, "and is gone");
	TEST_STATUS(0x0076, add_lp(MEMORY, 2, 2), SUCCESS, "and comes again");

	TEST_STATUS(0x0087, hv_fast(NOTIFY_EVENT, 4 | 0x5a5aull << 32, 0), SUCCESS,
		    "all LPs have started");
	TEST_STATUS(0x0087, hv_fast(NOTIFY_EVENT, 5 | (u64)(CPUS + 1) << 32, 0), INVALID_PARAMETER,
		    "more LPs than there are");
	TEST_STATUS(0x0087, hv_fast(NOTIFY_EVENT, 6, 0), INVALID_PARAMETER, "unknown event");

	TEST_STATUS(0x004e, create_own_vp(2, 1), INVALID_VP_INDEX, "VP 2 is not on LP 1");
	for (u32 i = 1; i < CPUS; i++)
		TEST_STATUS(0x004e, create_own_vp(i, i), SUCCESS, "VP %u on its LP", i);
	TEST_STATUS(0x004e, create_own_vp(1, 1), INVALID_VP_INDEX, "VP 1 is there");
	for (enum hv_form form = MEMORY; form < FORMS; form++)
		TEST_STATUS(0x0077, lp_call(form, REMOVE_LP, 1), OPERATION_DENIED,
			    "a VP is on LP 1 (%s)", FORM_NAME(form));

	for (u32 i = 0; i < CPUS; i++) {
		TEST_STATUS(0x007a, lp_property(GET_LP_PROPERTY, i, 1, value), SUCCESS, "APIC id");
		TEST_EQUAL(0x007a, value[0], i, "of LP %u", i);
		TEST_STATUS(0x007a, lp_property(GET_LP_PROPERTY, i, 4, value), SUCCESS, "state");
		TEST_EQUAL(0x007a, value[0], 1, "of LP %u", i);
	}
	TEST_STATUS(0x007a, lp_property(GET_LP_PROPERTY, 0, 5, value), UNKNOWN_PROPERTY, "5");
	TEST_STATUS(0x007a, lp_property(GET_LP_PROPERTY, CPUS, 1, value), INVALID_LP_INDEX, "LP 3");
	TEST_STATUS(0x0079, lp_property(SET_LP_PROPERTY, 0, 4, value), INVALID_PARAMETER,
		    "read-only");
	TEST_STATUS(0x008a, lp_call(MEMORY, MCA_LPS, CPUS), INVALID_LP_INDEX, "LP 3");
}

#define MCG_CAP		0x179
#define MCG_STATUS	0x17a
#define MC0_CTL		0x400
#define EFER		0xc0000080

static u64 lp_get(u32 lp, u32 name, u64 *value)
{
	struct { u32 lp, reserved; u64 reserved2; u32 name; } in = { lp, 0, 0, name };
	u64 out[2] = { 0 }, result;

	result = hv_do(MEMORY, GET_LP_REGISTERS | REP(1), &in, 20, out, 16);
	*value = out[0];
	return result;
}

static u64 lp_set(u32 lp, u32 name, u64 value)
{
	struct {
		u32 lp, reserved;
		u64 reserved2;
		struct hv_assignment reg;
	} in = { .lp = lp, .reg = { .name = name, .value.u = { value } } };

	return hv_do(MEMORY, SET_LP_REGISTERS | REP(1), &in, sizeof(in), NULL, 0);
}

static u64 msr_of_cpu;
static void read_mc0_ctl(void *unused)
{
	(void)unused;
	msr_of_cpu = rdmsr(MC0_CTL);
}

static void registers(void)
{
	u64 value;

	TEST_STATUS(0x0088, lp_get(0, MCG_CAP, &value), SUCCESS, "IA32_MCG_CAP");
	TEST_EQUAL(0x0088, value, rdmsr(MCG_CAP), "as RDMSR reads it");
	if (value & 0xff) {
		TEST_STATUS(0x0089, lp_set(1, MC0_CTL, 0), SUCCESS, "bank 0 of LP 1 is off");
		TEST_STATUS(0x0088, lp_get(1, MC0_CTL, &value), SUCCESS, "IA32_MC0_CTL of LP 1");
		TEST_EQUAL(0x0088, value, 0, "is off");
		msr_of_cpu = 1;
		cpu_call(1, read_mc0_ctl, NULL);
		TEST_EQUAL(0x0089, msr_of_cpu, 0, "processor 1 reads that, too");
		TEST(0x0089, rdmsr(MC0_CTL) != 0, "and processor 0 has its own");
	}
	TEST_STATUS(0x0089, lp_set(0, MCG_CAP, 0), INVALID_PARAMETER, "IA32_MCG_CAP is read-only");
	TEST_STATUS(0x0088, lp_get(0, EFER, &value), INVALID_PARAMETER, "EFER is no such register");
	TEST_STATUS(0x0089, lp_set(0, EFER, 0), INVALID_PARAMETER, "nor can it be written");
	TEST_STATUS(0x0088, lp_get(CPUS, MCG_CAP, &value), INVALID_LP_INDEX, "LP 3");
}

#define DEVICE_IOAPIC	0x8000000000000000ull
#define DEVICE_PCI	0x4000000000000010ull	/* 00:02.0 */
#define PIN_PIT		2

struct map_in {
	u64 partition, device;
	u32 flags, base;
	u64 entry[2];
	u32 type, trigger, count, reserved, vector, target_flags;
	u64 format, banks, bank;
};

static u64 map_interrupt(u64 device, u32 vector, unsigned int cpu, u64 *entry)
{
	struct map_in in = {
		.partition = SELF, .device = device, .count = 1, .vector = vector,
		.target_flags = 2, .banks = 1, .bank = BIT(cpu),
	};
	u64 out[7];
	u64 result = hv_do(MEMORY, MAP_INTERRUPT | VAR(2), &in, sizeof(in), out, sizeof(out));

	entry[0] = out[0];
	entry[1] = out[1];
	return result;
}

static u64 unmap_interrupt(u64 device, const u64 *entry)
{
	struct { u64 partition, device, entry[2]; u32 flags; } in = {
		SELF, device, { entry[0], entry[1] },
	};

	return hv_do(MEMORY, UNMAP_INTERRUPT, &in, 36, NULL, 0);
}

#define IOAPIC_VA	TEST_VA

static void ioapic_write(u32 reg, u32 value)
{
	volatile u32 *ioapic = (void *)IOAPIC_VA;

	ioapic[0] = reg;
	ioapic[4] = value;
}

static void set_pin(u32 pin, u64 rte)
{
	ioapic_write(0x10 + 2 * pin, 0x10000);	/* masked */
	ioapic_write(0x11 + 2 * pin, rte >> 32);
	ioapic_write(0x10 + 2 * pin, (u32)rte);
}

/* The timer of the PC, at 1 kHz */
static void start_pit(void)
{
	outb(0x43, 0x34);
	outb(0x40, 1193 & 0xff);
	outb(0x40, 1193 >> 8);
}

static bool arrives(unsigned int cpu, u32 vector)
{
	u32 before = irq_count[cpu][vector];

	for (u64 end = rdtsc() + TIMEOUT_TICKS / 10; rdtsc() < end;) {
		if (irq_count[cpu][vector] - before >= 3)
			return true;
		pause();
	}
	return false;
}

static void interrupts(void)
{
	u64 entry[2], other[2];
	u32 elsewhere;

	map(IOAPIC_VA, 0xfec00000, PTE_P | PTE_W);
	TEST_STATUS(0x007c, map_interrupt(DEVICE_IOAPIC, 0x50, 1, entry), SUCCESS, "pin of the PIT");
	TEST_EQUAL(0x007c, entry[0], 2, "a redirection table entry");
	TEST_EQUAL(0x007c, entry[1], 0x0100000000000050ull, "to processor 1");
	start_pit();
	set_pin(PIN_PIT, entry[1]);
	TEST(0x007c, arrives(1, 0x50), "its interrupts arrive there");
	TEST_STATUS(0x007c, map_interrupt(DEVICE_IOAPIC, 0x51, 2, other), SUCCESS,
		    "to processor 2");
	set_pin(PIN_PIT, other[1]);
	TEST(0x007c, arrives(2, 0x51), "they arrive there");
	elsewhere = irq_count[1][0x50];
	arrives(2, 0x51);
	TEST_EQUAL(0x007c, irq_count[1][0x50], elsewhere, "and at processor 1 no more");
	set_pin(PIN_PIT, 0x10000);
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_IOAPIC, entry), SUCCESS, "the first is unmapped");
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_IOAPIC, entry), INVALID_PARAMETER,
		    "and not once more");
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_PCI, other), INVALID_PARAMETER,
		    "of another device");
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_IOAPIC, other), SUCCESS, "the second, too");

	/* A message to memory, written by a processor in the place of a device */
	TEST_STATUS(0x007c, map_interrupt(DEVICE_PCI, 0xef, 0, entry), SUCCESS, "message");
	TEST_EQUAL(0x007c, entry[0], 1, "of MSI");
	TEST_EQUAL(0x007c, entry[1], 0x000000effee00000ull, "to processor 0");
	TEST_STATUS(0x007c, map_interrupt(DEVICE_PCI, 0xef, 0, entry), SUCCESS, "the same again");
	TEST_STATUS(0x007c, map_interrupt(DEVICE_PCI, 0xef, 9, other), INVALID_VP_INDEX, "VP 9");
	TEST_STATUS(0x007c, map_interrupt(DEVICE_PCI, 15, 0, other), INVALID_PARAMETER, "vector 15");
	TEST_STATUS(0x007c, map_interrupt(5, 0x50, 0, other), INVALID_DEVICE_ID, "logical device");
	for (int i = 0; i < 2; i++)
		TEST_STATUS(0x007d, unmap_interrupt(DEVICE_PCI, entry), SUCCESS, "message");
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_PCI, entry), INVALID_PARAMETER, "no more");
}

static u64 device_call(u64 code, u64 partition, u64 device, u64 flags, u64 logical_id)
{
	u64 in[5] = { partition, device, flags, logical_id, 0 };

	return hv_do(MEMORY, code, in, code == ATTACH_DEVICE ? 40 : 16, NULL, 0);
}

static u64 owner(u64 device, u64 *value)
{
	u64 in[2] = { device, 1 };

	return hv_do(REGISTERS, GET_DEVICE_PROPERTY, in, sizeof(in), value, 16);
}

static void devices(void)
{
	u64 in[4] = { DEVICE_PCI, 1 }, value[2];

	TEST_STATUS(0x0082, device_call(ATTACH_DEVICE, SELF, DEVICE_PCI, 1, 5),
		    INSUFFICIENT_MEMORY, "the pool is empty");
	TEST_STATUS(0x0048, hv_deposit(SELF, 1), SUCCESS, "a page for it");
	TEST_STATUS(0x0082, device_call(ATTACH_DEVICE, SELF, DEVICE_PCI, 1, 5), SUCCESS, "device");
	TEST_STATUS(0x0082, device_call(ATTACH_DEVICE, SELF, DEVICE_PCI, 1, 6),
		    INVALID_DEVICE_STATE, "it is attached");
	TEST_STATUS(0x00aa, owner(DEVICE_PCI, value), SUCCESS, "partition of the device");
	TEST_EQUAL(0x00aa, value[0], 1, "is the root");
	TEST_STATUS(0x00aa, owner(DEVICE_IOAPIC, value), INVALID_DEVICE_ID, "not of an IOAPIC");
	TEST_STATUS(0x00ab, hv_do(REGISTERS, SET_DEVICE_PROPERTY, in, sizeof(in), NULL, 0),
		    INVALID_PARAMETER, "read-only");
	TEST_STATUS(0x00ed, hv_do(REGISTERS, PERSIST_INTERRUPT, in, sizeof(in), NULL, 0),
		    FEATURE_UNAVAILABLE, "no servicing");
	TEST_STATUS(0x0083, device_call(DETACH_DEVICE, SELF, 6, 0, 0), INVALID_DEVICE_ID, "no id 6");
	TEST_STATUS(0x0083, device_call(DETACH_DEVICE, SELF, 5, 0, 0), SUCCESS, "detached");
	TEST_STATUS(0x00aa, owner(DEVICE_PCI, value), SUCCESS, "partition of the device");
	TEST_EQUAL(0x00aa, value[0], 0, "is none");
}

#define MSR_VP_ASSIST	0x40000073
#define MSR_SIEFP	0x40000082
#define MSR_SIMP	0x40000083
#define MSR_SIRBP	0x40000085
#define MSR_TSC		0x40000021
#define MSR_TIME	0x40000020

static const u32 page_msrs[] = { MSR_VP_ASSIST, MSR_SIMP, MSR_SIEFP, MSR_SIRBP };

/* Addresses are there before they are enabled, one for each processor, and are memory */
static u64 pages[CPUS][ARRAY_SIZE(page_msrs)];
#define NO_MSR	1ull
static void read_pages(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < ARRAY_SIZE(page_msrs); i++)
		if (!rdmsr_safe(page_msrs[i], &pages[cpu_index()][i]))
			pages[cpu_index()][i] = NO_MSR;
}

static bool is_own_memory(u64 gpa)
{
	volatile u64 *page = (void *)(TEST_VA + 0x400000);

	map((u64)page, gpa, PTE_P | PTE_W);
	invlpg((void *)page);
	for (int i = 0; i < 512; i++)
		page[i] = gpa + i;
	for (int i = 0; i < 512; i++)
		if (page[i] != gpa + i)
			return false;
	page[0] = 0;
	return true;
}

/* As /dev/mshv sets it up, linux-clients.md §6.2: the pages are where they are, and a message comes */
static void synic_on_owned_pages(void)
{
	u64 simp, siefp, value;
	volatile u32 *slot = (volatile u32 *)(TEST_VA + 0x500000);
	u32 before = irq_count[0][0x71];

	if (!rdmsr_safe(MSR_SCONTROL, &value))
		return;
	simp = rdmsr(MSR_SIMP);
	siefp = rdmsr(MSR_SIEFP);
	wrmsr(MSR_SIMP, simp | 1);
	wrmsr(MSR_SIEFP, siefp | 1);
	wrmsr(MSR_SINT0, 0x71);
	wrmsr(MSR_SCONTROL, 1);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_SIMP), simp | 1, "the message page is enabled where it is");
	TEST_EQUAL(NO_CALL, rdmsr(MSR_SIEFP), siefp | 1, "so is that of events");
	TEST_EQUAL(NO_CALL, rdmsr(MSR_SCONTROL), 1, "and the SynIC");
	map((u64)slot, simp, PTE_P | PTE_W);
	invlpg((void *)slot);
	/* A synthetic timer that expires at once and sends to SINT 0 */
	wrmsr(MSR_STIMER0_CONFIG + 1, 1);
	wrmsr(MSR_STIMER0_CONFIG, BIT(0) | BIT(3));
	for (unsigned int i = 0; !slot[0] && i < 1000; i++)
		delay(1);
	TEST_EQUAL(NO_CALL, slot[0], 0x80000010, "a timer's message comes there");
	TEST(NO_CALL, irq_count[0][0x71] > before, "with its interrupt");
	wrmsr(MSR_STIMER0_CONFIG, 0);
	slot[0] = 0;
	wrmsr(MSR_SCONTROL, 0);
	wrmsr(MSR_SIMP, simp);
	wrmsr(MSR_SIEFP, siefp);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_SIMP), simp, "and is disabled again");
}

static void owned_pages(void)
{
	u64 tsc_page, time, tsc[4];
	bool distinct = true;

	read_pages(NULL);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_call(cpu, read_pages, NULL);
	for (unsigned int i = 0; i < CPUS * ARRAY_SIZE(page_msrs); i++) {
		u64 a = (&pages[0][0])[i];

		/* Without QEMU's flags there is no SynIC */
		if (a == NO_MSR)
			continue;
		TEST(NO_CALL, a && !(a & 0xfff), "MSR 0x%x of processor %lu names a page",
		     page_msrs[i % ARRAY_SIZE(page_msrs)], i / ARRAY_SIZE(page_msrs));
		TEST(NO_CALL, is_own_memory(a), "which is memory");
		for (unsigned int j = 0; j < i; j++)
			distinct &= a != (&pages[0][0])[j];
	}
	TEST(NO_CALL, distinct, "no page twice");

	tsc_page = rdmsr(MSR_TSC);
	TEST(NO_CALL, tsc_page && !(tsc_page & 0xfff), "a page for the reference TSC");
	wrmsr(MSR_TSC, tsc_page | 1);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_TSC), tsc_page | 1, "is enabled where it is");
	map(TEST_VA + 0x400000, tsc_page, PTE_P | PTE_W);
	invlpg((void *)(TEST_VA + 0x400000));
	memcpy(tsc, (void *)(TEST_VA + 0x400000), sizeof(tsc));
	time = rdmsr(MSR_TIME);
	TEST(NO_CALL, !(u32)tsc[0] ||
	     (u64)((__int128)rdtsc() * tsc[1] >> 64) + tsc[2] - time < 10000000,
	     "and tells the time");
	wrmsr(MSR_TSC, 0);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_TSC), tsc_page, "taken back it is where it was");
	synic_on_owned_pages();
}

static u64 set_sleep_state(u32 state)
{
	struct { u32 property, reserved, state; u8 value[60]; } in = { 3, 0, state };

	return hv_do(MEMORY, SET_SYSTEM_PROPERTY, &in, sizeof(in), NULL, 0);
}

static u64 get_system(u32 property, u64 argument, u64 *value)
{
	struct { u32 property, reserved; u64 argument; } in = { property, 0, argument };

	return hv_do(MEMORY, GET_SYSTEM_PROPERTY, &in, sizeof(in), value, 8);
}

static void system_and_power(void)
{
	u64 in[3] = { 1, 0, 0 }, value;

	TEST_STATUS(0x007b, get_system(15, 0, &value), SUCCESS, "scheduler type");
	TEST_EQUAL(0x007b, value, 4, "is root");
	TEST_STATUS(0x007b, get_system(47, 0, &value), UNKNOWN_PROPERTY, "no crash dump area");
	TEST_STATUS(0x009b, hv_do(REGISTERS, GET_POWER, in, 16, &value, 8), SUCCESS, "performance");
	TEST_EQUAL(0x009b, value, 0, "is the root's");
	TEST_STATUS(0x009c, hv_do(REGISTERS, SET_POWER, in, 24, NULL, 0), SUCCESS, "as it is");
	in[2] = 1;
	TEST_STATUS(0x009c, hv_do(REGISTERS, SET_POWER, in, 24, NULL, 0), INVALID_PARAMETER,
		    "and not the hypervisor's");
	in[0] = 3;
	TEST_STATUS(0x009b, hv_do(REGISTERS, GET_POWER, in, 16, &value, 8), UNKNOWN_PROPERTY, "3");
	TEST_STATUS(0x0084, hv_fast(ENTER_SLEEP, 5, 0), INVALID_PARAMETER, "S5 is not registered");
	TEST_STATUS(0x006f, set_sleep_state(7), INVALID_PARAMETER, "no state 7");
	TEST_STATUS(0x006f, set_sleep_state(5), SUCCESS, "S5");
	TEST_STATUS(0x0084, hv_fast(ENTER_SLEEP, 3, 0), INVALID_PARAMETER, "S3 is not");
	TEST_STATUS(0x006f, set_sleep_state(6), SUCCESS, "that is all");
	TEST_STATUS(0x006f, set_sleep_state(4), OPERATION_DENIED, "no more");
}

void test_main(void)
{
	hv_init();
	processors();
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_start(cpu);
	irq_enable();
	registers();
	interrupts();
	devices();
	owned_pages();
	system_and_power();
	tap_plan();
	hv_fast(ENTER_SLEEP, 5, 0);
	printf("not ok - S5 does not return\n");
}
