/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of statistics pages: X(number, name, what it counts here). Those with an empty
 * text are not counted and stay zero. Numbers and names are those of the sheet's section
 * "Statistics", which has them from Linux's drivers/hv/mshv_debugfs_counters.c; counter i is the
 * u64 at byte 8 * i. Times are in units of 100 ns.
 *
 * Documentation/stats-counters.rst is made from this list, by tests/counters.sh.
 */
#ifndef HVP_STATS_COUNTERS_H
#define HVP_STATS_COUNTERS_H

#define HVP_HYPERVISOR_COUNTERS(X)								\
	X(1, HvLogicalProcessors, "logical processors")						\
	X(2, HvPartitions, "partitions")							\
	X(3, HvTotalPages, "pages in the pools of all partitions")				\
	X(4, HvVirtualProcessors, "virtual processors")						\
	X(5, HvMonitoredNotifications, "signals by monitor pages")						\
	X(6, HvModernStandbyEntries, "")							\
	X(7, HvPlatformIdleTransitions, "")							\
	X(8, HvHypervisorStartupCost, "")							\
	X(10, HvIOSpacePages, "")								\
	X(11, HvNonEssentialPagesForDump, "")							\
	X(12, HvSubsumedPages, "")

#define HVP_LP_COUNTERS(X)									\
	X(1, LpGlobalTime, "time since the partition was made")					\
	X(2, LpTotalRunTime, "time in the guest and in the host kernel")			\
	X(3, LpHypervisorRunTime, "time in the host kernel")					\
	X(4, LpHardwareInterrupts, "exits for interrupts of the host")				\
	X(5, LpContextSwitches, "times that the host switched to its thread")			\
	X(6, LpInterProcessorInterrupts, "")							\
	X(7, LpSchedulerInterrupts, "")								\
	X(8, LpTimerInterrupts, "")								\
	X(9, LpInterProcessorInterruptsSent, "as VpApicIpisSent")				\
	X(10, LpProcessorHalts, "exits for HLT")						\
	X(11, LpMonitorTransitionCost, "")							\
	X(12, LpContextSwitchTime, "")								\
	X(13, LpC1TransitionsCount, "exits for HLT")						\
	X(14, LpC1RunTime, "time halted")							\
	X(15, LpC2TransitionsCount, "")								\
	X(16, LpC2RunTime, "")									\
	X(17, LpC3TransitionsCount, "")								\
	X(18, LpC3RunTime, "")									\
	X(19, LpRootVpIndex, "index of its VP")							\
	X(20, LpIdleSequenceNumber, "")								\
	X(21, LpGlobalTscCount, "")								\
	X(22, LpActiveTscCount, "TSC ticks in LpTotalRunTime")					\
	X(23, LpIdleAccumulation, "time halted")						\
	X(24, LpReferenceCycleCount0, "")							\
	X(25, LpActualCycleCount0, "")								\
	X(26, LpReferenceCycleCount1, "")							\
	X(27, LpActualCycleCount1, "")								\
	X(28, LpProximityDomainId, "NUMA node that the root gave")				\
	X(29, LpPostedInterruptNotifications, "")						\
	X(30, LpBranchPredictorFlushes, "")							\
	X(31, LpL1DataCacheFlushes, "")								\
	X(32, LpImmediateL1DataCacheFlushes, "")						\
	X(33, LpMbFlushes, "")									\
	X(34, LpCounterRefreshSequenceNumber, "calls of HvCallRefreshPerformanceCounters")	\
	X(35, LpCounterRefreshReferenceTime, "reference time of the last of them")		\
	X(36, LpIdleAccumulationSnapshot, "LpIdleAccumulation at that time")			\
	X(37, LpActiveTscCountSnapshot, "LpActiveTscCount at that time")			\
	X(38, LpHwpRequestContextSwitches, "")							\
	X(39, LpPlaceholder1, "")								\
	X(40, LpPlaceholder2, "")								\
	X(41, LpPlaceholder3, "")								\
	X(42, LpPlaceholder4, "")								\
	X(43, LpPlaceholder5, "")								\
	X(44, LpPlaceholder6, "")								\
	X(45, LpPlaceholder7, "")								\
	X(46, LpPlaceholder8, "")								\
	X(47, LpPlaceholder9, "")								\
	X(48, LpSchLocalRunListSize, "")							\
	X(49, LpReserveGroupId, "")								\
	X(50, LpRunningPriority, "")								\
	X(51, LpPerfmonInterruptCount, "")

#define HVP_PARTITION_COUNTERS(X)								\
	X(1, PtVirtualProcessors, "its VPs")							\
	X(3, PtTlbSize, "")									\
	X(4, PtAddressSpaces, "")								\
	X(5, PtDepositedPages, "pages in its pool")						\
	X(6, PtGpaPages, "pages of its address space")						\
	X(7, PtGpaSpaceModifications, "changes of rights and mappings")				\
	X(8, PtVirtualTlbFlushEntires, "entries of HvCallFlushVirtualAddressList(Ex)")		\
	X(9, PtRecommendedTlbSize, "")								\
	X(10, PtGpaPages4K, "pages mapped as 4 KiB")						\
	X(11, PtGpaPages2M, "mapped as 2 MiB, in these units")					\
	X(12, PtGpaPages1G, "mapped as 1 GiB, in these units")					\
	X(13, PtGpaPages512G, "")								\
	X(14, PtDevicePages4K, "")								\
	X(15, PtDevicePages2M, "")								\
	X(16, PtDevicePages1G, "")								\
	X(17, PtDevicePages512G, "")								\
	X(18, PtAttachedDevices, "devices that the root has attached")				\
	X(19, PtDeviceInterruptMappings, "mapped device interrupts")				\
	X(20, PtIoTlbFlushes, "")								\
	X(21, PtIoTlbFlushCost, "")								\
	X(22, PtDeviceInterruptErrors, "")							\
	X(23, PtDeviceDmaErrors, "")								\
	X(24, PtDeviceInterruptThrottleEvents, "")						\
	X(25, PtSkippedTimerTicks, "")								\
	X(26, PtPartitionId, "its id")								\
	X(27, PtNestedTlbSize, "")								\
	X(28, PtRecommendedNestedTlbSize, "")							\
	X(29, PtNestedTlbFreeListSize, "")							\
	X(30, PtNestedTlbTrimmedPages, "")							\
	X(31, PtPagesShattered, "")								\
	X(32, PtPagesRecombined, "")								\
	X(33, PtHwpRequestValue, "")								\
	X(34, PtAutoSuspendEnableTime, "")							\
	X(35, PtAutoSuspendTriggerTime, "")							\
	X(36, PtAutoSuspendDisableTime, "")							\
	X(37, PtPlaceholder1, "")								\
	X(38, PtPlaceholder2, "")								\
	X(39, PtPlaceholder3, "")								\
	X(40, PtPlaceholder4, "")								\
	X(41, PtPlaceholder5, "")								\
	X(42, PtPlaceholder6, "")								\
	X(43, PtPlaceholder7, "")								\
	X(44, PtPlaceholder8, "")								\
	X(45, PtHypervisorStateTransferGeneration, "")						\
	X(46, PtNumberofActiveChildPartitions, "its children")

#define HVP_VP_COUNTERS(X)									\
	X(1, VpTotalRunTime, "time in the guest and in the host kernel")			\
	X(2, VpHypervisorRunTime, "time in the host kernel")					\
	X(3, VpRemoteNodeRunTime, "")								\
	X(4, VpNormalizedRunTime, "")								\
	X(5, VpIdealCpu, "")									\
	X(7, VpHypercallsCount, "completed hypercalls")						\
	X(8, VpHypercallsTime, "time in them")							\
	X(9, VpPageInvalidationsCount, "exits for INVLPG")					\
	X(10, VpPageInvalidationsTime, "time in their handler")					\
	X(11, VpControlRegisterAccessesCount, "exits for accesses to control registers")	\
	X(12, VpControlRegisterAccessesTime, "time in their handler")				\
	X(13, VpIoInstructionsCount, "exits for I/O instructions")				\
	X(14, VpIoInstructionsTime, "time in their handler")					\
	X(15, VpHltInstructionsCount, "exits for HLT")						\
	X(16, VpHltInstructionsTime, "time in their handler")					\
	X(17, VpMwaitInstructionsCount, "exits for MWAIT and MONITOR")				\
	X(18, VpMwaitInstructionsTime, "time in their handler")					\
	X(19, VpCpuidInstructionsCount, "exits for CPUID")					\
	X(20, VpCpuidInstructionsTime, "time in their handler")					\
	X(21, VpMsrAccessesCount, "exits for accesses to MSRs")					\
	X(22, VpMsrAccessesTime, "time in their handler")					\
	X(23, VpOtherInterceptsCount, "exits for any other reason")				\
	X(24, VpOtherInterceptsTime, "time in their handler")					\
	X(25, VpExternalInterruptsCount, "exits for interrupts of the host")			\
	X(26, VpExternalInterruptsTime, "time in their handler")				\
	X(27, VpPendingInterruptsCount, "exits for interrupt windows")				\
	X(28, VpPendingInterruptsTime, "time in their handler")					\
	X(29, VpEmulatedInstructionsCount, "instructions that KVM emulated")			\
	X(30, VpEmulatedInstructionsTime, "")							\
	X(31, VpDebugRegisterAccessesCount, "exits for accesses to debug registers")		\
	X(32, VpDebugRegisterAccessesTime, "time in their handler")				\
	X(33, VpPageFaultInterceptsCount, "exits for exceptions #PF")				\
	X(34, VpPageFaultInterceptsTime, "time in their handler")				\
	X(35, VpGuestPageTableMaps, "")								\
	X(36, VpLargePageTlbFills, "")								\
	X(37, VpSmallPageTlbFills, "")								\
	X(38, VpReflectedGuestPageFaults, "")							\
	X(39, VpApicMmioAccesses, "accesses to the page of the local APIC that exit")		\
	X(40, VpIoInterceptMessages, "intercept messages for I/O ports")			\
	X(41, VpMemoryInterceptMessages, "intercept messages for memory")			\
	X(42, VpApicEoiAccesses, "writes of EOI that exit")					\
	X(43, VpOtherMessages, "other intercept messages")					\
	X(44, VpPageTableAllocations, "")							\
	X(45, VpLogicalProcessorMigrations, "moves of its thread between the host's CPUs")	\
	X(46, VpAddressSpaceEvictions, "")							\
	X(47, VpAddressSpaceSwitches, "")							\
	X(48, VpAddressDomainFlushes, "flush calls for all address spaces")			\
	X(49, VpAddressSpaceFlushes, "flush calls for one address space")			\
	X(50, VpGlobalGvaRangeFlushes, "flush calls with a list")				\
	X(51, VpLocalGvaRangeFlushes, "flush calls for non-global pages")			\
	X(52, VpPageTableEvictions, "")								\
	X(53, VpPageTableReclamations, "")							\
	X(54, VpPageTableResets, "")								\
	X(55, VpPageTableValidations, "")							\
	X(56, VpApicTprAccesses, "accesses to TPR and CR8 that exit")				\
	X(57, VpPageTableWriteIntercepts, "")							\
	X(58, VpSyntheticInterrupts, "SINTs that the module raised")				\
	X(59, VpVirtualInterrupts, "interrupts that KVM injected")				\
	X(60, VpApicIpisSent, "writes of ICR that exit, and IPI hypercalls")			\
	X(61, VpApicSelfIpisSent, "writes of the x2APIC SELF IPI register that exit")		\
	X(62, VpGpaSpaceHypercalls, "hypercalls on GPA spaces")					\
	X(63, VpLogicalProcessorHypercalls, "hypercalls on logical processors")			\
	X(64, VpLongSpinWaitHypercalls, "hypercalls HvCallNotifyLongSpinWait")			\
	X(65, VpOtherHypercalls, "hypercalls of no other kind")					\
	X(66, VpSyntheticInterruptHypercalls, "hypercalls on messages and events")		\
	X(67, VpVirtualInterruptHypercalls, "hypercalls on interrupts")				\
	X(68, VpVirtualMmuHypercalls, "hypercalls that flush translations")			\
	X(69, VpVirtualProcessorHypercalls, "hypercalls on VPs")				\
	X(70, VpHardwareInterrupts, "exits for interrupts of the host")				\
	X(71, VpNestedPageFaultInterceptsCount, "exits for faults of the second-level translation")\
	X(72, VpNestedPageFaultInterceptsTime, "time in their handler")				\
	X(73, VpPageScans, "")									\
	X(74, VpLogicalProcessorDispatches, "times that the host switched to its thread")	\
	X(75, VpWaitingForCpuTime, "time runnable without a CPU")				\
	X(76, VpExtendedHypercalls, "extended hypercalls")					\
	X(77, VpExtendedHypercallInterceptMessages, "")						\
	X(78, VpMbecNestedPageTableSwitches, "")						\
	X(79, VpOtherReflectedGuestExceptions, "")						\
	X(80, VpGlobalIoTlbFlushes, "")								\
	X(81, VpGlobalIoTlbFlushCost, "")							\
	X(82, VpLocalIoTlbFlushes, "")								\
	X(83, VpLocalIoTlbFlushCost, "")							\
	X(84, VpHypercallsForwardedCount, "")							\
	X(85, VpHypercallsForwardingTime, "")							\
	X(86, VpPageInvalidationsForwardedCount, "")						\
	X(87, VpPageInvalidationsForwardingTime, "")						\
	X(88, VpControlRegisterAccessesForwardedCount, "")					\
	X(89, VpControlRegisterAccessesForwardingTime, "")					\
	X(90, VpIoInstructionsForwardedCount, "")						\
	X(91, VpIoInstructionsForwardingTime, "")						\
	X(92, VpHltInstructionsForwardedCount, "")						\
	X(93, VpHltInstructionsForwardingTime, "")						\
	X(94, VpMwaitInstructionsForwardedCount, "")						\
	X(95, VpMwaitInstructionsForwardingTime, "")						\
	X(96, VpCpuidInstructionsForwardedCount, "")						\
	X(97, VpCpuidInstructionsForwardingTime, "")						\
	X(98, VpMsrAccessesForwardedCount, "")							\
	X(99, VpMsrAccessesForwardingTime, "")							\
	X(100, VpOtherInterceptsForwardedCount, "")						\
	X(101, VpOtherInterceptsForwardingTime, "")						\
	X(102, VpExternalInterruptsForwardedCount, "")						\
	X(103, VpExternalInterruptsForwardingTime, "")						\
	X(104, VpPendingInterruptsForwardedCount, "")						\
	X(105, VpPendingInterruptsForwardingTime, "")						\
	X(106, VpEmulatedInstructionsForwardedCount, "")					\
	X(107, VpEmulatedInstructionsForwardingTime, "")					\
	X(108, VpDebugRegisterAccessesForwardedCount, "")					\
	X(109, VpDebugRegisterAccessesForwardingTime, "")					\
	X(110, VpPageFaultInterceptsForwardedCount, "")						\
	X(111, VpPageFaultInterceptsForwardingTime, "")						\
	X(112, VpVmclearEmulationCount, "exits for VMCLEAR")					\
	X(113, VpVmclearEmulationTime, "time in their handler")					\
	X(114, VpVmptrldEmulationCount, "exits for VMPTRLD")					\
	X(115, VpVmptrldEmulationTime, "time in their handler")					\
	X(116, VpVmptrstEmulationCount, "exits for VMPTRST")					\
	X(117, VpVmptrstEmulationTime, "time in their handler")					\
	X(118, VpVmreadEmulationCount, "exits for VMREAD")					\
	X(119, VpVmreadEmulationTime, "time in their handler")					\
	X(120, VpVmwriteEmulationCount, "exits for VMWRITE")					\
	X(121, VpVmwriteEmulationTime, "time in their handler")					\
	X(122, VpVmxoffEmulationCount, "exits for VMXOFF")					\
	X(123, VpVmxoffEmulationTime, "time in their handler")					\
	X(124, VpVmxonEmulationCount, "exits for VMXON")					\
	X(125, VpVmxonEmulationTime, "time in their handler")					\
	X(126, VpNestedVMEntriesCount, "exits for VMRUN, VMLAUNCH and VMRESUME")		\
	X(127, VpNestedVMEntriesTime, "time in their handler")					\
	X(128, VpNestedSLATSoftPageFaultsCount, "")						\
	X(129, VpNestedSLATSoftPageFaultsTime, "")						\
	X(130, VpNestedSLATHardPageFaultsCount, "")						\
	X(131, VpNestedSLATHardPageFaultsTime, "")						\
	X(132, VpInvEptAllContextEmulationCount, "exits for INVEPT")				\
	X(133, VpInvEptAllContextEmulationTime, "time in their handler")			\
	X(134, VpInvEptSingleContextEmulationCount, "")						\
	X(135, VpInvEptSingleContextEmulationTime, "")						\
	X(136, VpInvVpidAllContextEmulationCount, "exits for INVVPID and INVLPGA")		\
	X(137, VpInvVpidAllContextEmulationTime, "time in their handler")			\
	X(138, VpInvVpidSingleContextEmulationCount, "")					\
	X(139, VpInvVpidSingleContextEmulationTime, "")						\
	X(140, VpInvVpidSingleAddressEmulationCount, "")					\
	X(141, VpInvVpidSingleAddressEmulationTime, "")						\
	X(142, VpNestedTlbPageTableReclamations, "")						\
	X(143, VpNestedTlbPageTableEvictions, "")						\
	X(144, VpFlushGuestPhysicalAddressSpaceHypercalls, "hypercalls 0x00af")			\
	X(145, VpFlushGuestPhysicalAddressListHypercalls, "hypercalls 0x00b0")			\
	X(146, VpPostedInterruptNotifications, "")						\
	X(147, VpPostedInterruptScans, "")							\
	X(148, VpTotalCoreRunTime, "")								\
	X(149, VpMaximumRunTime, "")								\
	X(150, VpHwpRequestContextSwitches, "")							\
	X(151, VpWaitingForCpuTimeBucket0, "")							\
	X(152, VpWaitingForCpuTimeBucket1, "")							\
	X(153, VpWaitingForCpuTimeBucket2, "")							\
	X(154, VpWaitingForCpuTimeBucket3, "")							\
	X(155, VpWaitingForCpuTimeBucket4, "")							\
	X(156, VpWaitingForCpuTimeBucket5, "")							\
	X(157, VpWaitingForCpuTimeBucket6, "")							\
	X(158, VpVmloadEmulationCount, "exits for VMLOAD")					\
	X(159, VpVmloadEmulationTime, "time in their handler")					\
	X(160, VpVmsaveEmulationCount, "exits for VMSAVE")					\
	X(161, VpVmsaveEmulationTime, "time in their handler")					\
	X(162, VpGifInstructionEmulationCount, "exits for STGI and CLGI")			\
	X(163, VpGifInstructionEmulationTime, "time in their handler")				\
	X(164, VpEmulatedErrataSvmInstructions, "")						\
	X(165, VpPlaceholder1, "")								\
	X(166, VpPlaceholder2, "")								\
	X(167, VpPlaceholder3, "")								\
	X(168, VpPlaceholder4, "")								\
	X(169, VpPlaceholder5, "")								\
	X(170, VpPlaceholder6, "")								\
	X(171, VpPlaceholder7, "")								\
	X(172, VpPlaceholder8, "")								\
	X(173, VpContentionTime, "")								\
	X(174, VpWakeUpTime, "")								\
	X(175, VpSchedulingPriority, "")							\
	X(176, VpRdpmcInstructionsCount, "exits for RDPMC")					\
	X(177, VpRdpmcInstructionsTime, "time in their handler")				\
	X(178, VpPerfmonPmuMsrAccessesCount, "")						\
	X(179, VpPerfmonLbrMsrAccessesCount, "")						\
	X(180, VpPerfmonIptMsrAccessesCount, "")						\
	X(181, VpPerfmonInterruptCount, "")							\
	X(182, VpVtl1DispatchCount, "")								\
	X(183, VpVtl2DispatchCount, "")								\
	X(184, VpVtl2DispatchBucket0, "")							\
	X(185, VpVtl2DispatchBucket1, "")							\
	X(186, VpVtl2DispatchBucket2, "")							\
	X(187, VpVtl2DispatchBucket3, "")							\
	X(188, VpVtl2DispatchBucket4, "")							\
	X(189, VpVtl2DispatchBucket5, "")							\
	X(190, VpVtl2DispatchBucket6, "")							\
	X(191, VpVtl1RunTime, "")								\
	X(192, VpVtl2RunTime, "")								\
	X(193, VpIommuHypercalls, "")								\
	X(194, VpCpuGroupHypercalls, "")							\
	X(195, VpVsmHypercalls, "hypercalls on VTLs")						\
	X(196, VpEventLogHypercalls, "hypercalls on the event log")				\
	X(197, VpDeviceDomainHypercalls, "hypercalls on device domains")			\
	X(198, VpDepositHypercalls, "hypercalls on pools")					\
	X(199, VpSvmHypercalls, "")								\
	X(200, VpBusLockAcquisitionCount, "exits for bus locks")				\
	X(201, VpLoadAvg, "")									\
	X(202, VpRootDispatchThreadBlocked, "")							\
	X(203, VpIdleCpuTime, "time halted")							\
	X(204, VpWaitingForCpuTimeBucket7, "")							\
	X(205, VpWaitingForCpuTimeBucket8, "")							\
	X(206, VpWaitingForCpuTimeBucket9, "")							\
	X(207, VpWaitingForCpuTimeBucket10, "")							\
	X(208, VpWaitingForCpuTimeBucket11, "")							\
	X(209, VpWaitingForCpuTimeBucket12, "")							\
	X(210, VpHierarchicalSuspendTime, "")							\
	X(211, VpExpressSchedulingAttempts, "")							\
	X(212, VpExpressSchedulingCount, "")

#endif
