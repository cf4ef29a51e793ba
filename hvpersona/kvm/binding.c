// SPDX-License-Identifier: GPL-2.0
/*
 * How an unmodified KVM is entered: find its functions by name, check that all are there,
 * and retarget seven of its static calls while any VM is attached or claimed.
 *
 * The order of loading and unloading is that of kvm-binding.md, "Entering: retargeting
 * static calls". /dev/kvm stays open while we are loaded: it pins kvm-amd or kvm-intel,
 * whose functions the originals are.
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/static_call.h>

#include "binding.h"

#define HVP_DEFINE_FUNCTION(name, ret, args, purpose) \
	DEFINE_STATIC_CALL_NULL(hvp_##name, *(hvp_fn_##name *)NULL);
HVP_KVM_FUNCTIONS(HVP_DEFINE_FUNCTION)

#define HVP_DEFINE_OP(name) \
	DEFINE_STATIC_CALL_NULL(hvp_op_##name, *(((struct kvm_x86_ops *)0)->name));
HVP_KVM_OPS(HVP_DEFINE_OP)

DEFINE_STATIC_CALL_NULL(hvp_orig_handle_exit, *(((struct kvm_x86_ops *)0)->handle_exit));
DEFINE_STATIC_CALL_NULL(hvp_orig_after_set_cpuid,
			*(((struct kvm_x86_ops *)0)->vcpu_after_set_cpuid));
DEFINE_STATIC_CALL_NULL(hvp_orig_pre_entry,
			*(((struct kvm_x86_ops *)0)->update_cpu_dirty_logging));
DEFINE_STATIC_CALL_NULL(hvp_orig_cancel_injection,
			*(((struct kvm_x86_ops *)0)->cancel_injection));
DEFINE_STATIC_CALL_NULL(hvp_orig_vcpu_run, *(((struct kvm_x86_ops *)0)->vcpu_run));
DEFINE_STATIC_CALL_NULL(hvp_orig_vcpu_free, *(((struct kvm_x86_ops *)0)->vcpu_free));
DEFINE_STATIC_CALL_NULL(hvp_orig_vm_destroy, *(((struct kvm_x86_ops *)0)->vm_destroy));

typedef unsigned long lookup_fn(const char *name);
DEFINE_STATIC_CALL_NULL(hvp_lookup, *(lookup_fn *)NULL);

DEFINE_SRCU(hvp_hook_srcu);
bool hvp_vmx __ro_after_init;
bool hvp_tdp __ro_after_init;
bool hvp_pml __ro_after_init;

static struct file *hvp_kvm_device;

/* A static call of KVM, what it leads to while hooks are installed and while not (or NULL) */
struct hook {
	const char *name;
	struct static_call_key *key;
	void *trampoline;
	void *hook;
	void *original;
};

enum {
	HANDLE_EXIT, AFTER_SET_CPUID, PRE_ENTRY, CANCEL_INJECTION, VCPU_FREE, VM_DESTROY, VCPU_RUN,
	HOOKS,
	/* Those from here on are installed when they are wanted, see hvp_hook_entries() */
	FIRST_WANTED = VCPU_RUN,
};

static struct hook hooks[HOOKS] = {
	[HANDLE_EXIT] = { "kvm_x86_handle_exit", .hook = hvp_handle_exit },
	[AFTER_SET_CPUID] = { "kvm_x86_vcpu_after_set_cpuid", .hook = hvp_after_set_cpuid },
	[PRE_ENTRY] = { "kvm_x86_update_cpu_dirty_logging", .hook = hvp_pre_entry },
	[CANCEL_INJECTION] = { "kvm_x86_cancel_injection", .hook = hvp_cancel_injection },
	[VCPU_FREE] = { "kvm_x86_vcpu_free", .hook = hvp_vcpu_free },
	[VM_DESTROY] = { "kvm_x86_vm_destroy", .hook = hvp_vm_destroy },
	[VCPU_RUN] = { "kvm_x86_vcpu_run", .hook = hvp_vcpu_run },
};

/*
 * VMs and claims that want the hooks. hook_lock makes installing and removing them one
 * step; whoever may be inside a hook counts without it, as removing waits for hooks.
 */
static atomic_t hook_users = ATOMIC_INIT(0);
static DEFINE_MUTEX(hook_lock);
static bool hooks_installed;
/* Not hook_lock, in which hooks are waited for. Who removes hooks is alone */
static DEFINE_MUTEX(entries_lock);
static bool entries_hooked;

/**
 * hvp_kvm_lookup - Find something of KVM's that may be there
 * @name: Symbol
 *
 * Return: its address, or 0.
 */
unsigned long hvp_kvm_lookup(const char *name)
{
	return static_call(hvp_lookup)(name);
}

/**
 * hvp_kvm_hook - Have ftrace call a function before some of KVM's
 * @ops: The function
 * @addresses: Those before which it is called
 * @count: Number of @addresses
 *
 * Return: 0 or an errno of ftrace's.
 */
int hvp_kvm_hook(struct ftrace_ops *ops, unsigned long *addresses, u32 count)
{
	int err = ftrace_set_filter_ips(ops, addresses, count, 0, 0);

	return err ?: register_ftrace_function(ops);
}

/**
 * hvp_kvm_unhook - Undo hvp_kvm_hook()
 * @ops: As there
 * @addresses: As there
 * @count: As there
 */
void hvp_kvm_unhook(struct ftrace_ops *ops, unsigned long *addresses, u32 count)
{
	unregister_ftrace_function(ops);
	ftrace_set_filter_ips(ops, addresses, count, 1, 0);
}

/**
 * hvp_kvm_require - Find something of KVM's that has to be there
 * @name: Symbol
 * @purpose: What it is for
 *
 * Return: its address, or 0 after a message.
 */
unsigned long hvp_kvm_require(const char *name, const char *purpose)
{
	unsigned long address = hvp_kvm_lookup(name);

	if (!address)
		pr_err("KVM of this kernel has no %s, needed to %s\n", name, purpose);
	return address;
}

/*
 * kallsyms_lookup_name() is not exported, but a kprobe finds it. On IBT kernels the probe
 * lies behind the ENDBR, which a direct call does not need.
 */
static int find_lookup(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	int err;

	err = register_kprobe(&probe);
	if (err) {
		pr_err("cannot find kallsyms_lookup_name: error %d; is CONFIG_KPROBES on?\n", err);
		return err;
	}
	static_call_update(hvp_lookup, (lookup_fn *)probe.addr);
	unregister_kprobe(&probe);
	return 0;
}

static bool find_functions(void)
{
	const struct kvm_x86_ops *ops;
	unsigned long address;
	bool found = true;

#define HVP_FIND_FUNCTION(name, ret, args, purpose)				\
	do {									\
		address = hvp_kvm_require(#name, purpose);				\
		if (address)							\
			static_call_update(hvp_##name, (hvp_fn_##name *)address); \
		else								\
			found = false;						\
	} while (0);
	HVP_KVM_FUNCTIONS(HVP_FIND_FUNCTION)

	ops = (void *)hvp_kvm_require("kvm_x86_ops", "call the vendor module");
	if (!ops)
		return false;
#define HVP_FIND_OP(name)							\
	do {									\
		if (ops->name) {						\
			static_call_update(hvp_op_##name, ops->name);		\
		} else {							\
			pr_err("KVM of this kernel has no kvm_x86_ops.%s\n", #name); \
			found = false;						\
		}								\
	} while (0);
	HVP_KVM_OPS(HVP_FIND_OP)
	return found;
}

static bool find_hooks(void)
{
	char name[64];
	bool found = true;
	struct hook *hook;

	for (hook = hooks; hook < hooks + HOOKS; hook++) {
		snprintf(name, sizeof(name), "__SCK__%s", hook->name);
		hook->key = (void *)hvp_kvm_require(name, "see exits of virtual machines");
		snprintf(name, sizeof(name), "__SCT__%s", hook->name);
		hook->trampoline = (void *)hvp_kvm_require(name, "see exits of virtual machines");
		if (hook->key && hook->trampoline)
			hook->original = hook->key->func;
		else
			found = false;
	}
	if (!found)
		return false;
	static_call_update(hvp_orig_handle_exit, hooks[HANDLE_EXIT].original);
	static_call_update(hvp_orig_after_set_cpuid, hooks[AFTER_SET_CPUID].original);
	static_call_update(hvp_orig_pre_entry, hooks[PRE_ENTRY].original);
	static_call_update(hvp_orig_cancel_injection, hooks[CANCEL_INJECTION].original);
	static_call_update(hvp_orig_vcpu_free, hooks[VCPU_FREE].original);
	static_call_update(hvp_orig_vm_destroy, hooks[VM_DESTROY].original);
	static_call_update(hvp_orig_vcpu_run, hooks[VCPU_RUN].original);
	return true;
}

/* A switch of KVM's that only one vendor's module may have */
static bool is_set(const char *name)
{
	const bool *variable = (const bool *)hvp_kvm_lookup(name);

	return variable && *variable;
}

static bool find_switches(void)
{
	hvp_tdp = is_set("tdp_enabled");
	hvp_pml = is_set("enable_pml");
	/* Only AMD processors log no dirty pages for sure */
	return !hvp_vmx || hvp_kvm_require("enable_pml", "keep dirty logging correct");
}

/**
 * hvp_binding_init - Find everything that is needed of KVM; change nothing of it
 *
 * Return: 0; -ENODEV if no KVM module is loaded; -ENOENT, after messages with the names,
 * if KVM lacks something.
 */
int hvp_binding_init(void)
{
	int err;

	err = find_lookup();
	if (err)
		return err;
	hvp_kvm_device = filp_open("/dev/kvm", O_RDWR | O_CLOEXEC, 0);
	if (IS_ERR(hvp_kvm_device)) {
		err = PTR_ERR(hvp_kvm_device);
		pr_err("cannot open /dev/kvm: error %d; load kvm-amd or kvm-intel first\n", err);
		return -ENODEV;
	}
	hvp_vmx = boot_cpu_data.x86_vendor != X86_VENDOR_AMD &&
		  boot_cpu_data.x86_vendor != X86_VENDOR_HYGON;
	/* Report everything that is missing, not just the first */
	if (!(find_functions() & find_hooks() & find_switches())) {
		fput(hvp_kvm_device);
		return -ENOENT;
	}
	hvp_kvm_stats_init();
	err = hvp_kvm_protect_init() ?: hvp_kvm_redirect_init() ?: hvp_kvm_vtl_init() ?:
	      hvp_kvm_host_cpuid_init();
	if (err) {
		hvp_kvm_vtl_end();
		fput(hvp_kvm_device);
	}
	return err;
}

static void install_hooks(void)
{
	struct hook *hook;

	for (hook = hooks; hook < hooks + FIRST_WANTED; hook++)
		__static_call_update(hook->key, hook->trampoline, hook->hook);
}

/**
 * hvp_hook_entries - Have hvp_vcpu_run() called, until the hooks are removed
 *
 * The caller has the hooks. Virtual machines that nothing is wanted of are spared it.
 */
void hvp_hook_entries(void)
{
	guard(mutex)(&entries_lock);
	if (entries_hooked)
		return;
	__static_call_update(hooks[VCPU_RUN].key, hooks[VCPU_RUN].trampoline, hvp_vcpu_run);
	entries_hooked = true;
}

/**
 * hvp_kvm_create_vm - KVM_CREATE_VM for the process that calls
 *
 * Return: a descriptor, or a negative errno.
 */
long hvp_kvm_create_vm(void)
{
	return hvp_kvm_device->f_op->unlocked_ioctl(hvp_kvm_device, KVM_CREATE_VM, 0);
}

/* On return no task is in a hook, nor between a call of one and its first instruction */
static void remove_hooks(void)
{
	struct hook *hook;

	for (hook = hooks; hook < hooks + HOOKS; hook++)
		__static_call_update(hook->key, hook->trampoline, hook->original);
	hvp_kvm_protect_exit();
	hvp_kvm_redirect_exit();
	hvp_kvm_vtl_exit();
	entries_hooked = false;
	synchronize_rcu_tasks();
	synchronize_srcu(&hvp_hook_srcu);
	synchronize_rcu_tasks();
}

/* Bring the hooks in line with whether anyone wants them */
static void update_hooks(struct work_struct *work)
{
	guard(mutex)(&hook_lock);
	if (!atomic_read(&hook_users) && hooks_installed) {
		remove_hooks();
		hooks_installed = false;
	}
}
static DECLARE_WORK(hook_work, update_hooks);

/**
 * hvp_hooks_tryget - As hvp_hooks_get(), if someone else has the hooks already
 *
 * For those inside a hook, who must not wait for hooks being removed.
 *
 * Return: whether hvp_hooks_put() is due.
 */
bool hvp_hooks_tryget(void)
{
	return atomic_inc_not_zero(&hook_users);
}

/**
 * hvp_hooks_get - Have KVM call the hooks until hvp_hooks_put()
 */
void hvp_hooks_get(void)
{
	if (hvp_hooks_tryget())
		return;
	guard(mutex)(&hook_lock);
	atomic_inc(&hook_users);
	if (!hooks_installed) {
		install_hooks();
		hooks_installed = true;
	}
}

/**
 * hvp_hooks_put - Undo hvp_hooks_get()
 *
 * With the last user the hooks go, soon after: removing them takes grace periods, and the
 * caller may be inside one of them.
 */
void hvp_hooks_put(void)
{
	if (atomic_dec_and_test(&hook_users))
		queue_work(system_long_wq, &hook_work);
}

/**
 * hvp_hooks_installed - Does KVM call the hooks at present?
 */
bool hvp_hooks_installed(void)
{
	return READ_ONCE(hooks_installed);
}

/**
 * hvp_binding_exit - Undo hvp_binding_init(); no VM is attached or claimed
 */
void hvp_binding_exit(void)
{
	cancel_work_sync(&hook_work);
	update_hooks(NULL);
	hvp_kvm_vtl_end();
	rcu_barrier_tasks();
	fput(hvp_kvm_device);
}
