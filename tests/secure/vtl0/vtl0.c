// SPDX-License-Identifier: GPL-2.0
/*
 * In VTL0 of monitor.c: asks VTL1 to guard this kernel, and then attacks the kernel as somebody would who
 * has got hold of it. Write to /proc/vtl0:
 *
 *	protect STEXT ETEXT SRODATA ERODATA	addresses from /proc/kallsyms
 *	text | rodata				write through another mapping
 *	monitor					read VTL1's memory
 *	exec					execute a page of data in kernel mode
 *
 * Writing fails with EPERM if VTL1 has prevented it. Reading tells what VTL1 counts.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/alternative.h>
#include <asm/set_memory.h>

#define OWN	0x200000	/* an address of VTL1's */

static unsigned long stext, etext, srodata, erodata;

struct call {
	unsigned long function, r8, r9, r10, r11;
};

static void vtl_call(void *info)
{
	struct call *call = info;
	unsigned long rax = 0, rcx = 0x11, rdx = call->function;

	asm volatile("mov 8(%[call]), %%r8; mov 16(%[call]), %%r9; mov 24(%[call]), %%r10\n"
		     "mov 32(%[call]), %%r11\n"
		     ALTERNATIVE("vmcall", "vmmcall", X86_FEATURE_VMMCALL) "\n"
		     "mov %%r8, 8(%[call]); mov %%r9, 16(%[call]); mov %%r10, 24(%[call])\n"
		     "mov %%r11, 32(%[call])\n"
		     : "+a"(rax), "+c"(rcx), "+d"(rdx) : [call] "S"(call)
		     : "r8", "r9", "r10", "r11", "memory");
	call->function = rdx;
}

static void hello(void *unused)
{
	struct call call = { 2 };

	vtl_call(&call);
}

static int protect(char *args)
{
	struct call call = { 1, num_online_cpus() };

	if (sscanf(args, "%lx %lx %lx %lx", &stext, &etext, &srodata, &erodata) != 4)
		return -EINVAL;
	/* VTL1 is but on the first processor */
	smp_call_function_single(0, vtl_call, &call, 1);
	if (call.function)
		return -EIO;
	/* Each processor's VTL1 has run once before it is needed */
	on_each_cpu(hello, NULL, 1);
	call = (struct call){ 3, stext, etext, srodata, erodata };
	vtl_call(&call);
	pr_info("vtl0: protected: %lu\n", call.function);
	return call.function ? -EIO : 0;
}

/* Another mapping of a page, with which anything can be done as far as this kernel is concerned */
static void *alias(unsigned long address, pgprot_t prot)
{
	struct page *page = pfn_to_page(slow_virt_to_phys((void *)address) >> PAGE_SHIFT);

	return vmap(&page, 1, VM_MAP, prot);
}

/* One instruction, that VTL1 steps over */
static noinline void poke(void *at, u8 value)
{
	asm volatile("movb %1, (%0)" : : "r"(at), "q"(value) : "memory");
}

static noinline u8 peek(const void *at)
{
	u8 value = 0x5a;

	asm volatile("movb (%1), %0" : "+q"(value) : "r"(at) : "memory");
	return value;
}

static int write_to(unsigned long address)
{
	u8 *at = alias(address, PAGE_KERNEL), before;
	int ret;

	if (!at)
		return -ENOMEM;
	before = READ_ONCE(*at);
	poke(at, ~before);
	ret = READ_ONCE(*at) == before ? -EPERM : 0;
	if (!ret)
		poke(at, before);
	vunmap(at);
	return ret;
}

static int read_monitor(void)
{
	u8 *at = memremap(OWN, PAGE_SIZE, MEMREMAP_WB);
	int ret;

	if (!at)
		return -ENOMEM;
	ret = peek(at) == 0x5a && peek(at + 1) == 0x5a && peek(at + 2) == 0x5a ? -EPERM : 0;
	memunmap(at);
	return ret;
}

/* A page that returns, of data a moment ago */
static int execute(void)
{
	u8 *data = (u8 *)get_zeroed_page(GFP_KERNEL);
	void (*code)(void);
	unsigned int level;
	pte_t *pte;

	if (!data)
		return -ENOMEM;
	memcpy(data, "\xf3\x0f\x1e\xfa\xc3", 5);
	code = alias((unsigned long)data, PAGE_KERNEL);
	pte = code ? lookup_address((unsigned long)code, &level) : NULL;
	if (!pte)
		return -ENOMEM;
	/* This kernel would not let it be executed, but who is in it can make it do so */
	set_pte(pte, pte_mkexec(*pte));
	code();
	return 0;
}

static ssize_t vtl0_write(struct file *file, const char __user *user, size_t size, loff_t *pos)
{
	char line[128] = {};
	int ret;

	if (size >= sizeof(line) || copy_from_user(line, user, size))
		return -EINVAL;
	if (!strncmp(line, "protect ", 8))
		ret = protect(line + 8);
	else if (sysfs_streq(line, "text"))
		ret = write_to(stext + PAGE_SIZE);
	else if (sysfs_streq(line, "rodata"))
		ret = write_to(srodata + PAGE_SIZE);
	else if (sysfs_streq(line, "monitor"))
		ret = read_monitor();
	else if (sysfs_streq(line, "exec"))
		ret = execute();
	else
		ret = -EINVAL;
	return ret ?: size;
}

static int show(struct seq_file *m, void *unused)
{
	struct call call = { 4 };

	vtl_call(&call);
	seq_printf(m, "writes %lu\nexecutions %lu\nreads %lu\nuser_pages %lu\n", call.r8, call.r9, call.r10,
		   call.r11);
	return 0;
}

static int vtl0_open(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static const struct proc_ops ops = {
	.proc_open = vtl0_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = vtl0_write,
};

static int __init vtl0_init(void)
{
	return proc_create("vtl0", 0600, NULL, &ops) ? 0 : -ENOMEM;
}
module_init(vtl0_init);

MODULE_DESCRIPTION("Asks VTL1 for protection, and tries it");
MODULE_LICENSE("GPL");
