package io.chaosproxy.bench.workload;

/** Something measured, and its unit. */
public enum Figure {
    REQUESTS("requests/s", 0),
    CPU_PER_REQUEST("CPU µs a request", 1),
    OTHER_CPU_PER_REQUEST("load and origin, CPU µs a request", 1),
    RESIDENT("MiB resident", 0),
    GIGABYTES("GB/s", 2),
    CPU_PER_GIGABYTE("CPU s/GB", 2),
    OTHER_CPU_PER_GIGABYTE("load and origin, CPU s/GB", 2),
    ERROR_P50("p50 error, ms", 2),
    ERROR_P99("p99 error, ms", 2),
    ERROR_P999("p99.9 error, ms", 2),
    PING_P50("ping p50, ms", 2),
    PING_P99("ping p99, ms", 2),
    PING_MAX("ping max, ms", 1),
    CONNECT_P50("new connection p50, ms", 2),
    CONNECT_P99("new connection p99, ms", 2),
    CONNECT_MAX("new connection max, ms", 1),
    CONTROL_P50("control p50, ms", 2),
    CONTROL_P99("control p99, ms", 2),
    CONTROL_MAX("control max, ms", 1),
    TOTAL_ERROR("error of the total, %", 2),
    JAIN("Jain index", 4),
    IDLE("KiB a connection, resident", 1),
    IDLE_HEAP("KiB a connection, heap after GC", 1),
    BUSY_P99("p99 when busy afterwards, ms", 1),
    FIRST_BYTE("start to first byte, s", 3),
    ALL_ANSWERED("s until 100 have their answer", 3),
    AB("longest by ab, s", 3),
    BROKEN("connections broken", 0);

    private final String title;
    private final int digits;

    Figure(String title, int digits) {
        this.title = title;
        this.digits = digits;
    }

    /** What it is, and in what unit. */
    public String title() {
        return title;
    }

    /** How many digits behind the point mean something. */
    public int digits() {
        return digits;
    }
}
