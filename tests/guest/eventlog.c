// SPDX-License-Identifier: GPL-2.0
/*
 * The event log of a root (sheet §13, §15.10; TLFS 2.0 chapter 19): buffers of two pages, filled
 * by what the machine does, read where they are mapped, given back.
 */
/* run: --role root; smp 2 */
/* run: --role root; smp 2; cpu plain */
#include "parent.h"

#define GLOBAL		0
#define LOCAL		1
#define SYSTEM		2

#define FREE		1
#define IN_USE		2
#define COMPLETE	3
#define READY		4
#define NONE		0xffffffffu

#define HC		0x400ull
#define VP		0x8000ull
#define VM		0x200000ull
#define MM		0x4000000ull

#define PAGES		2
#define BUFFERS		3
#define HEADER		72
#define ENTRY		48
#define PER_BUFFER	((PAGES * PAGE_SIZE - HEADER) / ENTRY)
#define VECTOR		0x70

struct header {
	u32 size, index, lost, reference_count;
	u64 time, reserved[2];
	u16 lp, logger;
	u32 state, next_offset, type, next_index, sequence;
	u64 reserved2;
};

struct entry {
	u32 context;
	u16 size, type;
	u64 time, partition;
	u32 vp, detail;
	u64 args[2];
};

_Static_assert(sizeof(struct header) == HEADER, "header");
_Static_assert(sizeof(struct entry) == ENTRY, "entry");

static u8 sim[PAGE_SIZE] PAGE_ALIGNED;
static volatile struct header *buffers[BUFFERS];
static bool synic;

static u64 init_group(u16 type, u16 mode, u32 max, u32 size, u32 threshold, u32 basis)
{
	struct {
		u16 type, mode;
		u32 max, size, threshold, basis;
		u64 system_time;
	} __attribute__((packed)) in = { type, mode, max, size, threshold, basis, 0 };

	return WITH_MEMORY(SELF, hv_do(MEMORY, LOG_INIT, &in, 28, NULL, 0));
}

static u64 buffer_call(u64 code, u32 type, u32 index)
{
	u32 in[4] = { type, index };

	return WITH_MEMORY(SELF, hv_do(REGISTERS, code, in, code == LOG_CREATE ? 16 : 8, NULL, 0));
}

static u64 map_buffer(u32 type, u32 index, u64 *pages)
{
	u32 in[2] = { type, index };

	return WITH_MEMORY(SELF, hv_do(MEMORY, LOG_MAP, in, 8, pages, 8 * PAGES));
}

static u64 set_sources(u32 type, u64 mask)
{
	u64 in[2] = { type, mask };

	return hv_do(REGISTERS, LOG_SOURCES, in, 16, NULL, 0);
}

/* The pages of a buffer side by side */
static volatile struct header *place(unsigned int index, const u64 *pages)
{
	u64 va = TEST_VA + 0x600000 + index * PAGES * PAGE_SIZE;

	for (unsigned int i = 0; i < PAGES; i++) {
		map(va + i * PAGE_SIZE, pages[i] * PAGE_SIZE, PTE_P | PTE_W);
		invlpg((void *)(va + i * PAGE_SIZE));
	}
	return (volatile struct header *)va;
}

static volatile struct entry *entry(unsigned int buffer, unsigned int n)
{
	return (volatile struct entry *)((u64)buffers[buffer] + HEADER) + n;
}

static void write_to(void *p)
{
	*(volatile u64 *)p = 1;
}

static void set_up(void)
{
	u64 pages[PAGES], none[PAGES];
	struct fault f;

	TEST_STATUS(0x0060, init_group(GLOBAL, 0, BUFFERS, PAGES, 4, 0), INVALID_PARAMETER,
		    "a threshold that cannot be");
	TEST_STATUS(0x0060, init_group(GLOBAL, 0, BUFFERS, PAGES, 2, 0), SUCCESS, "a group");
	TEST_STATUS(0x0060, init_group(GLOBAL, 0, BUFFERS, PAGES, 2, 0), OBJECT_IN_USE, "again");
	TEST_STATUS(0x0062, buffer_call(LOG_CREATE, GLOBAL, BUFFERS), INVALID_PARAMETER,
		    "one buffer too many");
	for (unsigned int i = 0; i < BUFFERS; i++) {
		TEST_STATUS(0x0062, buffer_call(LOG_CREATE, GLOBAL, i), SUCCESS, "buffer %u", i);
		TEST_STATUS(0x0064, map_buffer(GLOBAL, i, pages), SUCCESS, "mapped");
		TEST_STATUS(0x0064, map_buffer(GLOBAL, i, none), OPERATION_DENIED, "once");
		TEST(0x0064, page_is_deposited(pages[0]) && page_is_deposited(pages[1]),
		     "in deposited pages");
		buffers[i] = place(i, pages);
		TEST_EQUAL(0x0064, buffers[i]->state, FREE, "and free");
		TEST_EQUAL(0x0064, buffers[i]->size, PAGES * PAGE_SIZE, "and so large");
		TEST_EQUAL(0x0064, buffers[i]->index, i, "and knows its number");
	}
	TEST(0x0064, catch(&f, write_to, (void *)buffers[1]) && f.vector == 13, "read-only");
	TEST_STATUS(0x0063, buffer_call(LOG_DELETE, GLOBAL, 0), OPERATION_DENIED, "not deleted");
	TEST_STATUS(0x0061, buffer_call(LOG_EXIT, GLOBAL, 0), OPERATION_DENIED, "nor the group");
}

/* A notification in the message page, taken; without a SynIC there is none */
static bool take_message(u32 *first)
{
	volatile u32 *slot = (volatile u32 *)sim;

	for (unsigned int i = 0; synic && !slot[0] && i < 100; i++)
		delay(1);
	if (!slot[0])
		return false;
	TEST_EQUAL(0x0068, slot[0], 0x80000040, "the message says that buffers are ready");
	TEST_EQUAL(0x0068, slot[4], GLOBAL, "of this type");
	*first = slot[5];
	slot[0] = 0;
	wrmsr(MSR_EOM, 0);
	return true;
}

static void life_of_a_child(void)
{
	static const u16 types[] = { 0x1501, 0x1502, 0x1503, 0x1504 };
	u32 first = NONE, vectors = irq_count[0][VECTOR];
	u64 child, before, after, found = 0;

	TEST_STATUS(0x0066, set_sources(GLOBAL, VM), SUCCESS, "partitions are logged");
	before = rdmsr(MSR_TIME_REF_COUNT);
	child = child_start(CREATE_LINUX);
	child_end(child);
	after = rdmsr(MSR_TIME_REF_COUNT);
	TEST_STATUS(0x0066, set_sources(GLOBAL, 0), SUCCESS, "no longer");
	TEST_STATUS(0x0068, buffer_call(LOG_FLUSH, GLOBAL, 1), OPERATION_DENIED, "buffer 1 is free");
	TEST_STATUS(0x0068, buffer_call(LOG_FLUSH, GLOBAL, 0), SUCCESS, "buffer 0 is flushed");
	TEST_EQUAL(0x0068, buffers[0]->state, READY, "and ready");
	TEST_EQUAL(0x0068, buffers[0]->next_index, NONE, "and the last");
	if (take_message(&first)) {
		TEST_EQUAL(0x0068, first, 0, "and the first");
		TEST_EQUAL(0x0068, irq_count[0][VECTOR] - vectors, 1, "an interrupt came");
	} else {
		TEST(0x0068, !synic, "no message without SynIC");
	}
	for (unsigned int i = 0; i < (buffers[0]->next_offset - HEADER) / ENTRY; i++) {
		volatile struct entry *e = entry(0, i);

		if (found < ARRAY_SIZE(types) && e->type == types[found] && e->partition == child)
			found++;
		TEST(0x0066, e->time >= before && e->time <= after,
		     "event 0x%04x at %lu, between %lu and %lu", e->type, e->time, before, after);
	}
	TEST_EQUAL(0x0066, found, ARRAY_SIZE(types), "the child's life is told");
	TEST_STATUS(0x0067, buffer_call(LOG_RELEASE, GLOBAL, 0), SUCCESS, "released");
	TEST_STATUS(0x0067, buffer_call(LOG_RELEASE, GLOBAL, 0), EVENT_BUFFER_ALREADY_FREED,
		    "once");
}

/* Each spin wait is an event */
static void many_hypercalls(void)
{
	u64 before, lost;
	u32 first;

	TEST_STATUS(0x0066, set_sources(GLOBAL, HC), SUCCESS, "hypercalls are logged");
	before = rdmsr(MSR_TIME_REF_COUNT);
	for (unsigned int i = 0; i < 2 * PER_BUFFER; i++)
		hv_fast(NOTIFY_SPIN, 1, 0);
	/* That was one more than two buffers take: the call that switched it on */
	for (unsigned int i = 0; buffers[2]->state != READY && i < 100; i++)
		delay(1);
	TEST_EQUAL(0x0066, buffers[1]->state, READY, "the first is full");
	TEST_EQUAL(0x0066, buffers[2]->state, READY, "so is the second");
	TEST_EQUAL(0x0066, buffers[0]->state, IN_USE, "the third is in use");
	if (take_message(&first)) {
		TEST_EQUAL(0x0066, first, 1, "the list begins with the first");
		TEST_EQUAL(0x0066, buffers[1]->next_index, 2, "then comes the second");
		TEST_EQUAL(0x0066, buffers[2]->next_index, NONE, "then nothing");
	}
	TEST_EQUAL(0x0066, buffers[2]->next_offset, HEADER + PER_BUFFER * ENTRY, "full");
	TEST_EQUAL(0x0066, entry(1, 0)->detail, LOG_SOURCES, "the first event");
	TEST_EQUAL(0x0066, entry(1, 1)->detail, NOTIFY_SPIN, "the second");
	TEST_EQUAL(0x0066, entry(2, PER_BUFFER - 1)->detail, NOTIFY_SPIN, "the last");
	TEST(0x0066, entry(2, PER_BUFFER - 1)->time >= entry(1, 1)->time &&
	     entry(1, 1)->time >= before, "in order of time");
	TEST_EQUAL(0x0066, buffers[2]->reference_count - buffers[1]->reference_count, PER_BUFFER,
		   "numbers go on");
	/* Nobody takes them: the third fills, and the rest is lost */
	for (unsigned int i = 0; i < PER_BUFFER + 10; i++)
		hv_fast(NOTIFY_SPIN, 1, 0);
	TEST_STATUS(0x0067, buffer_call(LOG_RELEASE, GLOBAL, 1), SUCCESS, "one is released");
	set_sources(GLOBAL, 0);
	TEST_STATUS(0x0068, buffer_call(LOG_FLUSH, GLOBAL, 1), SUCCESS, "and flushed");
	lost = buffers[1]->lost;
	TEST(0x0066, lost >= 10 && lost <= 14, "%lu events were lost", lost);
	take_message(&first);
}

static void local_log(void)
{
	u64 pages[PAGES];

	TEST_STATUS(0x0060, init_group(LOCAL, 0, 1, PAGES * PAGE_SIZE, 1, 1), SUCCESS,
		    "a local group, size in bytes, time by TSC");
	TEST_STATUS(0x0062, buffer_call(LOG_CREATE, LOCAL, 0), SUCCESS, "its buffer");
	TEST_STATUS(0x0064, map_buffer(LOCAL, 0, pages), SUCCESS, "mapped");
	buffers[0] = place(0, pages);
	set_sources(LOCAL, HC);
	pages[0] = rdtsc();
	hv_fast(NOTIFY_SPIN, 1, 0);
	pages[1] = rdtsc();
	set_sources(LOCAL, 0);
	TEST_STATUS(0x0068, buffer_call(LOG_FLUSH, LOCAL, 0), SUCCESS, "flushed");
	TEST_EQUAL(0x0060, entry(0, 1)->detail, NOTIFY_SPIN, "a spin wait");
	TEST(0x0060, entry(0, 1)->time >= pages[0] && entry(0, 1)->time <= pages[1],
	     "TSC %lu, between %lu and %lu", entry(0, 1)->time, pages[0], pages[1]);
	TEST_EQUAL(0x0060, buffers[0]->lp, 0, "on processor 0");
	TEST_STATUS(0x0065, buffer_call(LOG_UNMAP, LOCAL, 0), SUCCESS, "unmapped");
	TEST_STATUS(0x0063, buffer_call(LOG_DELETE, LOCAL, 0), SUCCESS, "deleted");
	TEST_STATUS(0x0061, buffer_call(LOG_EXIT, LOCAL, 0), SUCCESS, "and all of it");
}

static void take_down(void)
{
	unsigned int count;

	for (unsigned int i = 0; i < BUFFERS; i++) {
		if (buffers[i]->state != FREE && buffers[i]->state != READY)
			buffer_call(LOG_FLUSH, GLOBAL, i);
		TEST_STATUS(0x0065, buffer_call(LOG_UNMAP, GLOBAL, i), SUCCESS, "unmapped");
		TEST_STATUS(0x0065, buffer_call(LOG_UNMAP, GLOBAL, i), ACCESS_DENIED, "once");
		TEST_STATUS(0x0063, buffer_call(LOG_DELETE, GLOBAL, i), SUCCESS, "deleted");
		TEST_STATUS(0x0063, buffer_call(LOG_DELETE, GLOBAL, i), INVALID_PARAMETER, "once");
	}
	TEST_STATUS(0x0061, buffer_call(LOG_EXIT, GLOBAL, 0), SUCCESS, "the group goes");
	TEST_STATUS(0x0061, buffer_call(LOG_EXIT, GLOBAL, 0), OPERATION_DENIED, "once");
	TEST_STATUS(0x0061, buffer_call(LOG_EXIT, 3, 0), INVALID_PARAMETER, "no type 3");
	TEST_STATUS(0x0049, hv_withdraw_all(SELF, &count), NO_RESOURCES, "all pages come back");
	TEST_EQUAL(0x0065, wrong_pages, 0, "and no others");
}

void test_main(void)
{
	hv_init();
	irq_enable();
	synic = wrmsr_safe(MSR_SIMP, (u64)sim | 1);
	if (synic) {
		wrmsr(MSR_SINT0, VECTOR);
		wrmsr(MSR_SCONTROL, 1);
	}
	set_up();
	life_of_a_child();
	many_hypercalls();
	take_down();
	local_log();
}
