// SPDX-License-Identifier: GPL-2.0
/*
 * The machine is reset while it has children and has given pages away. The next guest knows
 * nothing of that: it finds all of its memory, and no children.
 */
/* run: --role root; smp 2; qemu -action reboot=reset */
/* run: --role root; smp 1; cpu plain; qemu -action reboot=reset */
#include "parent.h"

#define RESET_PORT	0xcf9

/* Outside of the image, so that it outlives the reset */
#define NOTE_PAGE	CHILD_PAGES_END
#define NOTE		0x68767072657365ull

/* Of the pages that are nobody's child's: given to the pool of the child, and to its own */
#define OWN_PAGE	(CHILD_PAGES + 1)
#define PAGES		64

static struct {
	u64 note, child;
} *note = (void *)(NOTE_PAGE * PAGE_SIZE);

static u64 create_child(void)
{
	struct create_in in = { .flags = CREATE_LINUX, .version = VERSION_21H2 };
	u64 id = 0, result;

	result = WITH_MEMORY(SELF, hv_create(MEMORY, &in, &id));
	TEST_STATUS(NO_CALL, result, SUCCESS, "a child");
	return id;
}

static u64 deposit_from(u64 partition, u64 first)
{
	u64 list[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		list[i] = first + 2 * i;
	return hv_deposit_list(partition, list, PAGES);
}

static void do_touch(void *p)
{
	*(volatile u8 *)p += 1;
}

static unsigned int denied(u64 first, u64 end)
{
	unsigned int n = 0;
	struct fault f;

	for (u64 page = first; page < end; page++)
		n += page != NOTE_PAGE && catch(&f, do_touch, page_address(page));
	return n;
}

/* Says something only if it goes wrong: this is not the guest that counts */
static void leave_things_behind(void)
{
	struct create_in in = { .flags = CREATE_LINUX, .version = VERSION_21H2 };
	u64 id = 0, second = 0;
	bool ok;

	ok = !WITH_MEMORY(SELF, hv_create(MEMORY, &in, &id));
	ok &= !WITH_MEMORY(SELF, hv_create(MEMORY, &in, &second));
	ok &= deposit_from(SELF, OWN_PAGE) == REP(PAGES);
	ok &= !STATUS(hv_deposit(id, 200));
	ok &= deposit_from(id, OWN_PAGE + 512) == REP(PAGES);
	ok &= !hv_partition_call(INITIALIZE, id);
	ok &= !STATUS(WITH_MEMORY(id, hv_create_vp(id, 0)));
	ok &= !STATUS(hv_map(id, 0, OWN_PAGE + 1024, PAGES, MAP_LINUX));
	ok &= denied(OWN_PAGE, OWN_PAGE + 2 * PAGES) == PAGES;
	if (!ok)
		TEST(NO_CALL, ok, "a child with VPs and memory is made");
	note->note = ok ? NOTE : 0;
	note->child = id;
	outb(RESET_PORT, 6);
	for (;;)
		pause();
}

void test_main(void)
{
	u64 next = ~0ull, available, in_use;
	unsigned int count;

	hv_init();
	if (note->note != NOTE)
		leave_things_behind();
	note->note = 0;
	TEST(NO_CALL, true, "the machine was reset");
	TEST_EQUAL(NO_CALL, denied(SPARE_PAGES, CHILD_PAGES_END), 0, "all memory can be used");
	TEST_STATUS(0x0047, hv_next_child(SELF, 0, &next), SUCCESS, "looking for children");
	TEST_EQUAL(0x0047, next, 0, "there are none");
	TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, note->child), INVALID_PARTITION_ID,
		    "nor is the one from before");
	TEST_STATUS(0x004a, hv_balance(SELF, 0, &available, &in_use), SUCCESS, "the own pool");
	TEST(0x004a, !available && !in_use, "it is empty (%lu, %lu)", available, in_use);
	TEST_STATUS(0x0049, hv_withdraw_all(SELF, &count), NO_RESOURCES, "nothing can be taken out");
	TEST_EQUAL(0x0049, count, 0, "nothing was");

	/* All that was deposited or lent can be deposited again, and protects again */
	TEST_EQUAL(0x0048, deposit_from(SELF, OWN_PAGE), REP(PAGES), "the pages of its own pool");
	TEST_EQUAL(0x0048, deposit_from(SELF, OWN_PAGE + 512), REP(PAGES), "those of the child's");
	TEST_EQUAL(0x0048, deposit_from(SELF, OWN_PAGE + 1024), REP(PAGES), "and those lent to it");
	TEST_EQUAL(0x0048, denied(OWN_PAGE, OWN_PAGE + 2 * PAGES), PAGES, "they are out of reach");
	create_child();
	TEST(0x0047, !STATUS(hv_next_child(SELF, 0, &next)) && next, "it has a child again");
}
