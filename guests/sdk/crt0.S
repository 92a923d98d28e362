# Where a guest begins. Memory is as the program's file says and registers are zero: nothing to copy or to
# clear.
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la tp, __tls_base
    call __libc_init_array
    li a0, 0                # no arguments
    li a1, 0
    call main
    call exit               # runs what atexit() was given, then _exit
    .size _start, . - _start

# void _exit(int code): the termination of the zkVM standards. A status other than 0 is a failure.
    .section .text._exit, "ax", @progbits
    .globl _exit
    .type _exit, @function
_exit:
    li a7, 0
    ecall
    .size _exit, . - _exit
