package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A process and those that it started, as the kernel accounts for them: nginx and HAProxy have workers. */
public final class ProcessTree {
    /** Processor time is counted in these; USER_HZ is 100 on every Linux of today, proc_pid_stat(5). */
    private static final double TICKS_PER_SECOND = 100;

    private final ProcessHandle root;

    public ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    /** The process that runs this code. */
    public static ProcessTree self() {
        return new ProcessTree(ProcessHandle.current());
    }

    /** Processor seconds used up to now, in user and in system mode. */
    public double cpuSeconds() throws IOException {
        double ticks = 0;
        for (long pid : pids()) {
            String stat = read(pid, "stat");
            if (!stat.isEmpty()) {
                // the name in parentheses may contain anything; the field behind it is the third
                List<String> fields =
                        List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
                ticks += Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
            }
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** KiB of memory that is resident now. */
    public long residentKib() throws IOException {
        long sum = 0;
        for (long pid : pids()) {
            sum += read(pid, "status")
                    .lines()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
        return sum;
    }

    /** The process at its root. */
    public long pid() {
        return root.pid();
    }

    /** Whether the process at its root is a JVM. */
    public boolean isJava() {
        return root.info().command().filter(path -> path.endsWith("/java")).isPresent();
    }

    private List<Long> pids() {
        return Stream.concat(Stream.of(root), root.descendants().filter(child -> !isSelf()))
                .map(ProcessHandle::pid)
                .toList();
    }

    /** The benchmark's children are what is measured, not part of the benchmark. */
    private boolean isSelf() {
        return root.pid() == ProcessHandle.current().pid();
    }

    private static String read(long pid, String file) throws IOException {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (NoSuchFileException e) {
            return ""; // it ended meanwhile
        }
    }
}
