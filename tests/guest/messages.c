// SPDX-License-Identifier: GPL-2.0
/*
 * Messages and event flags on their way to a VP (sheet §10): 0x00c1 and 0x00c0 send
 * them from VP 0 to VP 1, which sleeps, spins or has its slots full.
 */
/* run: --role root; smp 2 */
/* run: --role root; smp 2; qemu -global host-x86_64-cpu.kvm=off */
/* run: --role guest; smp 1 */
/* run: --role guest --privileges +create-partitions; smp 1 */
#include "hv.h"

struct message {
	u32 type;
	u8 size, flags;
	u16 reserved;
	u64 sender;
	u8 payload[240];
} __attribute__((packed));

struct post_in {
	u64 partition;
	u32 vp;
	u8 vtl, padding[3];
	u32 sint;
	struct message message;
	u32 padding2;
} __attribute__((packed));

_Static_assert(sizeof(struct post_in) == 280, "0x00c1 input");

struct signal_in {
	u64 partition;
	u32 vp;
	u8 vtl, sint;
	u16 flag;
};

_Static_assert(sizeof(struct signal_in) == 16, "0x00c0 input");

#define PENDING		1
#define MASKED		BIT(16)
#define AUTO_EOI	BIT(17)
#define POLLING		BIT(18)

#define SINT		3
#define VECTOR		0x63
#define MESSAGE_TYPE	0x1000
#define BUFFERS		16

/* VP 1's pages and what it is to do with them. */
static struct message simp[16] PAGE_ALIGNED;
static u64 siefp[16][32] PAGE_ALIGNED;
static volatile struct message *const slot = &simp[SINT];
static volatile u64 *const flags = siefp[SINT];

static void do_enable(void *sint)
{
	wrmsr(MSR_SIMP, (u64)simp | 1);
	wrmsr(MSR_SIEFP, (u64)siefp | 1);
	wrmsr(MSR_SINT0 + SINT, (u64)sint);
	wrmsr(MSR_SCONTROL, 1);
}

static void enable(u64 sint)
{
	cpu_call(1, do_enable, (void *)sint);
}

static void do_wrmsr(void *arg)
{
	u64 *access = arg;

	wrmsr(access[0], access[1]);
}

static void set_msr(u32 msr, u64 value)
{
	cpu_call(1, do_wrmsr, (u64[]){ msr, value });
}

static u32 interrupts(void)
{
	return irq_count[1][VECTOR];
}

static u64 post(u32 number)
{
	struct post_in in = { SELF, 1, 0, {}, SINT, { MESSAGE_TYPE + number, 8, 0, 0, 0x5e4de4, {} }, 0 };

	memset(in.message.payload, number, 8);
	return hv_do(MEMORY, POST_DIRECT, &in, sizeof(in), NULL, 0);
}

static u64 signal(u16 flag, u8 *newly)
{
	struct signal_in in = { SELF, 1, 0, SINT, flag };
	u64 out, result = hv_do(MEMORY, SIGNAL_DIRECT, &in, sizeof(in), &out, sizeof(out));

	*newly = out;
	return result;
}

static bool arrives(u32 number)
{
	return wait_until((volatile u32 *)&slot->type, MESSAGE_TYPE + number);
}

/* Frees the slot; VP 1 writes EOM. */
static void consume(void)
{
	slot->type = 0;
	set_msr(MSR_EOM, 0);
}

static void test_message(void)
{
	u32 before = interrupts();

	TEST_STATUS(0x00c1, post(1), SUCCESS, "message to a halted VP: status");
	TEST(0x00c1, wait_until(&irq_count[1][VECTOR], before + 1), "message to a halted VP: interrupt");
	TEST(0x00c1, arrives(1) && slot->size == 8 && !slot->flags && slot->sender == 0x5e4de4 &&
	     slot->payload[0] == 1 && slot->payload[7] == 1, "message to a halted VP: content");
	consume();
}

static void test_queue(void)
{
	u32 before = interrupts();
	bool order = true, pending = true;
	u32 n;

	TEST_STATUS(0x00c1, post(0), SUCCESS, "first message");
	TEST(0x00c1, arrives(0), "first message arrives");
	for (n = 1; n <= BUFFERS; n++)
		if (STATUS(post(n)))
			break;
	TEST_EQUAL(0x00c1, n, BUFFERS + 1, "as many messages wait as there are buffers");
	TEST_STATUS(0x00c1, post(n), INSUFFICIENT_BUFFERS, "one more");
	TEST(0x00c1, slot->type == MESSAGE_TYPE && wait_until(&irq_count[1][VECTOR], before + 1),
	     "an occupied slot is left alone");
	for (n = 0; n < BUFFERS; n++) {
		pending &= slot->flags & PENDING;
		consume();
		order &= arrives(n + 1);
	}
	TEST(0x00c1, order, "each EOM brings the next message");
	TEST(0x00c1, pending, "a message says that another one waits");
	TEST(0x00c1, !(slot->flags & PENDING), "the last one says that none does");
	TEST_EQUAL(0x00c1, interrupts() - before, BUFFERS + 1, "an interrupt each");
	consume();
}

static void do_cpuid(void *arg)
{
	*(u32 *)arg = cpuid(0, 0).eax;
}

static void do_eoi(void *unused)
{
	(void)unused;
	apic[APIC_EOI] = 0;
}

/* What else lets a message into its slot. */
static void test_look_again(void)
{
	u32 max;

	post(1);
	arrives(1);
	post(2);
	slot->type = 0;
	cpu_call(1, do_eoi, NULL);
	TEST(0x00c1, arrives(2), "a free slot is found at an EOI");
	post(3);
	slot->type = 0;
	TEST_STATUS(0x00c1, post(4), SUCCESS, "another message for a free slot");
	TEST(0x00c1, arrives(3), "a free slot is found when another message comes");
	slot->type = 0;
	cpu_call(1, do_cpuid, &max);
	TEST(0x00c1, arrives(4), "a free slot is found at some exit");

	post(5);
	set_msr(MSR_SIMP, 0);
	TEST_STATUS(0x00c1, post(6), INVALID_SYNIC_STATE, "message page is disabled");
	set_msr(MSR_SIMP, (u64)simp | 1);
	/* Whether the page has kept what was in it is the VMM's affair. */
	if (slot->type != MESSAGE_TYPE + 5)
		consume();
	TEST(0x00c1, arrives(5), "a message waits while its page is disabled");
	consume();
	set_msr(MSR_SCONTROL, 0);
	TEST_STATUS(0x00c1, post(6), INVALID_SYNIC_STATE, "SynIC is disabled");
	set_msr(MSR_SCONTROL, 1);
}

static void test_flags(void)
{
	u32 before = interrupts();
	u8 newly;

	TEST_STATUS(0x00c0, signal(65, &newly), SUCCESS, "event: status");
	TEST_EQUAL(0x00c0, newly, 1, "event: newly signaled");
	TEST(0x00c0, wait_until(&irq_count[1][VECTOR], before + 1), "event: interrupt");
	TEST_EQUAL(0x00c0, flags[1], 2, "event: flag");
	signal(65, &newly);
	signal(2047, &newly);
	TEST(0x00c0, wait_until(&irq_count[1][VECTOR], before + 2) && flags[1] == 2 && flags[31] == BIT(63),
	     "an interrupt only for a flag that was clear");
	flags[1] = flags[31] = 0;
	set_msr(MSR_SIEFP, 0);
	TEST_STATUS(0x00c0, signal(1, &newly), INVALID_SYNIC_STATE, "event page is disabled");
	set_msr(MSR_SIEFP, (u64)siefp | 1);
}

/* VP 1 halts until it is told to stop. */
static volatile u32 asleep, stop, halts;

static void sleeper(void *unused)
{
	(void)unused;
	for (halts = 0; !stop; halts++) {
		irq_disable();
		asleep = 1;
		halt();
	}
}

static void sleep_begin(void)
{
	asleep = stop = 0;
	cpu_run(1, sleeper, NULL);
	wait_until(&asleep, 1);
	delay(20);
}

/* How often its HLT has returned before. */
static u32 sleep_end(void)
{
	u32 n = halts;

	stop = 1;
	apic[APIC_ICR2] = 1 << 24;
	apic[APIC_ICR] = 0x4000 | VEC_WORK;
	cpu_wait(1);
	return n;
}

static void test_halted(void)
{
	bool seen = true;
	u8 newly;

	/* What makes no interrupt does not end HLT. */
	enable(VECTOR | MASKED | POLLING);
	sleep_begin();
	for (u32 n = 0; n < 32; n++) {
		TEST_STATUS(0x00c1, post(n), SUCCESS, "polled message %u", n);
		seen &= arrives(n);
		slot->type = 0;
		seen &= !STATUS(signal(n, &newly)) && wait_until((volatile u32 *)flags, BIT(n % 32));
		flags[0] = 0;
	}
	delay(20);
	TEST(0x00c1, seen, "a halted VP's pages are written at once");
	TEST_EQUAL(0x00c1, sleep_end(), 0, "and its HLT does not return");

	enable(VECTOR);
	sleep_begin();
	post(1);
	TEST(0x00c1, wait_until(&halts, 1), "an interrupt ends HLT");
	delay(20);
	TEST_EQUAL(0x00c1, sleep_end(), 1, "once");
	consume();
}

/* VP 1 spins with interrupts off and makes no exits. */
static volatile u32 spinning, irq_while_off;

static void spinner(void *unused)
{
	u64 start = rdtsc();

	(void)unused;
	irq_disable();
	spinning = 1;
	while (slot->type != MESSAGE_TYPE + 7 && rdtsc() - start < 20000000000ull)
		pause();
	irq_while_off = interrupts();
	irq_enable();
}

static void test_spinning(void)
{
	u32 before = interrupts();

	spinning = 0;
	cpu_run(1, spinner, NULL);
	wait_until(&spinning, 1);
	delay(10);
	post(7);
	TEST(0x00c1, arrives(7), "a VP that spins with interrupts off sees its message");
	cpu_wait(1);
	TEST_EQUAL(0x00c1, irq_while_off, before, "and no interrupt meanwhile");
	TEST(0x00c1, wait_until(&irq_count[1][VECTOR], before + 1), "but afterwards");
	consume();
}

static volatile u32 in_service;

static void look_in_service(unsigned int vector)
{
	if (vector == VECTOR)
		in_service = apic[APIC_ISR + VECTOR / 32 * 4] >> VECTOR % 32 & 1;
}

static u32 service_of(u64 sint)
{
	u32 before = interrupts();

	enable(sint);
	in_service = ~0u;
	irq_hook = look_in_service;
	post(1);
	wait_until(&irq_count[1][VECTOR], before + 1);
	consume();
	irq_hook = NULL;
	return in_service;
}

static void test_sints(void)
{
	u32 before;
	u8 newly;

	TEST_EQUAL(0x00c1, service_of(VECTOR), 1, "an interrupt is in service until its EOI");
	TEST_EQUAL(0x00c1, service_of(VECTOR | AUTO_EOI), 0, "with auto-EOI it is not");

	enable(VECTOR | MASKED);
	before = interrupts();
	TEST_STATUS(0x00c0, signal(1, &newly), INVALID_SYNIC_STATE, "event to a masked SINT");
	TEST_STATUS(0x00c1, post(1), SUCCESS, "message to a masked SINT");
	TEST(0x00c1, arrives(1), "it is in its slot");
	consume();
	enable(VECTOR | POLLING);
	TEST_STATUS(0x00c1, post(2), SUCCESS, "message to a polled SINT");
	TEST(0x00c1, arrives(2), "it is in its slot");
	consume();
	TEST_EQUAL(0x00c1, interrupts(), before, "neither makes an interrupt");
}

/* The event ring page: whoever can have children can have doorbells. */
static void test_sirbp(void)
{
	bool may = hv_may(PRIV_CREATE_PARTITIONS);
	u64 value;

	TEST_EQUAL(NO_CALL, rdmsr_safe(MSR_SIRBP, &value), may, "SIRBP can be read");
	TEST_EQUAL(NO_CALL, wrmsr_safe(MSR_SIRBP, (u64)simp | 1), may, "SIRBP can be written");
	if (!may)
		return;
	/* A root finds a page of the hypervisor's there */
	TEST(NO_CALL, !value != hv_is_root(), "SIRBP before it is written");
	TEST_EQUAL(NO_CALL, rdmsr(MSR_SIRBP), (u64)simp | 1, "SIRBP is what was written");
	wrmsr(MSR_SIRBP, 0);
}

void test_main(void)
{
	hv_init();
	test_sirbp();
	if (!hv_is_root())
		return;
	cpu_start(1);
	TEST_STATUS(0x00c1, post(1), INVALID_SYNIC_STATE, "before the SynIC is enabled");
	enable(VECTOR);
	test_message();
	test_queue();
	test_look_again();
	test_flags();
	test_halted();
	test_spinning();
	test_sints();
}
