// SPDX-License-Identifier: GPL-2.0
/*
 * A root puts a device into domains (sheet §15.13, 0x00b1 to 0x00b4, 0x00c4, 0x00c5) and has it
 * read and write memory: QEMU's "edu", which moves bytes between memory and a buffer of its own.
 */
/* run: --role root; smp 1; qemu -device edu */
#include "parent.h"
#include "pci.h"

#define EDU_DMA_FROM	(0x80 / 8)
#define EDU_DMA_TO	(0x88 / 8)
#define EDU_DMA_COUNT	(0x90 / 8)
#define EDU_DMA_COMMAND	(0x98 / 8)
#define DMA_START	1
#define DMA_TO_MEMORY	2
#define EDU_BUFFER	0x40000

#define DOMAIN(number)	((u64)(number) << 32)
#define DEFAULT		DOMAIN(0)
#define NULL_DOMAIN	DOMAIN(0xffffffffu)
#define READ_WRITE	3

static volatile u64 *const edu = (volatile u64 *)TEST_VA;
static u64 device;

static u64 create(enum hv_form form, u64 id)
{
	struct { u64 partition, vtl, id; u32 flags; } in = { SELF, 0, id, 0 };

	return hv_do(form, CREATE_DOMAIN, &in, 28, NULL, 0);
}

static u64 delete(enum hv_form form, u64 id)
{
	u64 in[] = { SELF, 0, id };

	return hv_do(form, DELETE_DOMAIN, in, sizeof(in), NULL, 0);
}

static u64 attach(enum hv_form form, u64 id)
{
	u64 in[] = { SELF, 0, id, device };

	return hv_do(form, ATTACH_DOMAIN, in, sizeof(in), NULL, 0);
}

static u64 detach(enum hv_form form)
{
	u64 in[] = { SELF, device };

	return hv_do(form, DETACH_DOMAIN, in, sizeof(in), NULL, 0);
}

static u64 map_pages(u64 id, u64 base, const u64 *gfns, u32 count)
{
	struct { u64 partition, vtl, id; u32 target_vtl, flags; u64 base, gfns[4]; } in = {
		SELF, 0, id, 0, READ_WRITE, base,
	};

	memcpy(in.gfns, gfns, count * sizeof(*gfns));
	return hv_do(MEMORY, MAP_DEVICE_GPA | REP(count), &in, 40 + 8 * count, NULL, 0);
}

static u64 unmap_pages(enum hv_form form, u64 id, u64 base, u32 count)
{
	u64 in[] = { SELF, 0, id, base };

	return hv_do(form, UNMAP_DEVICE_GPA | REP(count), in, sizeof(in), NULL, 0);
}

static void dma(u64 from, u64 to, u64 command)
{
	edu[EDU_DMA_FROM] = from;
	edu[EDU_DMA_TO] = to;
	edu[EDU_DMA_COUNT] = 64;
	edu[EDU_DMA_COMMAND] = DMA_START | command;
	while (edu[EDU_DMA_COMMAND] & DMA_START)
		delay(1);
}

/* Through the device, from the first page to the second, as it addresses them */
static bool moves(u8 *from, u8 *to)
{
	static u8 pattern;

	memset(from, ++pattern, 64);
	memset(to, 0, 64);
	dma((u64)from, EDU_BUFFER, 0);
	dma(EDU_BUFFER, (u64)to, DMA_TO_MEMORY);
	return !memcmp(from, to, 64);
}

static void lives(enum hv_form form, u8 *from, u8 *to)
{
	u64 gfns[] = { (u64)from >> 12, (u64)to >> 12 }, other = gfns[0] + 1;
	u64 id = DOMAIN(5 + form);

	TEST_STATUS(0x00b1, create(form, id), SUCCESS, "domain (%s)", FORM_NAME(form));
	TEST_STATUS(0x00b1, create(form, id), INVALID_PARAMETER, "it is there");
	TEST_EQUAL(0x00b3, map_pages(id, (u64)from, gfns, 1), 1ull << 32, "a page of it");
	TEST_STATUS(0x00b2, attach(form, id), SUCCESS, "a device in it");
	TEST_STATUS(0x00b2, attach(form, id), DEVICE_ALREADY_IN_DOMAIN, "not twice");
	TEST_EQUAL(0x00b3, map_pages(id, (u64)to, gfns + 1, 1), 1ull << 32, "another page");
	TEST(0x00b2, moves(from, to), "the device finds both");
	TEST_STATUS(0x00b3, map_pages(id, (u64)from, &other, 1), INVALID_PARAMETER,
		    "a page that the device would not find");
	TEST(0x00b3, moves(from, to), "it finds what it found");
	TEST_STATUS(0x00c5, delete(form, id), OBJECT_IN_USE, "the domain has a device");
	TEST_EQUAL(0x00b4, unmap_pages(form, id, (u64)from, 1), 1ull << 32, "a page unmapped");
	TEST_STATUS(0x00c4, detach(form), SUCCESS, "the device is out");
	TEST_STATUS(0x00c4, detach(form), INVALID_DEVICE_ID, "of no domain");
	TEST_STATUS(0x00b3, map_pages(id, (u64)from, &other, 1), SUCCESS, "an empty one maps all");
	TEST_STATUS(0x00b2, attach(form, id), INVALID_DEVICE_ID, "but then is for no device");
	TEST_STATUS(0x00c5, delete(form, id), SUCCESS, "deleted");
	TEST_STATUS(0x00c5, delete(form, id), INVALID_PARAMETER, "and gone");
	TEST_STATUS(0x00b4, unmap_pages(form, id, 0, 1), INVALID_PARAMETER, "with its pages");
}

void test_main(void)
{
	u64 balance[2], before[2], in = SELF;
	u8 *from, *to;
	u32 slot;

	hv_init();
	slot = pci_find(PCI_EDU);
	if (slot == PCI_SLOTS) {
		printf("not ok - QEMU's device edu is there\n");
		return;
	}
	device = pci_device_id(slot);
	pci_write(slot, PCI_COMMAND, PCI_ENABLE);
	map((u64)edu, pci_read(slot, PCI_BAR0) & ~0xfffu, PTE_P | PTE_W);
	from = alloc_page();
	to = alloc_page();

	TEST_STATUS(0x00b1, create(MEMORY, DOMAIN(1)), INSUFFICIENT_MEMORY, "the pool is empty");
	TEST_STATUS(0x0048, hv_deposit(SELF, 1), SUCCESS, "a page for it");
	hv_do(MEMORY, BALANCE, &in, sizeof(in), before, sizeof(before));
	for (enum hv_form form = MEMORY; form < FORMS; form++)
		lives(form, from, to);
	TEST_STATUS(0x00b2, attach(MEMORY, DEFAULT), SUCCESS, "the default domain");
	TEST(0x00b2, moves(from, to), "has all pages");
	TEST_STATUS(0x00c4, detach(MEMORY), SUCCESS, "out of it");
	TEST_STATUS(0x00b2, attach(MEMORY, NULL_DOMAIN), INVALID_DEVICE_ID,
		    "nobody could keep the device from all pages");
	TEST_STATUS(0x00b1, create(MEMORY, DOMAIN(1) | 1), INVALID_PARAMETER, "stage 1");
	hv_do(MEMORY, BALANCE, &in, sizeof(in), balance, sizeof(balance));
	TEST_EQUAL(NO_CALL, balance[0], before[0], "the pool has got everything back");
}
