package io.chaosproxy.bench.report;

import io.chaosproxy.bench.variant.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where and when figures came about. */
public record Machine(Map<String, String> facts) {
    private static final long KIB_PER_GIB = 1024 * 1024;

    /** This machine, now. */
    public static Machine here() throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
        facts.put(
                "commit",
                Commands.output(List.of("git", "describe", "--always", "--dirty"))
                        .orElse("unknown"));
        facts.put("processor", Runtime.getRuntime().availableProcessors() + " cores, " + line("cpuinfo", "model name"));
        long kib = Long.parseLong(line("meminfo", "MemTotal").replaceAll("\\D", ""));
        facts.put("memory", Math.round((double) kib / KIB_PER_GIB) + " GiB");
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("JDK", System.getProperty("java.vendor.version", "") + " " + Runtime.version());
        facts.put("load before", Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        return new Machine(facts);
    }

    private static String line(String file, String key) throws IOException {
        return Files.readAllLines(Path.of("/proc", file)).stream()
                .filter(line -> line.startsWith(key))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("0");
    }
}
