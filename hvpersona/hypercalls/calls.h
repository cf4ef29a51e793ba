/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypercall table: one row per call, in order of the call code. It is the only
 * place that lists them; dispatch, the names in tracepoints, HVPERSONA_CALL_INFO, the
 * support matrix and the KUnit walk expand it with macros of their own:
 *
 *   SIMPLE(code, name, input, output, origin, seen, ...)
 *   REP(code, name, input, rep input, rep output, origin, seen, ...)
 *
 * Sizes are bytes of the fixed part. "origin" says why the call is here, "seen" which
 * columns of the paper's Table 4 mark it (root or guest, boot or idle; with a trailing _
 * where the paper is unreadable). The rest are initialisers of struct hvp_hypercall. A row
 * without HVP_SERVE or .kvm is known but not served. Source of all figures: the sheet's
 * sections "The call list" and "Calls by family".
 */
#ifndef HVP_CALLS_H
#define HVP_CALLS_H

#define HVP_HYPERCALLS(SIMPLE, REP)									\
	SIMPLE(0x0002, HvCallFlushVirtualAddressSpace, 24, 0, TABLE4, RB | RI | GB | GI,	\
		HVP_SERVE(flush_space))								\
	REP(0x0003, HvCallFlushVirtualAddressList, 24, 8, 0, TABLE4, RB | RI | GB | GI,		\
		.list = 1, HVP_SERVE(flush_list))						\
	SIMPLE(0x0004, HvCallGetLogicalProcessorRunTime, 8, 32, COMPANION, 0,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT),						\
		HVP_SERVE(lp_run_time))								\
	SIMPLE(0x0008, HvCallNotifyLongSpinWait, 8, 0, TABLE4, RB | GB,				\
		HVP_SERVE(long_spin_wait))							\
	SIMPLE(0x0009, HvCallParkedVirtualProcessors, 8, 0, TABLE4, RI | GB | GI,		\
		.privilege = HV_PRIV(CPU_MANAGEMENT), HVP_SERVE(parked_vps))			\
	SIMPLE(0x000b, HvCallSendSyntheticClusterIpi, 16, 0, TABLE4, RB | RI | GB | GI,		\
		HVP_SERVE(send_ipi))								\
	REP(0x000c, HvCallModifyVtlProtectionMask, 16, 8, 0, TABLE4, GB | GI,			\
		.privilege = HVP_VSM, .target = HVP_SELF,					\
		HVP_PREPARE(modify_vtl_protection), HVP_SERVE(modify_vtl_protection))		\
	SIMPLE(0x000d, HvCallEnablePartitionVtl, 16, 0, TABLE4, GB,				\
		.privilege = HVP_VSM, .target = HVP_SELF, HVP_SERVE(enable_partition_vtl))	\
	SIMPLE(0x000e, HvCallDisablePartitionVtl, 16, 0, INVERSE, 0,				\
		.privilege = HVP_VSM, .target = HVP_SELF, .own_layout = 1,			\
		HVP_SERVE(disable_partition_vtl))						\
	SIMPLE(0x000f, HvCallEnableVpVtl, 240, 0, TABLE4, GB,					\
		.privilege = HVP_VSM, .target = HVP_SELF, HVP_SERVE(enable_vp_vtl))		\
	SIMPLE(0x0010, HvCallDisableVpVtl, 16, 0, INVERSE, 0,					\
		.privilege = HVP_VSM, .target = HVP_SELF, .own_layout = 1,			\
		HVP_SERVE(disable_vp_vtl))							\
	SIMPLE(0x0011, HvCallVtlCall, 0, 0, TABLE4, GB | GI,					\
		.privilege = HVP_VSM, .vtl_switch = 1, HVP_SERVE(switch_vtl_call))		\
	SIMPLE(0x0012, HvCallVtlReturn, 0, 0, TABLE4, GB | GI,					\
		.privilege = HVP_VSM, .vtl_switch = 1, HVP_SERVE(switch_vtl_return))		\
	SIMPLE(0x0013, HvCallFlushVirtualAddressSpaceEx, 32, 0, COMPANION, 0,			\
		.var = 1, HVP_SERVE(flush_space_ex))						\
	REP(0x0014, HvCallFlushVirtualAddressListEx, 32, 8, 0, COMPANION, 0,			\
		.var = 1, .list = 1, HVP_SERVE(flush_list_ex))					\
	SIMPLE(0x0015, HvCallSendSyntheticClusterIpiEx, 24, 0, TABLE4, GI,			\
		.var = 1, HVP_SERVE(send_ipi_ex))						\
	SIMPLE(0x0040, HvCallCreatePartition, 56, 8, TABLE4, RB | GB | GI_,			\
		.privilege = HV_PRIV(CREATE_PARTITIONS),					\
		HVP_SERVE(create_partition))							\
	SIMPLE(0x0041, HvCallInitializePartition, 8, 0, TABLE4, RB | GB,			\
		.target = HVP_PARENT,								\
		.states = HVP_IN_CREATED, HVP_SERVE(initialize_partition))			\
	SIMPLE(0x0042, HvCallFinalizePartition, 8, 0, INVERSE, 0,				\
		.target = HVP_PARENT,								\
		.states = HVP_IN_ACTIVE | HVP_IN_FINALIZING, HVP_SERVE(finalize_partition))	\
	SIMPLE(0x0043, HvCallDeletePartition, 8, 0, INVERSE, 0,					\
		.target = HVP_PARENT,								\
		.states = HVP_IN_CREATED | HVP_IN_FINALIZED, HVP_SERVE(delete_partition))	\
	SIMPLE(0x0044, HvCallGetPartitionProperty, 16, 8, TABLE4, RB | GB | GI,			\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS),					\
		.target = HVP_PARENT | HVP_ROOT | HVP_SELF,					\
		.states = HVP_IN_CREATED | HVP_IN_ACTIVE, HVP_SERVE(get_partition_property))	\
	SIMPLE(0x0045, HvCallSetPartitionProperty, 24, 0, TABLE4, RB | GB,			\
		.target = HVP_PARENT | HVP_ROOT,						\
		.states = HVP_IN_CREATED | HVP_IN_ACTIVE, HVP_SERVE(set_partition_property))	\
	SIMPLE(0x0046, HvCallGetPartitionId, 0, 8, TABLE4, RB | GB_,				\
		.privilege = HV_PRIV(ACCESS_PARTITION_ID), HVP_SERVE(get_partition_id))		\
	SIMPLE(0x0047, HvCallGetNextChildPartition, 16, 8, COMPANION, 0,			\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS), .target = HVP_SELF,		\
		.states = HVP_IN_ANY, HVP_SERVE(next_child))					\
	REP(0x0048, HvCallDepositMemory, 8, 8, 0, TABLE4, RB | GB,				\
		.privilege = HV_PRIV(ACCESS_MEMORY_POOL),					\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS),					\
		.target = HVP_PARENT | HVP_ROOT | HVP_SELF,					\
		.states = HVP_IN_CREATED | HVP_IN_ACTIVE, HVP_SERVE(deposit_memory))		\
	REP(0x0049, HvCallWithdrawMemory, 16, 0, 8, TABLE4, RB | GB,				\
		.privilege = HV_PRIV(ACCESS_MEMORY_POOL),					\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS),					\
		.target = HVP_PARENT | HVP_ROOT | HVP_SELF,					\
		.states = HVP_IN_ANY, HVP_PREPARE(withdraw_memory), HVP_SERVE(withdraw_memory))	\
	SIMPLE(0x004a, HvCallGetMemoryBalance, 16, 16, TABLE4, RB | GB,				\
		.privilege = HV_PRIV(ACCESS_MEMORY_POOL),					\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS),					\
		.target = HVP_PARENT | HVP_ROOT | HVP_SELF,					\
		.states = HVP_IN_ANY, HVP_SERVE(get_memory_balance))				\
	REP(0x004b, HvCallMapGpaPages, 24, 8, 0, TABLE4, RB | GB | GI,				\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(map_gpa), HVP_SERVE(map_gpa))					\
	REP(0x004c, HvCallUnmapGpaPages, 24, 0, 0, TABLE4, RB | GB | GI,			\
		.target = HVP_PARENT,								\
		HVP_PREPARE(unmap_gpa), HVP_SERVE(unmap_gpa))					\
	SIMPLE(0x004d, HvCallInstallIntercept, 24, 0, TABLE4, RB | GB,				\
		.target = HVP_PARENT, HVP_SERVE(install_intercept))				\
	SIMPLE(0x004e, HvCallCreateVp, 40, 0, TABLE4, RB | GB,					\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_SERVE(create_vp))								\
	SIMPLE(0x004f, HvCallDeleteVp, 16, 0, INVERSE, 0,					\
		.target = HVP_PARENT,								\
		HVP_SERVE(delete_vp))								\
	REP(0x0050, HvCallGetVpRegisters, 16, 4, 16, TABLE4, RB | GB | GI,			\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		HVP_PREPARE(vp_registers), HVP_SERVE(get_vp_registers))				\
	REP(0x0051, HvCallSetVpRegisters, 16, 32, 0, TABLE4, RB | GB | GI,			\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		.whole = 1, HVP_PREPARE(vp_registers), HVP_SERVE(set_vp_registers))		\
	SIMPLE(0x0052, HvCallTranslateVirtualAddress, 32, 16, TABLE4, RB | GB | GI,		\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(translate_va))							\
	SIMPLE(0x0053, HvCallReadGpa, 32, 24, COMPANION, 0,					\
		.target = HVP_PARENT,								\
		HVP_SERVE(read_gpa))								\
	SIMPLE(0x0054, HvCallWriteGpa, 48, 8, COMPANION, 0,					\
		.target = HVP_PARENT,								\
		HVP_SERVE(write_gpa))								\
	SIMPLE(0x0056, HvCallClearVirtualInterrupt, 8, 0, INVERSE, 0,				\
		.target = HVP_PARENT, HVP_SERVE(clear_virtual_interrupt))			\
	SIMPLE(0x0058, HvCallDeletePort, 16, 0, INVERSE, 0,					\
		.self_privilege = HV_PRIV(CREATE_PORT), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(delete_port))								\
	SIMPLE(0x005a, HvCallGetPortProperty, 24, 8, TABLE4, GB,				\
		.privilege = HV_PRIV(CREATE_PORT), .target = HVP_PARENT | HVP_SELF,		\
		HVP_SERVE(get_port_property))							\
	SIMPLE(0x005b, HvCallDisconnectPort, 16, 0, INVERSE, 0,					\
		.self_privilege = HV_PRIV(CONNECT_PORT), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(disconnect_port))							\
	SIMPLE(0x005c, HvCallPostMessage, 256, 0, TABLE4, GB | GI,				\
		.privilege = HV_PRIV(POST_MESSAGES), .kvm = 1, HVP_SERVE(post_message_call))	\
	SIMPLE(0x005d, HvCallSignalEvent, 8, 0, TABLE4, GB | GI,				\
		.privilege = HV_PRIV(SIGNAL_EVENTS), .kvm = 1, HVP_SERVE(signal_event_call))	\
	SIMPLE(0x0060, HvCallInitializeEventLogBufferGroup, 28, 0, TABLE4, RB | GB_ | GI_,	\
		.root_only = 1, HVP_SERVE(initialize_log_group))				\
	SIMPLE(0x0061, HvCallFinalizeEventLogBufferGroup, 8, 0, INVERSE, 0,			\
		.root_only = 1, HVP_SERVE(finalize_log_group))					\
	SIMPLE(0x0062, HvCallCreateEventLogBuffer, 16, 0, TABLE4, RB,				\
		.root_only = 1, HVP_SERVE(create_log_buffer))					\
	SIMPLE(0x0063, HvCallDeleteEventLogBuffer, 8, 0, INVERSE, 0,				\
		.root_only = 1, HVP_SERVE(delete_log_buffer))					\
	SIMPLE(0x0064, HvCallMapEventLogBuffer, 8, 4096, TABLE4, RB_ | GB_,			\
		.root_only = 1, .out_var = 1, HVP_SERVE(map_log_buffer))			\
	SIMPLE(0x0065, HvCallUnmapEventLogBuffer, 8, 0, INVERSE, 0,				\
		.root_only = 1, HVP_SERVE(unmap_log_buffer))					\
	SIMPLE(0x0066, HvCallSetEventLogGroupSources, 16, 0, TABLE4, RB,			\
		.root_only = 1, .more = 528, HVP_SERVE(set_log_sources))			\
	SIMPLE(0x0067, HvCallReleaseEventLogBuffer, 8, 0, TABLE4, GB_,				\
		.root_only = 1, HVP_SERVE(release_log_buffer))					\
	SIMPLE(0x0068, HvCallFlushEventLogBuffer, 8, 0, TABLE4, RB | GB,			\
		.root_only = 1, HVP_SERVE(flush_log_buffer))					\
	SIMPLE(0x006c, HvCallMapStatsPage, 24, 8, TABLE4, RB | RI | GB | GI,			\
		.privilege = HV_PRIV(ACCESS_STATS), .more = 8, .out_var = 1,			\
		HVP_SERVE(map_stats_page))							\
	SIMPLE(0x006d, HvCallUnmapStatsPage, 24, 0, INVERSE, 0,					\
		.privilege = HV_PRIV(ACCESS_STATS), HVP_SERVE(unmap_stats_page))		\
	REP(0x006e, HvCallMapSparseGpaPages, 16, 16, 0, TABLE4, RB | GB,			\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(map_sparse), HVP_SERVE(map_sparse))					\
	SIMPLE(0x006f, HvCallSetSystemProperty, 72, 0, TABLE4, RB,				\
		.root_only = 1,									\
		HVP_SERVE(set_system_property))							\
	SIMPLE(0x0070, HvCallSetPortProperty, 32, 0, TABLE4, GB,				\
		.privilege = HV_PRIV(CREATE_PORT), .target = HVP_PARENT | HVP_SELF,		\
		HVP_SERVE(set_port_property))							\
	SIMPLE(0x0076, HvCallAddLogicalProcessor, 16, 56, TABLE4, RB | GI_,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .root_only = 1,				\
		HVP_SERVE(add_lp))								\
	SIMPLE(0x0077, HvCallRemoveLogicalProcessor, 8, 0, INVERSE, 0,				\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(remove_lp))								\
	SIMPLE(0x0079, HvCallSetLogicalProcessorProperty, 32, 0, COMPANION, 0,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(set_lp_property))							\
	SIMPLE(0x007a, HvCallGetLogicalProcessorProperty, 16, 16, TABLE4, RB | GB_,		\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(get_lp_property))							\
	SIMPLE(0x007b, HvCallGetSystemProperty, 16, 8, TABLE4, RB,				\
		HVP_SERVE(get_system_property))							\
	SIMPLE(0x007c, HvCallMapDeviceInterrupt, 72, 56, TABLE4, RB,				\
		.self_privilege = HV_PRIV(CPU_MANAGEMENT), .var = 1,				\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(map_device_interrupt))		\
	SIMPLE(0x007d, HvCallUnmapDeviceInterrupt, 36, 0, INVERSE, 0,				\
		.self_privilege = HV_PRIV(CPU_MANAGEMENT),					\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(unmap_device_interrupt))		\
	SIMPLE(0x007e, HvCallRetargetDeviceInterrupt, 56, 0, TABLE4, RB | RI | GB | GI,		\
		.var = 1, .target = HVP_SELF | HVP_PARENT, HVP_SERVE(retarget_device_interrupt))	\
	SIMPLE(0x007f, HvCallRetargetRootDeviceInterrupt, 56, 0, TABLE4, RB,			\
		.var = 1, .privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,	\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(retarget_device_interrupt))		\
	SIMPLE(0x0082, HvCallAttachDevice, 40, 0, TABLE4, RB,					\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .root_only = 1,				\
		.target = HVP_PARENT | HVP_ROOT, HVP_SERVE(attach_device))			\
	SIMPLE(0x0083, HvCallDetachDevice, 16, 0, INVERSE, 0,					\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .root_only = 1,				\
		.target = HVP_PARENT | HVP_ROOT, HVP_SERVE(detach_device))			\
	SIMPLE(0x0084, HvCallEnterSleepState, 4, 0, COMPANION, 0,				\
		.root_only = 1,									\
		HVP_SERVE(enter_sleep_state))							\
	SIMPLE(0x0087, HvCallNotifyPartitionEvent, 8, 0, TABLE4, RB,				\
		.root_only = 1,									\
		HVP_SERVE(notify_partition_event))						\
	REP(0x0088, HvCallGetLogicalProcessorRegisters, 16, 4, 16, TABLE4, RB,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_PREPARE(lp_registers), HVP_SERVE(get_lp_registers))				\
	REP(0x0089, HvCallSetLogicalProcessorRegisters, 16, 32, 0, TABLE4, RB,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_PREPARE(lp_registers), HVP_SERVE(set_lp_registers))				\
	SIMPLE(0x008a, HvCallQueryAssociatedLpsForMca, 8, 4096, TABLE4, RB,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1, .out_var = 1,	\
		HVP_SERVE(query_mca_lps))							\
	SIMPLE(0x008b, HvCallNotifyPortRingEmpty, 8, 0, COMPANION, 0,				\
		.root_only = 1, HVP_SERVE(notify_port_ring_empty))				\
	REP(0x0090, HvCallModifySparseGpaPages, 16, 8, 0, TABLE4, GB,				\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(modify_sparse), HVP_SERVE(modify_sparse))				\
	SIMPLE(0x0091, HvCallRegisterInterceptResult, 64, 0, TABLE4, GB,			\
		.target = HVP_PARENT, HVP_SERVE(register_intercept_result))			\
	SIMPLE(0x0092, HvCallUnregisterInterceptResult, 28, 0, INVERSE, 0,			\
		.target = HVP_PARENT, HVP_SERVE(unregister_intercept_result), .own_layout = 1)	\
	SIMPLE(0x0094, HvCallAssertVirtualInterrupt, 32, 0, TABLE4, RB,				\
		.target = HVP_PARENT | HVP_ROOT | HVP_VTL, HVP_SERVE(assert_virtual_interrupt))	\
	SIMPLE(0x0095, HvCallCreatePort, 56, 0, TABLE4, GB,					\
		.self_privilege = HV_PRIV(CREATE_PORT), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(create_port))								\
	SIMPLE(0x0096, HvCallConnectPort, 72, 0, TABLE4, GB,					\
		.self_privilege = HV_PRIV(CONNECT_PORT), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(connect_port))							\
	SIMPLE(0x0099, HvCallStartVirtualProcessor, 240, 0, TABLE4, RB | GB,			\
		.self_privilege = HV_PRIV(START_VIRTUAL_PROCESSOR), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(start_vp))								\
	REP(0x009a, HvCallGetVpIndexFromApicId, 16, 4, 4, TABLE4, RB | GB,			\
		.self_privilege = HV_PRIV(START_VIRTUAL_PROCESSOR), .target = HVP_PARENT | HVP_SELF,	\
		HVP_PREPARE(vp_index_from_apic_id),						\
		HVP_SERVE(vp_index_from_apic_id))						\
	SIMPLE(0x009b, HvCallGetPowerProperty, 16, 8, TABLE4, RB,				\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(get_power_property))							\
	SIMPLE(0x009c, HvCallSetPowerProperty, 24, 0, TABLE4, RB,				\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(set_power_property))							\
	SIMPLE(0x00aa, HvCallGetPhysicalDeviceProperty, 16, 16, TABLE4, RB,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(get_device_property))							\
	SIMPLE(0x00ab, HvCallSetPhysicalDeviceProperty, 32, 0, COMPANION, 0,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(set_device_property))							\
	SIMPLE(0x00ac, HvCallTranslateVirtualAddressEx, 32, 64, TABLE4, GB | GI,		\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		HVP_SERVE(translate_va_ex))							\
	SIMPLE(0x00ad, HvCallCheckForIoIntercept, 18, 1, COMPANION, 0,				\
		.target = HVP_PARENT, HVP_SERVE(check_for_io_intercept))			\
	SIMPLE(0x00af, HvCallFlushGuestPhysicalAddressSpace, 16, 0, COMPANION, 0,		\
		HVP_SERVE(flush_nested_space))							\
	REP(0x00b0, HvCallFlushGuestPhysicalAddressList, 16, 8, 0, COMPANION, 0,		\
		.list = 1, HVP_SERVE(flush_nested_list))					\
	SIMPLE(0x00b1, HvCallCreateDeviceDomain, 28, 0, COMPANION, 0, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(create_device_domain))		\
	SIMPLE(0x00b2, HvCallAttachDeviceDomain, 32, 0, TABLE4, RB, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(attach_device_domain))		\
	REP(0x00b3, HvCallMapDeviceGpaPages, 40, 8, 0, COMPANION, 0, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT,						\
		HVP_PREPARE(map_device_gpa), HVP_SERVE(map_device_gpa))				\
	REP(0x00b4, HvCallUnmapDeviceGpaPages, 32, 0, 0, INVERSE, 0, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT,						\
		HVP_PREPARE(unmap_device_gpa), HVP_SERVE(unmap_device_gpa))			\
	SIMPLE(0x00bd, HvCallCompleteIntercept, 24, 0, TABLE4, GB,				\
		.target = HVP_PARENT, HVP_SERVE(complete_intercept), .own_layout = 1)		\
	REP(0x00be, HvCallPrecommitGpaPages, 24, 0, 0, TABLE4, RB | GB,				\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(precommit_gpa), HVP_SERVE(precommit_gpa))				\
	REP(0x00bf, HvCallUncommitGpaPages, 24, 0, 0, TABLE4, GB,				\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(uncommit_gpa), HVP_SERVE(uncommit_gpa), .own_layout = 1)		\
	SIMPLE(0x00c0, HvCallSignalEventDirect, 16, 8, COMPANION, 0,				\
		.target = HVP_PARENT | HVP_ROOT, HVP_SERVE(signal_event_direct))		\
	SIMPLE(0x00c1, HvCallPostMessageDirect, 280, 0, COMPANION, 0,				\
		.target = HVP_PARENT | HVP_ROOT, HVP_SERVE(post_message_direct))		\
	SIMPLE(0x00c2, HvCallDispatchVp, 32, 8, TABLE4, RB | GB | GI,				\
		.target = HVP_PARENT)								\
	SIMPLE(0x00c4, HvCallDetachDeviceDomain, 16, 0, INVERSE, 0, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(detach_device_domain))		\
	SIMPLE(0x00c5, HvCallDeleteDeviceDomain, 24, 0, INVERSE, 0, .root_only = 1,		\
		.target = HVP_SELF | HVP_PARENT, HVP_SERVE(delete_device_domain))		\
	REP(0x00c9, HvCallGetGpaPagesAccessState, 24, 0, 1, COMPANION, 0,			\
		.target = HVP_PARENT,								\
		HVP_PREPARE(access_state), HVP_SERVE(access_state))				\
	REP(0x00ca, HvCallGetSparseGpaPagesAccessState, 16, 8, 1, TABLE4, RB | RI | GB | GI,	\
		.target = HVP_PARENT | HVP_ROOT,						\
		HVP_PREPARE(access_state_sparse), HVP_SERVE(access_state_sparse),		\
		.own_layout = 1)								\
	REP(0x00d2, HvCallAcquireSparseGpaPageHostAccess, 16, 8, 0, TABLE4, GB,			\
		.target = HVP_PARENT,								\
		.target_at = 8,									\
		HVP_PREPARE(acquire_gpa_access), HVP_SERVE(acquire_gpa_access),			\
		.own_layout = 1)								\
	REP(0x00d3, HvCallReleaseSparseGpaPageHostAccess, 16, 8, 0, INVERSE, 0,			\
		.target = HVP_PARENT,								\
		.target_at = 8,									\
		HVP_PREPARE(release_gpa_access), HVP_SERVE(release_gpa_access),			\
		.own_layout = 1)								\
	REP(0x00d4, HvCallCheckSparseGpaPageVtlAccess, 16, 8, 8, TABLE4, GB,			\
		.privilege = HVP_VSM, .target = HVP_SELF,					\
		HVP_PREPARE(check_vtl_access), HVP_SERVE(check_vtl_access))			\
	REP(0x00d7, HvCallAcquireSparseSpaPageHostAccess, 16, 8, 0, COMPANION, 0,		\
		.target = HVP_PARENT,								\
		.target_at = 8, .target_optional = 1,						\
		HVP_PREPARE(acquire_spa_access), HVP_SERVE(acquire_spa_access))			\
	REP(0x00d8, HvCallReleaseSparseSpaPageHostAccess, 16, 8, 0, COMPANION, 0,		\
		.target = HVP_PARENT,								\
		.target_at = 8,									\
		HVP_PREPARE(release_spa_access), HVP_SERVE(release_spa_access))			\
	SIMPLE(0x00de, HvCallRequestProcessorHalt, 8, 0, TABLE4, RB | RI | GB | GI,		\
		.root_only = 1,									\
		HVP_SERVE(request_halt), .own_layout = 1)					\
	SIMPLE(0x00e1, HvCallMapVpStatePage, 24, 8, TABLE4, RB | GB,				\
		.target = HVP_PARENT,								\
		HVP_SERVE(map_vp_state_page))							\
	SIMPLE(0x00e2, HvCallUnmapVpStatePage, 16, 0, INVERSE, 0,				\
		.target = HVP_PARENT,								\
		HVP_SERVE(unmap_vp_state_page))							\
	SIMPLE(0x00e3, HvCallGetVpState, 40, 200, INVERSE, 0,					\
		.var = 1, .target = HVP_PARENT,							\
		.out_var = 1, HVP_SERVE(get_vp_state))						\
	SIMPLE(0x00e4, HvCallSetVpState, 40, 0, TABLE4, RB,					\
		.var = 1, .target = HVP_PARENT | HVP_ROOT,					\
		HVP_SERVE(set_vp_state))							\
	SIMPLE(0x00e5, HvCallGetVpSetFromMda, 24, 528, COMPANION, 0,				\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		.out_var = 1, HVP_SERVE(vp_set_from_mda))					\
	SIMPLE(0x00ed, HvCallPersistDeviceInterrupt, 32, 0, COMPANION, 0,			\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(persist_device_interrupt))						\
	SIMPLE(0x00ee, HvCallRefreshPerformanceCounters, 8, 0, TABLE4, RB | RI | GB | GI,	\
		.privilege = HV_PRIV(CPU_MANAGEMENT), .own_layout = 1, .root_only = 1,		\
		HVP_SERVE(refresh_counters))							\
	SIMPLE(0x00f3, HvCallRootSignalEvent, 8, 0, TABLE4, GB | GI,				\
		.root_only = 1, HVP_SERVE(root_signal_event), .own_layout = 1)			\
	REP(0x00f4, HvCallGetVpCpuidValues, 24, 24, 16, COMPANION, 0,				\
		.self_privilege = HV_PRIV(ACCESS_VP_REGISTERS), .target = HVP_PARENT | HVP_SELF,	\
		HVP_PREPARE(vp_cpuid_values),							\
		HVP_SERVE(vp_cpuid_values))							\
	SIMPLE(0x0101, HvCallGetPartitionPropertyEx, 24, 4072, COMPANION, 0,			\
		.self_privilege = HV_PRIV(CREATE_PARTITIONS),					\
		.target = HVP_PARENT | HVP_ROOT | HVP_SELF, .out_var = 1,			\
		.states = HVP_IN_CREATED | HVP_IN_ACTIVE, HVP_SERVE(get_partition_property_ex))	\
	SIMPLE(0x010a, HvCallSetPartitionPropertyEx, 24, 0, COMPANION, 0,			\
		.var = 1, .target = HVP_PARENT | HVP_ROOT,					\
		.states = HVP_IN_CREATED | HVP_IN_ACTIVE, HVP_SERVE(set_partition_property_ex))	\
	SIMPLE(0x0131, HvCallMapStatsPage2, 32, 0, COMPANION, 0,				\
		.privilege = HV_PRIV(ACCESS_STATS), HVP_SERVE(map_stats_page2))			\
	SIMPLE(0x8001, HvExtCallQueryCapabilities, 0, 8, COMPANION, 0,				\
		.privilege = HV_PRIV(ENABLE_EXTENDED_HYPERCALLS), HVP_SERVE(ext_query_capabilities))

#endif
