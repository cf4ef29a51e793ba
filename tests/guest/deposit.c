// SPDX-License-Identifier: GPL-2.0
/*
 * A deposited page is out of its owner's reach until it is withdrawn (sheet §15, 0x0048 and
 * 0x0049; for #GP see Documentation/differences.rst), whatever way the guest goes to it.
 */
/* run: --role root; smp 2 */
/* run: --role root; smp 2; cpu plain */
/* run: --role root; smp 2; append killed; killed */
/* run: --role root; smp 2; append detached; detached */
#include "hv.h"

#define CREATE		0x0040
#define DEPOSIT		0x0048
#define WITHDRAW	0x0049

#define BLOCK		0x2000000ull	/* 2 MiB of RAM behind the image */
#define BLOCK_PAGES	512
#define VICTIM		5		/* page of the block */
#define DEBUG_PORT	0x3fd		/* of COM1: reading it changes nothing */
#define MSR_KVM_CLOCK	0x4b564d01
#define MSR_KVM_STEAL	0x4b564d03

static u8 *page(unsigned int i)
{
	return (u8 *)(BLOCK + i * PAGE_SIZE);
}

static u64 deposit(u64 partition, u64 gfn, unsigned int count)
{
	u64 in[1 + 64] = { partition };

	for (unsigned int i = 0; i < count; i++)
		in[1 + i] = gfn + i;
	return hv_do(MEMORY, DEPOSIT | REP(count), in, 8 + 8 * count, NULL, 0);
}

static u64 withdraw(u64 partition, unsigned int count, u64 *gfns)
{
	u64 in[2] = { partition, 0 };

	return hv_do(MEMORY, WITHDRAW | REP(count), in, sizeof(in), gfns, 8 * count);
}

/* Takes everything out of a pool and returns the number of pages. */
static unsigned int withdraw_all(u64 partition)
{
	unsigned int n = 0;
	u64 gfns[64], result;

	do {
		result = withdraw(partition, ARRAY_SIZE(gfns), gfns);
		n += REPS(result);
	} while (STATUS(result) == HV_SUCCESS && REPS(result));
	return n;
}

static u64 create_child(void)
{
	struct {
		u64 flags, proximity;
		u32 version, pad;
		u64 features[2], xsave, isolation;
	} in = { .version = 0x0609 };
	u64 id = 0;

	/* It is made of its parent's memory */
	for (unsigned int i = 0; i < 16; i++)
		deposit(SELF, (u64)alloc_page() / PAGE_SIZE, 1);
	TEST_STATUS(NO_CALL, hv_do(MEMORY, CREATE, &in, sizeof(in), &id, 8), SUCCESS, "a child");
	return id;
}

/* Ways to go to a page. */
static void do_read(void *p)
{
	(void)*(volatile u8 *)p;
}

static void do_write(void *p)
{
	*(volatile u8 *)p = 1;
}

static void do_locked(void *p)
{
	asm volatile("lock incl (%0)" :: "r"(p) : "memory");
}

static void do_execute(void *p)
{
	((void (*)(void))p)();
}

static void do_copy_from(void *p)
{
	void *to = page(100);
	u64 n = 64;

	asm volatile("rep movsb" : "+D"(to), "+S"(p), "+c"(n) :: "memory");
}

static void do_copy_to(void *p)
{
	void *from = page(100);
	u64 n = 64;

	asm volatile("rep movsb" : "+D"(p), "+S"(from), "+c"(n) :: "memory");
}

/* Runs into it from the page before. */
static void do_copy_across(void *p)
{
	void *from = page(100), *to = (u8 *)p - 32;
	u64 n = 64;

	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) :: "memory");
}

/* String I/O: the monitor's emulator goes to memory, not the processor. */
static void do_ins(void *p)
{
	u64 n = 4;

	asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(DEBUG_PORT) : "memory");
}

static void do_ins_across(void *p)
{
	u8 *to = (u8 *)p - 2;
	u64 n = 4;

	asm volatile("rep insb" : "+D"(to), "+c"(n) : "d"(DEBUG_PORT) : "memory");
}

static void do_outs(void *p)
{
	u64 n = 4;

	asm volatile("rep outsb" : "+S"(p), "+c"(n) : "d"(0x80) : "memory");
}

/* Emulated because of the other operand. */
static void do_from_device(void *p)
{
	const volatile u32 *from = &apic[APIC_VERSION];

	asm volatile("movsl" : "+D"(p), "+S"(from) :: "memory");
}

static void do_to_device(void *p)
{
	volatile u32 *to = &apic[APIC_TPR];

	asm volatile("movsl" : "+S"(p), "+D"(to) :: "memory");
}

/* As a page table. */
static void do_walk(void *p)
{
	(void)p;
	invlpg((void *)TEST_VA);
	(void)*(volatile u8 *)TEST_VA;
}

static void test_ways(unsigned int victim)
{
	static const struct {
		const char *name;
		void (*fn)(void *p);
	} ways[] = {
		{ "read", do_read }, { "write", do_write }, { "locked add", do_locked },
		{ "execute", do_execute }, { "copy from", do_copy_from },
		{ "copy to", do_copy_to }, { "copy into from the page before", do_copy_across },
		{ "string input", do_ins }, { "string input across", do_ins_across },
		{ "string output", do_outs }, { "copy from a device", do_from_device },
		{ "copy to a device", do_to_device }, { "page walk", do_walk },
	};
	struct fault f;

	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		f = (struct fault){};
		catch(&f, ways[i].fn, page(victim));
		TEST(0x0048, f.vector == VEC_GP && !f.error, "%s: #GP(0) (%lu, 0x%lx)",
		     ways[i].name, f.vector, f.error);
	}
	TEST_STATUS(0x0048, hv_call(GET_PARTITION_ID, 0, (u64)page(victim)),
		    INVALID_HYPERCALL_INPUT, "as a hypercall's output");
	TEST_STATUS(0x0048, hv_call(GET_PROPERTY, (u64)page(victim), (u64)page(100)),
		    INVALID_HYPERCALL_INPUT, "as a hypercall's input");
	TEST_STATUS(0x0048, deposit(SELF, (u64)page(victim) / PAGE_SIZE, 1), OPERATION_DENIED,
		    "deposited twice");
	TEST(0x0048, !wrmsr_safe(MSR_REFERENCE_TSC, (u64)page(victim) | 1),
	     "#GP for the reference TSC page there");
	TEST(0x0048, !wrmsr_safe(MSR_KVM_CLOCK, (u64)page(victim) | 1), "#GP for KVM's clock there");
	TEST(0x0048, !wrmsr_safe(MSR_KVM_STEAL, (u64)page(victim) | 1), "#GP for steal time there");
}

static void fill(void)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i++)
		memset(page(i), i | 1, PAGE_SIZE);
}

static bool holds(unsigned int i, u8 byte)
{
	for (unsigned int at = 0; at < PAGE_SIZE; at++)
		if (page(i)[at] != byte)
			return false;
	return true;
}

/* Pages of the block that do not hold what fill() left, within [from, to). */
static unsigned int spoilt(unsigned int from, unsigned int to)
{
	unsigned int n = 0;

	for (unsigned int i = from; i < to; i++)
		n += i != 100 && !holds(i, i | 1);
	return n;
}

static void test_one(u64 partition, const char *whose)
{
	u64 gfn = 0, entry;
	struct fault f;

	TEST(NO_CALL, wrmsr_safe(MSR_KVM_CLOCK, (u64)page(101) | 1) && wrmsr_safe(MSR_KVM_CLOCK, 0),
	     "KVM's clock may be elsewhere");
	fill();
	page(VICTIM)[0] = 0xc3;	/* ret */
	entry = (u64)page(VICTIM + 1) | PTE_P | PTE_W;
	memcpy(page(VICTIM) + 8, &entry, 8);
	/* The walk's last table is the page: its entries 0 and 1 */
	map(TEST_VA, (u64)page(VICTIM + 1), PTE_P | PTE_W);
	*pte(TEST_VA, 2) = (u64)page(VICTIM) | PTE_P | PTE_W;
	invlpg((void *)TEST_VA);

	TEST_STATUS(0x0048, deposit(partition, (u64)page(VICTIM) / PAGE_SIZE, 1), SUCCESS,
		    "a page into %s pool", whose);
	test_ways(VICTIM);
	TEST_EQUAL(0x0048, spoilt(0, VICTIM - 1), 0, "pages before it are unaffected");
	TEST_EQUAL(0x0048, spoilt(VICTIM + 1, BLOCK_PAGES), 0, "pages behind it are unaffected");

	TEST_STATUS(0x0049, withdraw(partition, 1, &gfn), SUCCESS, "taken back from %s pool", whose);
	TEST_EQUAL(0x0049, gfn, (u64)page(VICTIM) / PAGE_SIZE, "the page that was deposited");
	TEST(0x0049, !catch(&f, do_read, page(VICTIM)), "it can be read again");
	TEST(0x0049, holds(VICTIM, 0), "it is zeroed");
	page(VICTIM)[0] = 0xc3;
	TEST(0x0049, !catch(&f, do_write, page(VICTIM) + 1), "and written");
	TEST(0x0049, !catch(&f, do_execute, page(VICTIM)), "and executed");
	TEST(0x0049, !catch(&f, do_ins, page(VICTIM)), "and a target of string input");
	TEST_STATUS(0x0049, withdraw(partition, 1, &gfn), NO_RESOURCES, "then the pool is empty");
}

static volatile u32 spinning;

static void spin_reading(void *arg)
{
	struct fault *f = arg;
	volatile u8 *p = page(VICTIM);

	(void)f;
	spinning = 1;
	for (;;)
		(void)*p;
}

static void spin_until_fault(void *arg)
{
	catch(arg, spin_reading, arg);
}

/* Another processor has the page in its TLB. */
static void test_tlb(void)
{
	static struct fault f;
	u64 gfn;

	f = (struct fault){};
	cpu_start(1);
	spinning = 0;
	cpu_run(1, spin_until_fault, &f);
	TEST(NO_CALL, wait_until(&spinning, 1), "another processor reads the page");
	delay(20);
	TEST_STATUS(0x0048, deposit(SELF, (u64)page(VICTIM) / PAGE_SIZE, 1), SUCCESS,
		    "deposited meanwhile");
	cpu_wait(1);
	TEST(0x0048, f.vector == VEC_GP, "the other processor got #GP (%lu)", f.vector);
	withdraw(SELF, 1, &gfn);
}

/* Programmable attribute map of the chipset: what is at 0xf0000 */
#define PAM0		0x80000058	/* and byte 1 of it */
#define PAM_READ_ONLY	0x10
#define PAM_RAM		0x30

static void set_pam(u8 value)
{
	asm volatile("outl %0, %1" :: "a"(PAM0), "Nd"((u16)0xcf8));
	outb(0xcfd, value);
}

/* The monitor makes its memory slot anew: with the RAM below it becomes one, or is no more. */
static void test_slots(u64 partition)
{
	unsigned int denied;
	struct fault f;
	u64 gfn;

	fill();
	TEST_STATUS(0x0048, deposit(partition, (u64)page(VICTIM) / PAGE_SIZE, 1), SUCCESS,
		    "deposited before slots change");
	for (unsigned int round = 0; round < 4; round++) {
		set_pam(round % 2 ? PAM_READ_ONLY : PAM_RAM);
		denied = 0;
		for (unsigned int i = BLOCK_PAGES; i-- > 0; )
			denied += catch(&f, i % 2 ? do_read : do_write, page(i));
		TEST_EQUAL(0x0048, denied, 1, "only that page is denied in other slots, %u", round);
		TEST(0x0048, catch(&f, do_ins, page(VICTIM)), "to the emulator too");
	}
	withdraw(partition, 1, &gfn);
	TEST(0x0049, !catch(&f, do_write, page(VICTIM)), "and not when it is withdrawn");
}

static void test_many(u64 partition)
{
	unsigned int denied = 0, zeroed = 0;
	struct fault f;

	fill();
	/* Every other group of 8 pages, and both ends of the 2 MiB */
	for (unsigned int i = 0; i < BLOCK_PAGES; i += 16)
		TEST_EQUAL(0x0048, deposit(partition, BLOCK / PAGE_SIZE + i, 8), REP(8),
			   "8 pages from %u", i);
	TEST_EQUAL(0x0048, deposit(partition, BLOCK / PAGE_SIZE + BLOCK_PAGES - 1, 1), REP(1),
		   "the last page of the 2 MiB");
	for (unsigned int i = 0; i < BLOCK_PAGES; i++)
		denied += catch(&f, i % 2 ? do_read : do_write, page(i));
	TEST_EQUAL(0x0048, denied, BLOCK_PAGES / 2 + 1, "exactly these are denied");
	TEST_EQUAL(0x0049, withdraw_all(partition), BLOCK_PAGES / 2 + 1, "all come back");
	denied = 0;
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		denied += catch(&f, do_read, page(i));
		zeroed += holds(i, 0);
	}
	TEST_EQUAL(0x0049, denied, 0, "all can be read");
	TEST_EQUAL(0x0049, zeroed, BLOCK_PAGES / 2 + 1, "these are zeroed");
}

/* Holds on to deposited pages, on both processors, until the VMM is killed. */
static void keep(void *arg)
{
	struct fault f;

	(void)arg;
	for (;;)
		catch(&f, do_read, page(VICTIM));
}

/* The VM is detached: everything is its own again, with what was in it. */
static void test_detached(void)
{
	unsigned int denied = 0;
	struct fault f;

	deposit(SELF, BLOCK / PAGE_SIZE, 64);
	deposit(SELF, BLOCK / PAGE_SIZE + 256, 1);
	TEST(NO_CALL, catch(&f, do_read, page(VICTIM)), "deposited");
	printf("# ready\n");
	for (unsigned int i = 0; i < 600 && catch(&f, do_read, page(VICTIM)); i++)
		delay(100);
	for (unsigned int i = 0; i < BLOCK_PAGES; i++) {
		denied += catch(&f, do_write, page(i));
		page(i)[0] = i | 1;
	}
	TEST_EQUAL(NO_CALL, denied, 0, "all can be written after detaching");
	TEST_EQUAL(NO_CALL, spoilt(0, BLOCK_PAGES), 0, "and hold what they held");
}

void test_main(void)
{
	u64 child;

	hv_init();
	fill();
	if (cmdline_has("detached")) {
		test_detached();
		return;
	}
	if (cmdline_has("killed")) {
		cpu_start(1);
		deposit(SELF, BLOCK / PAGE_SIZE, 64);
		cpu_run(1, keep, NULL);
		printf("# ready\n");
		keep(NULL);
	}
	test_one(SELF, "its own");
	test_tlb();
	child = create_child();
	test_one(child, "a child's");
	test_many(child);
	test_slots(child);
}
