package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.variant.Commands;
import io.chaosproxy.bench.variant.Jvm;
import io.chaosproxy.bench.variant.ProcessTree;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The heap of another JVM, by {@code jcmd}. */
final class Heap {
    /** Of the whole heap, or of each generation where the collector has two. */
    private static final Pattern USED = Pattern.compile("total .*used (\\d+)K");

    private Heap() {}

    /** KiB that are in use after a garbage collection; empty if the process is no JVM. */
    static OptionalLong afterCollection(ProcessTree process) {
        if (ask(process, "GC.run").isEmpty()) {
            return OptionalLong.empty();
        }
        Matcher used = USED.matcher(ask(process, "GC.heap_info").orElse(""));
        return used.results().mapToLong(found -> Long.parseLong(found.group(1))).reduce(Long::sum);
    }

    private static Optional<String> ask(ProcessTree process, String what) {
        String jcmd = Path.of(Jvm.HOME, "bin", "jcmd").toString();
        return process.isJava() ? Commands.output(List.of(jcmd, Long.toString(process.pid()), what)) : Optional.empty();
    }
}
