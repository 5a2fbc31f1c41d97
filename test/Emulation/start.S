/*
 * start.S - from the reset vector to C, and back for system calls and exceptions.
 *
 * The image this file begins is the ROM of the emulated machine (see machine.ld). The CPU starts in 16-bit mode at the
 * last 16 bytes below 1 MiB. We copy the ROM to RAM, switch to 64-bit mode with every vector register enabled and call
 * machine_main. Nothing here is aware of what the machine will run.
 */

        .set    ROM_SIZE, 0x10000        /* as in machine.ld */
        .set    CODE64, 0x08             /* offsets in the descriptor table below */
        .set    DATA, 0x10
        .set    CODE32, 0x18
        .set    ROM_ALIAS, 0xf0000       /* where the CPU sees the ROM below 1 MiB */
        .set    CR0_PE_MP_NE, 0x23
        .set    CR0_PG_WP, 0x80010000
        .set    CR4_PAE_OSFXSR_OSXMMEXCPT_OSXSAVE, 0x40620
        .set    EFER, 0xc0000080
        .set    EFER_SCE_LME, 0x101
        .set    XCR0_ZMM, 0xe7           /* x87, SSE, AVX, mask registers, both parts of ZMM */
        .set    XSTATE_LEAF, 0xd         /* CPUID leaf that lists what XCR0 may hold */
        .set    PAGE_PRESENT_WRITE, 0x3
        .set    PAGE_GIGABYTE, 0x83      /* present, writable, ends the walk */

        .section .text.start, "ax"

        .global machine_begin
machine_begin:
        .balign 8
descriptors:
        .quad   0
        .quad   0x00af9a000000ffff       /* CODE64 */
        .quad   0x00cf92000000ffff       /* DATA */
        .quad   0x00cf9a000000ffff       /* CODE32 */
descriptors_end:
descriptor_pointer:
        .word   descriptors_end - descriptors - 1
        .long   ROM_ALIAS + descriptors - machine_begin

/* The descriptor table again, by its address in RAM, for when the ROM is no longer mapped. */
        .global machine_descriptor_pointer
machine_descriptor_pointer:
        .word   descriptors_end - descriptors - 1
        .quad   descriptors

        .code16
        .global machine_reset
machine_reset:
        cli
        cld
        lgdtl   %cs:(descriptor_pointer - machine_begin)
        movl    %cr0, %eax
        orl     $CR0_PE_MP_NE, %eax
        andl    $~0x6000000c, %eax       /* caches on, no x87 emulation, no task-switched trap */
        movl    %eax, %cr0
        ljmpl   $CODE32, $(ROM_ALIAS + enter_long_mode - machine_begin)

        .code32
enter_long_mode:
        movw    $DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $ROM_ALIAS, %esi
        movl    $machine_begin, %edi
        movl    $(ROM_SIZE / 4), %ecx
        rep movsl
        movl    $machine_bss, %edi
        movl    $machine_bss_words, %ecx
        xorl    %eax, %eax
        rep stosl
        /* The first gigabyte maps to itself; memory.c replaces this map by one that ends with the RAM. */
        movl    $(first_pointers + PAGE_PRESENT_WRITE), first_map
        movl    $PAGE_GIGABYTE, first_pointers
        movl    $first_map, %eax
        movl    %eax, %cr3
        movl    $CR4_PAE_OSFXSR_OSXMMEXCPT_OSXSAVE, %eax
        movl    %eax, %cr4
        movl    $EFER, %ecx
        movl    $EFER_SCE_LME, %eax
        xorl    %edx, %edx
        wrmsr
        movl    %cr0, %eax
        orl     $CR0_PG_WP, %eax
        movl    %eax, %cr0
        ljmpl   $CODE64, $start64

        .code64
start64:
        movl    $XSTATE_LEAF, %eax
        xorl    %ecx, %ecx
        cpuid
        andl    $XCR0_ZMM, %eax          /* a CPU model without AVX-512 gets what it has */
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xsetbv
        fninit
        movq    $machine_stack_end, %rsp
        xorl    %ebp, %ebp
        call    machine_main
        ud2                              /* machine_main never returns */

/* void machine_enter(uint64_t entry, uint64_t stack): starts the program as Linux would. */
        .global machine_enter
machine_enter:
        movq    %rsi, %rsp
        pushq   %rdi
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        ret

/*
 * The `syscall` instruction lands here. The program runs in ring 0 too, so returning is a jump. Linux keeps every
 * register but rax, rcx and r11; so do we, and C below us touches no vector register (-mgeneral-regs-only).
 */
        .global machine_syscall
machine_syscall:
        movq    %rsp, program_stack
        movq    $machine_stack_end, %rsp
        pushq   %rcx
        pushq   %r11
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %r10
        pushq   %r8
        pushq   %r9
        subq    $8, %rsp                 /* the seventh argument below leaves the stack 16-byte aligned */
        pushq   %r9
        movq    %r8, %r9
        movq    %r10, %r8
        movq    %rdx, %rcx
        movq    %rsi, %rdx
        movq    %rdi, %rsi
        movq    %rax, %rdi
        call    machine_handle_syscall
        addq    $16, %rsp
        popq    %r9
        popq    %r8
        popq    %r10
        popq    %rdx
        popq    %rsi
        popq    %rdi
        popfq
        popq    %rcx
        movq    program_stack, %rsp
        jmp     *%rcx

/* Exception n pushes an error code where the CPU does not, then its number. Each stub takes 16 bytes. */
        .balign 16
        .global machine_exceptions
machine_exceptions:
        .set    n, 0
        .rept   32
        .balign 16
        .if     (n != 8) && (n != 10) && (n != 11) && (n != 12) && (n != 13) && (n != 14) && (n != 17) && (n != 21)
        pushq   $0
        .endif
        pushq   $n
        jmp     exception
        .set    n, n + 1
        .endr
exception:
        movq    (%rsp), %rdi             /* number */
        movq    8(%rsp), %rsi            /* error code */
        movq    16(%rsp), %rdx           /* rip */
        movq    %cr2, %rcx
        andq    $-16, %rsp
        call    machine_exception
        ud2

        .section .bss
        .balign 4096
first_map:
        .skip   4096
first_pointers:
        .skip   4096
        .skip   16384
machine_stack_end:
program_stack:
        .skip   8

        .section .reset, "ax"
        .code16
        ljmpw   $0xf000, $(machine_reset - machine_begin)
        .balign 16, 0

        .section .note.GNU-stack, "", @progbits
