/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a row of the hypercall table says, what a handler gets, and the handlers.
 */
#ifndef HVP_HYPERCALLS_H
#define HVP_HYPERCALLS_H

#include "../core.h"

struct hvp_args;

/**
 * typedef hvp_handler_fn - Serve a call, or one element of a rep call
 *
 * Input has been copied, bounds and alignment are checked, privileges hold. The handler
 * writes its output to @args and returns the status; it never sees a guest pointer.
 */
typedef enum hv_status (*hvp_handler_fn)(struct hvp_vp *vp, struct hvp_args *args);

/* Whom a call may name as its target, see struct hvp_hypercall.target */
#define HVP_SELF	BIT(0)	/* the caller's own partition, with self_privilege */
#define HVP_PARENT	BIT(1)	/* a child of it */
#define HVP_ROOT	BIT(2)	/* its own partition, if that is the root */
#define HVP_VTL		BIT(3)	/* its own partition, in a VTL above VTL0 */

/*
 * A handler's answer that no guest sees: the call is for KVM, nothing has been done. For rows
 * with @kvm.
 */
#define HVP_STATUS_PASS		((enum hv_status)0x10002)

/* Likewise of a row with @vtl_switch: HVP_SKIP or HVP_STAY; with any other answer #UD is due */
#define HVP_STATUS_SKIP		((enum hv_status)0x10003)
#define HVP_STATUS_STAY		((enum hv_status)0x10004)

/**
 * struct hvp_hypercall - A row of the table
 * @code: Call code
 * @origin: enum hvpersona_call_origin
 * @seen: Marks of the paper's Table 4, see HVP_SEEN_* in table.c
 * @input: Fixed input, bytes; for a rep call the header
 * @output: Fixed output, bytes; the maximum with @out_var
 * @more: Input that one form of the call has behind @input, bytes: brought in as far as the
 *	page reaches, see struct hvp_args.more
 * @rep_input: Input per element, bytes
 * @rep_output: Output per element, bytes
 * @target: If not 0 the input has a partition id: HVP_SELF, HVP_PARENT, HVP_ROOT, HVP_VTL
 * @target_at: Its offset
 * @states: States of the target in which the call is legal, BIT(enum
 *	hvpersona_partition_state); 0 stands for active only
 * @rep: A rep call
 * @list: The handler of a rep call takes the whole list at once
 * @whole: A rep call that is not continued: its elements may change the operands
 * @var: A variable header may follow the fixed input
 * @out_var: The handler says how much of @output it wrote
 * @root_only: For the root partition
 * @kvm: Passed on to KVM, or through it to the VMM, after the common checks: if there is no
 *	handler always, otherwise when that answers HVP_STATUS_PASS
 * @target_optional: The partition id may be 0, then args->target is NULL
 * @vtl_switch: It has neither operands nor a result, but takes a word from registers
 * @own_layout: No layout is public: the operands are the project's own
 * @privilege: Privileges needed
 * @self_privilege: Privileges needed if the target is the caller's own partition
 * @prepare: Of a rep call: check the header, once per entry; may set args->priv
 * @handler: NULL if the call is not served
 * @name: As the specification spells it
 */
struct hvp_hypercall {
	u16 code;
	u8 origin;
	u8 seen;
	u16 input;
	u16 output;
	u16 more;
	u8 rep_input;
	u8 rep_output;
	u8 target;
	u8 target_at;
	u8 states;
	u8 rep : 1;
	u8 list : 1;
	u8 whole : 1;
	u8 var : 1;
	u8 out_var : 1;
	u8 root_only : 1;
	u8 kvm : 1;
	u8 target_optional : 1;
	u8 own_layout : 1;
	u8 vtl_switch : 1;
	u64 privilege;
	u64 self_privilege;
	hvp_handler_fn prepare;
	hvp_handler_fn handler;
	const char *name;
};

/**
 * struct hvp_args - Operands of a call
 * @target: Partition that the call names, for rows with a target: the caller's own, or a
 *	child with its op_lock held and the caller as its actor
 * @in: Fixed input
 * @var: Variable header
 * @var_count: Its size in qwords
 * @rep_in: This element's input; for a list call the first element's
 * @rep_out: This element's output
 * @reps: Number of elements from this one on; of a list call, number of elements
 * @rep: Number of this element in the list, from 0; for a list call the first one's
 * @out: Fixed output, zeroed
 * @out_size: Its size in bytes; the handler of an @out_var row sets it
 * @vtl: For the handler, from prepare: the VTL that the call is about
 * @ahead: For the handler: elements from this one on that have been done already
 * @more: Bytes of a row's @more that are there; 0 in the register form
 * @no_output: The memory form, without an address for output
 * @priv: For the handler, from prepare
 */
struct hvp_args {
	struct hvp_partition *target;
	const void *in;
	const u64 *var;
	u32 var_count;
	const void *rep_in;
	void *rep_out;
	u32 reps;
	u32 rep;
	void *out;
	u32 out_size;
	u32 more;
	bool no_output;
	u8 vtl;
	u32 ahead;
	void *priv;
};

/* dispatch.c */
enum hv_status hvp_find_partition(struct hvp_vp *vp, u64 id, struct hvp_partition **target);
void hvp_release_partition(struct hvp_vp *vp, struct hvp_partition *target);

/* table.c */
extern const struct hvp_hypercall hvp_hypercalls[];
extern const u32 hvp_hypercall_count;
int hvp_table_init(void);
const struct hvp_hypercall *hvp_hypercall_lookup(u16 code);

/* operands.c: operands that several families share */
enum hv_status hvp_vp_set_parse(struct hvp_vp_set *set, u64 format, u64 valid_banks,
				const struct hvp_args *args);
enum hv_status hvp_input_vtl_check(const struct hvp_vp *vp, u8 input_vtl);
enum hv_status hvp_input_vtl(const struct hvp_vp *vp, u8 input_vtl, u8 *vtl);
enum hv_status hvp_target_vtl_check(const struct hvp_vp *vp, const struct hvp_args *args,
				    u8 input_vtl);
enum hv_status hvp_target_vtl(struct hvp_vp *vp, const struct hvp_args *args, u8 input_vtl,
			      struct hvp_vp *target, u8 *vtl);
enum hv_status hvp_target_vp(struct hvp_vp *vp, const struct hvp_args *args, u32 index,
			     struct hvp_vp **target);
enum hv_status hvp_accessible_vp(struct hvp_vp *vp, const struct hvp_args *args, u32 index,
				 struct hvp_vp **target);
bool hvp_vp_set_has(const struct hvp_vp_set *set, u32 index);
bool hvp_vp_set_empty(const struct hvp_vp_set *set);

/* tlb.c */
enum hv_status hvp_flush_space(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_flush_space_ex(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_flush_list(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_flush_list_ex(struct hvp_vp *vp, struct hvp_args *args);

/* ipi.c */
enum hv_status hvp_send_ipi(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_send_ipi_ex(struct hvp_vp *vp, struct hvp_args *args);

/* vp_life.c */
enum hv_status hvp_create_vp(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_delete_vp(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_start_vp(struct hvp_vp *vp, struct hvp_args *args);

/* vp.c */
enum hv_status hvp_request_halt(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_long_spin_wait(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_vp_index_from_apic_id_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_vp_index_from_apic_id(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_vp_set_from_mda(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_vp_cpuid_values_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_vp_cpuid_values(struct hvp_vp *vp, struct hvp_args *args);

/* lp.c */
enum hv_status hvp_parked_vps(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_add_lp(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_remove_lp(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_lp_run_time(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_lp_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_lp_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_lp_registers_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_lp_registers(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_lp_registers(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_query_mca_lps(struct hvp_vp *vp, struct hvp_args *args);

/* partition.c */
enum hv_status hvp_create_partition(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_initialize_partition(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_finalize_partition(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_delete_partition(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_next_child(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_partition_id(struct hvp_vp *vp, struct hvp_args *args);

/* properties.c */
enum hv_status hvp_get_partition_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_partition_property_ex(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_partition_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_partition_property_ex(struct hvp_vp *vp, struct hvp_args *args);

/* memory.c */
enum hv_status hvp_deposit_memory(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_withdraw_memory_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_withdraw_memory(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_memory_balance(struct hvp_vp *vp, struct hvp_args *args);

/* gpa.c */
enum hv_status hvp_map_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_sparse(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_modify_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_modify_sparse(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_precommit_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_precommit_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_uncommit_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_uncommit_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_access_state_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_access_state(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_access_state_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_access_state_sparse(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_acquire_gpa_access_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_acquire_gpa_access(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_release_gpa_access_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_release_gpa_access(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_acquire_spa_access_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_acquire_spa_access(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_release_spa_access_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_release_spa_access(struct hvp_vp *vp, struct hvp_args *args);

/* nested.c */
enum hv_status hvp_flush_nested_space(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_flush_nested_list(struct hvp_vp *vp, struct hvp_args *args);

/* vp_state.c */
enum hv_status hvp_map_vp_state_page(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_vp_state_page(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_vp_state(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_vp_state(struct hvp_vp *vp, struct hvp_args *args);

/* gpa_access.c */
enum hv_status hvp_read_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_write_gpa(struct hvp_vp *vp, struct hvp_args *args);

/* port.c */
enum hv_status hvp_create_port(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_delete_port(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_connect_port(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_disconnect_port(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_port_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_port_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_post_message_call(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_signal_event_call(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_root_signal_event(struct hvp_vp *vp, struct hvp_args *args);

/* synic.c */
enum hv_status hvp_post_message_direct(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_signal_event_direct(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_notify_port_ring_empty(struct hvp_vp *vp, struct hvp_args *args);

/* interrupt.c */
enum hv_status hvp_assert_virtual_interrupt(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_clear_virtual_interrupt(struct hvp_vp *vp, struct hvp_args *args);

/* intercept.c */
enum hv_status hvp_install_intercept(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_register_intercept_result(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unregister_intercept_result(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_check_for_io_intercept(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_complete_intercept(struct hvp_vp *vp, struct hvp_args *args);

/* regs.c */
enum hv_status hvp_vp_registers_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_vp_registers(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_vp_registers(struct hvp_vp *vp, struct hvp_args *args);

/* translate.c */
enum hv_status hvp_translate_va(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_translate_va_ex(struct hvp_vp *vp, struct hvp_args *args);

/* vtl.c */
enum hv_status hvp_enable_partition_vtl(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_disable_partition_vtl(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_enable_vp_vtl(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_disable_vp_vtl(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_modify_vtl_protection_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_modify_vtl_protection(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_check_vtl_access_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_check_vtl_access(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_switch_vtl_call(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_switch_vtl_return(struct hvp_vp *vp, struct hvp_args *args);

/* device.c */
enum hv_status hvp_map_device_interrupt(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_device_interrupt(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_retarget_device_interrupt(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_attach_device(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_detach_device(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_get_device_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_device_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_persist_device_interrupt(struct hvp_vp *vp, struct hvp_args *args);

/* device_domain.c */
enum hv_status hvp_create_device_domain(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_attach_device_domain(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_device_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_device_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_device_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_device_gpa(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_detach_device_domain(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_delete_device_domain(struct hvp_vp *vp, struct hvp_args *args);

/* stats.c */
enum hv_status hvp_map_stats_page(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_stats_page2(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_stats_page(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_refresh_counters(struct hvp_vp *vp, struct hvp_args *args);

/* eventlog.c */
enum hv_status hvp_initialize_log_group(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_finalize_log_group(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_create_log_buffer(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_delete_log_buffer(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_map_log_buffer(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_unmap_log_buffer(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_log_sources(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_release_log_buffer(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_flush_log_buffer(struct hvp_vp *vp, struct hvp_args *args);

/* power.c */
enum hv_status hvp_get_power_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_power_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_enter_sleep_state(struct hvp_vp *vp, struct hvp_args *args);

/* system.c */
enum hv_status hvp_get_system_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_set_system_property(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_notify_partition_event(struct hvp_vp *vp, struct hvp_args *args);
enum hv_status hvp_ext_query_capabilities(struct hvp_vp *vp, struct hvp_args *args);

#endif
